#include "traces/mil/importer.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <unordered_map>
#include <unordered_set>

#include "sim/core/text.h"
#include "traces/graph/dissolve.h"
#include "traces/graph/shape_rules.h"
#include "traces/mil/constants.h"
#include "traces/mil/flexible.h"
#include "traces/mil/opset.h"

namespace anesim::mil {

namespace {
using graph::Tensor;
using graph::TensorId;

class Importer {
 public:
  Importer(const Function& function, const std::string& file, const ReadOptions& options)
      : function_(function), file_(file), options_(options) {}

  graph::Graph run() {
    graph_.name = function_.name.text;
    graph_.file = file_;
    if (!options_.approximate_unknown) refuse_newer_opset();
    for (const Declaration& input : function_.body.inputs) {
      graph_.inputs.push_back(declare(input));
      graph_.input_places.push_back(place(input.name));
    }
    graph_.flexible = flexible_dims(function_, graph_);
    import_statements(function_.body, graph_.ops);
    for (const Word& output : function_.body.outputs) graph_.outputs.push_back(lookup(output));
    return std::move(graph_);
  }

 private:
  [[nodiscard]] Place place(const Word& word) const { return {file_, word.line, word.column}; }

  void refuse_newer_opset() const {
    const auto newest = newest_before(function_.opset);
    if (!newest) return;
    throw UserError(
        place(function_.name),
        fmt::format("function '{}' has opset '{}', later than the newest known, {} "
                    "(expected a model converted for an earlier target; "
                    "--approximate-unknown reads it all the same)",
                    printable(function_.name.text), printable(function_.opset, 60), *newest));
  }

  TensorId append(Tensor tensor) {
    if (graph_.tensors.size() >= std::numeric_limits<std::int32_t>::max()) {
      throw UserError({file_, 0, 0}, "over 2^31 tensors");
    }
    graph_.tensors.push_back(std::move(tensor));
    return {static_cast<std::int32_t>(graph_.tensors.size() - 1)};
  }

  TensorId declare(const Declaration& declaration) {
    Tensor tensor;
    tensor.name = declaration.name.text;
    tensor.shape = declaration.type.shape;
    tensor.dtype = declaration.type.dtype;
    tensor.state = declaration.type.kind == TypeKind::state;
    return define(declaration.name, append(std::move(tensor)));
  }

  TensorId define(const Word& name, TensorId id) {
    if (!scope_.emplace(name.text, id).second) {
      throw UserError(place(name), fmt::format("name '{}' is defined twice", printable(name.text)));
    }
    defined_.push_back(name.text);
    return id;
  }

  TensorId lookup(const Word& name) {
    const auto found = scope_.find(name.text);
    if (found != scope_.end()) return found->second;
    std::vector<std::string> near;
    for (const auto& [known, id] : scope_) {
      // A search among all names would make an error in a large file slow.
      if (near.size() < 10'000) near.emplace_back(known);
    }
    std::sort(near.begin(), near.end());
    throw UserError(place(name), fmt::format("name '{}' is not defined{}", printable(name.text),
                                             did_you_mean(name.text, near)));
  }

  void import_statements(const BlockSyntax& block, std::vector<graph::Op>& ops) {
    for (const Statement& statement : block.statements) {
      if (statement.type.text == "const") {
        import_constant(statement);
      } else if (graph::is_constexpr(statement.type.text)) {
        import_constexpr(statement);
      } else {
        ops.push_back(import_op(statement));
      }
    }
  }

  static const Attribute* find(const Statement& statement, std::string_view name) {
    const auto found = std::ranges::find(statement.attributes, name, &Attribute::name);
    return found == statement.attributes.end() ? nullptr : &*found;
  }

  void require_results(const Statement& statement, std::size_t count) {
    if (statement.results.size() == count) return;
    throw UserError(place(statement.type),
                    fmt::format("{} has {} results (expected {})", printable(statement.type.text),
                                statement.results.size(), count));
  }

  void require_type(const Declaration& declared, const Tensor& tensor) {
    if (declared.type.shape == tensor.shape && declared.type.dtype == tensor.dtype) return;
    throw UserError(place(declared.name),
                    fmt::format("constant '{}' is declared as {} {}, its value is {} {}",
                                printable(declared.name.text), graph::name(declared.type.dtype),
                                graph::text(declared.type.shape), graph::name(tensor.dtype),
                                graph::text(tensor.shape)));
  }

  void import_constant(const Statement& statement) {
    require_results(statement, 1);
    const Declaration& result = statement.results.front();
    const Value* value = nullptr;
    if (const Attribute* attribute = find(statement, "val")) value = &attribute->value;
    for (const ArgumentSyntax& argument : statement.arguments) {
      if (argument.name.text != "val" || argument.values.size() != 1) continue;
      value = std::get_if<Value>(&argument.values.front().source);
    }
    if (value == nullptr) {
      throw UserError(place(statement.type),
                      fmt::format("constant '{}' has no 'val'", printable(result.name.text)));
    }
    Tensor tensor = constant_tensor(*value, result.name.text, file_);
    if (value->type.kind == TypeKind::tensor) require_type(result, tensor);
    define(result.name, append(std::move(tensor)));
  }

  void import_constexpr(const Statement& statement) {
    const std::size_t before = graph_.tensors.size();
    graph::Op op = header(statement);
    import_arguments(statement, op);
    // iOS16 keeps the parameters in attributes, iOS18 in arguments.
    for (const Attribute& attribute : statement.attributes) {
      if (attribute.name == "name") continue;
      const TensorId id = append(constant_tensor(attribute.value, attribute.name, file_));
      op.arguments.push_back({std::string(attribute.name), {id}});
    }
    std::vector<Tensor> results = graph::dissolve(graph_, op);
    // What was written in place is not needed any more.
    graph_.tensors.resize(before);
    require_results(statement, results.size());
    for (std::size_t i = 0; i < results.size(); ++i) {
      const Declaration& declared = statement.results[i];
      require_type(declared, results[i]);
      results[i].name = declared.name.text;
      define(declared.name, append(std::move(results[i])));
    }
  }

  graph::Op header(const Statement& statement) {
    graph::Op op;
    op.type = statement.type.text;
    op.line = statement.type.line;
    if (const Attribute* attribute = find(statement, "name")) {
      const auto* name = std::get_if<std::vector<std::string>>(&attribute->value.literal.values);
      if (name != nullptr && name->size() == 1) op.name = name->front();
    }
    if (op.name.empty() && !statement.results.empty()) {
      op.name = statement.results.front().name.text;
    }
    if (op.name.empty()) op.name = op.type;
    return op;
  }

  void make_unique(std::string& name) {
    if (names_.insert(name).second) return;
    int& number = repeats_[name];
    std::string candidate;
    do {
      candidate = fmt::format("{}_{}", name, ++number);
    } while (!names_.insert(candidate).second);
    name = std::move(candidate);
  }

  void import_arguments(const Statement& statement, graph::Op& op) {
    for (const ArgumentSyntax& argument : statement.arguments) {
      graph::Argument bound;
      bound.parameter = argument.name.text;
      for (const ArgumentValue& value : argument.values) {
        if (const auto* name = std::get_if<Word>(&value.source)) {
          bound.tensors.push_back(lookup(*name));
        } else {
          bound.tensors.push_back(
              append(constant_tensor(std::get<Value>(value.source), argument.name.text, file_)));
        }
      }
      op.arguments.push_back(std::move(bound));
    }
  }

  graph::Op import_op(const Statement& statement) {
    const std::string_view type = statement.type.text;
    if (!options_.approximate_unknown && !graph::is_known_op(type)) {
      throw UserError(place(statement.type),
                      fmt::format("unknown operation '{}'{}; --approximate-unknown keeps it",
                                  printable(type), did_you_mean(type, graph::known_ops())));
    }
    graph::Op op = header(statement);
    make_unique(op.name);
    import_arguments(statement, op);
    for (const BlockSyntax& block : statement.blocks) {
      op.blocks.push_back(import_block(block, op));
    }
    for (const Declaration& result : statement.results) op.outputs.push_back(declare(result));
    return op;
  }

  graph::Block import_block(const BlockSyntax& syntax, const graph::Op& op) {
    const std::size_t outside = defined_.size();
    graph::Block block;
    for (const Declaration& input : syntax.inputs) block.inputs.push_back(declare(input));
    if (!block.inputs.empty() && op.type == "while_loop" &&
        block.inputs.size() != graph::inputs_of(op, "loop_vars").size()) {
      throw UserError(place(syntax.inputs.front().name),
                      fmt::format("block has {} inputs (expected one a loop variable: {})",
                                  block.inputs.size(), graph::inputs_of(op, "loop_vars").size()));
    }
    import_statements(syntax, block.ops);
    for (const Word& output : syntax.outputs) block.outputs.push_back(lookup(output));
    while (defined_.size() > outside) {
      scope_.erase(defined_.back());
      defined_.pop_back();
    }
    return block;
  }

  const Function& function_;
  const std::string& file_;
  const ReadOptions& options_;
  graph::Graph graph_;
  std::unordered_map<std::string_view, TensorId> scope_;
  std::vector<std::string_view> defined_;
  std::unordered_set<std::string> names_;
  std::unordered_map<std::string, int> repeats_;
};
}  // namespace

const Function& choose_function(const Program& program, const std::string& file,
                                const std::string& wanted, const std::string& standard) {
  std::vector<std::string> names;
  for (const Function& function : program.functions) {
    if (function.name.text == (wanted.empty() ? standard : wanted)) return function;
    names.emplace_back(printable(function.name.text));
  }
  const Place place{file, 0, 0};
  if (program.functions.empty()) throw UserError(place, "the program has no function");
  if (wanted.empty() && program.functions.size() == 1) return program.functions.front();
  const std::string known = printable(fmt::format("{}", fmt::join(names, ", ")), 200);
  if (wanted.empty()) {
    throw UserError(place, fmt::format("{} functions (expected --function with one of {})",
                                       names.size(), known));
  }
  throw UserError(place, fmt::format("no function '{}'{} (expected one of {})", printable(wanted),
                                     did_you_mean(wanted, names), known));
}

graph::Graph import_function(const Function& function, const std::string& file,
                             const ReadOptions& options) {
  return Importer(function, file, options).run();
}

}  // namespace anesim::mil
