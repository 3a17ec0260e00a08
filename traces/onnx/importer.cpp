#include "traces/onnx/importer.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "sim/core/text.h"
#include "traces/onnx/mappings.h"
#include "traces/onnx/proto.h"
#include "traces/onnx/tensors.h"

namespace anesim::onnx {

namespace {
using graph::Tensor;
using graph::TensorType;
using ::onnx::GraphProto;
using ::onnx::NodeProto;
using ::onnx::TypeProto;
using ::onnx::ValueInfoProto;

constexpr std::int64_t oldest_opset = 7;
constexpr std::int64_t newest_opset = 24;
constexpr int deepest_scope = 32;
constexpr std::int64_t most_nodes = 2'000'000;

class Importer {
 public:
  Importer(const ::onnx::ModelProto& model, const Source& source, const ReadOptions& options)
      : model_(model), source_(source), options_(options), emitter_(graph_) {
    graph_.file = source.file;
  }

  graph::Graph run() {
    graph_.name = model_.graph().name();
    read_opsets();
    const GraphProto& main = model_.graph();
    if (main.node().empty()) fail("the graph has no node");
    declare_inputs(main);
    bind();
    for (const auto* values : {&main.value_info(), &main.output()}) {
      for (const ValueInfoProto& value : *values) declared_.emplace(value.name(), &value);
    }
    walk(main);
    for (const ValueInfoProto& output : main.output()) {
      graph_.outputs.push_back(lookup(output.name(), "output of the graph"));
    }
    if (graph_.outputs.empty()) fail("the graph has no output");
    drop_dead(graph_.ops, graph_.outputs);
    return std::move(graph_);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw UserError({graph_.file, 0, 0}, what);
  }

  void read_opsets() {
    for (const auto& opset : model_.opset_import()) {
      const std::string domain = opset.domain() == "ai.onnx" ? "" : opset.domain();
      opsets_[domain] = opset.version();
    }
    const auto found = opsets_.find("");
    if (found == opsets_.end()) return;  // before versions were numbered, or only own domains
    if (found->second < oldest_opset ||
        (found->second > newest_opset && !options_.approximate_unknown)) {
      fail(
          fmt::format("opset {} of ai.onnx is not supported (expected {}..{}; onnx's "
                      "version converter changes it)",
                      found->second, oldest_opset, newest_opset));
    }
  }

  [[nodiscard]] std::int64_t opset_of(const std::string& domain) const {
    const auto found = opsets_.find(domain);
    return found == opsets_.end() ? 1 : found->second;
  }

  // Names.

  void define(const std::string& name, TensorId id) {
    if (!scope_.emplace(name, id).second) {
      fail(fmt::format("name '{}' is defined twice", printable(name)));
    }
    defined_.push_back(name);
  }

  TensorId lookup(const std::string& name, std::string_view whose) const {
    const auto found = scope_.find(name);
    if (found != scope_.end()) return found->second;
    if (const auto left_out = not_modelled_.find(name); left_out != not_modelled_.end()) {
      fail(fmt::format("{}: reads output {}, which is not modelled", whose, left_out->second));
    }
    fail(
        fmt::format("{}: name '{}' is not defined before its use (the graph is cyclic, not in "
                    "order, or cut)",
                    whose, printable(name)));
  }

  void leave(std::size_t outside) {
    while (defined_.size() > outside) {
      scope_.erase(defined_.back());
      defined_.pop_back();
    }
  }

  // Inputs and constants.

  void declare_inputs(const GraphProto& main) {
    std::unordered_set<std::string> stored;
    for (const auto& tensor : main.initializer()) stored.insert(tensor.name());
    for (const auto& tensor : main.sparse_initializer()) stored.insert(tensor.values().name());
    for (const ValueInfoProto& input : main.input()) {
      if (stored.contains(input.name())) continue;  // IR 3 lists weights as inputs too
      const std::string what = fmt::format("input '{}'", printable(input.name()));
      if (!input.type().has_tensor_type()) {
        fail(what + ": is no tensor (sequences, maps and optional values are not supported)");
      }
      const auto& type = input.type().tensor_type();
      const auto dtype = dtype_of(type.elem_type());
      if (!dtype) fail(fmt::format("{}: data type {} is not supported", what, type.elem_type()));
      if (!type.has_shape()) fail(what + ": has no shape, not even a rank");
      Tensor tensor;
      tensor.name = input.name();
      tensor.dtype = *dtype;
      const TensorId id{static_cast<std::int32_t>(graph_.tensors.size())};
      for (const auto& dim : type.shape().dim()) {
        const bool known = dim.has_dim_value() && dim.dim_value() > 0;
        if (!known && !dim.dim_param().empty()) {
          graph::FlexibleDim flexible;
          flexible.input = id;
          flexible.axis = tensor.shape.size();
          flexible.symbol = dim.dim_param();
          graph_.flexible.push_back(std::move(flexible));
        }
        tensor.shape.push_back(known ? dim.dim_value() : graph::unknown_dim);
      }
      define(input.name(), emitter_.add(std::move(tensor)));
      graph_.inputs.push_back(id);
    }
  }

  /// A scalar integer or flag input whose value is given.
  bool fix_value(const graph::DimBinding& binding) {
    for (const graph::FlexibleDim& dim : graph_.flexible) {
      if (dim.symbol == binding.what) return false;
    }
    const auto found = std::ranges::find_if(graph_.inputs, [&](TensorId id) {
      const Tensor& tensor = graph_.at(id);
      return tensor.name == binding.what && tensor.dtype != graph::DType::string &&
             !is_real(tensor.dtype) && (tensor.shape.empty() || tensor.shape == Shape{1});
    });
    if (found == graph_.inputs.end()) return false;
    Tensor& tensor = graph_.at(*found);
    tensor =
        constant_of({tensor.shape, tensor.dtype, {static_cast<double>(binding.size)}}, tensor.name);
    graph_.inputs.erase(found);
    return true;
  }

  void bind() {
    std::vector<graph::DimBinding> sizes;
    for (const graph::DimBinding& binding : options_.dims) {
      if (!fix_value(binding)) sizes.push_back(binding);
    }
    graph::bind_dimensions(graph_, sizes);
    graph::require_bound(graph_);
    for (const graph::FlexibleDim& dim : graph_.flexible) {
      const std::int64_t size = graph_.at(dim.input).shape[dim.axis];
      const auto [known, added] = symbols_.emplace(dim.symbol, size);
      if (!added && known->second != size) {
        fail(fmt::format("dimension '{}' is bound to both {} and {}", printable(dim.symbol),
                         known->second, size));
      }
    }
  }

  void read_constants(const GraphProto& scope) {
    for (const auto& proto : scope.initializer()) {
      const std::string what = fmt::format("initializer '{}'", printable(proto.name()));
      define(proto.name(), emitter_.add(tensor_of(proto, what, source_)));
    }
    for (const auto& sparse : scope.sparse_initializer()) {
      define(sparse.values().name(), sparse_constant(sparse));
    }
  }

  TensorId sparse_constant(const ::onnx::SparseTensorProto& sparse) {
    const std::string what = fmt::format("initializer '{}'", printable(sparse.values().name()));
    Tensor tensor = tensor_of(sparse.values(), what, source_);
    const std::int64_t stored = graph::element_count(tensor.shape);
    ::onnx::TensorProto whole;
    whole.set_name(sparse.values().name());
    whole.set_data_type(sparse.values().data_type());
    *whole.mutable_dims() = sparse.dims();
    tensor.shape = tensor_of(whole, what, source_).shape;
    const std::int64_t elements = graph::element_count(tensor.shape);
    if (stored > elements || elements == 0) {
      fail(fmt::format("{}: {} values of {} elements", what, stored, elements));
    }
    tensor.literal.reset();
    tensor.storage.encoding = graph::Encoding::sparse;
    tensor.storage.nonzero_fraction = static_cast<double>(stored) / static_cast<double>(elements);
    return emitter_.add(std::move(tensor));
  }

  TensorId constant_node(const Call& call) {
    const auto named = [&call](Array array) { return constant_of(array, call.name()); };
    const auto vector = [&](graph::DType dtype, const auto& values) {
      Array array{{static_cast<std::int64_t>(values.size())}, dtype, {}};
      array.values.assign(values.begin(), values.end());
      return emitter_.add(named(std::move(array)));
    };
    const std::string what = fmt::format("Constant '{}'", printable(call.name()));
    for (const auto& attribute : call.node().attribute()) {
      if (attribute.name() == "value") {
        Tensor tensor = tensor_of(attribute.t(), what, source_);
        tensor.name = call.name();
        return emitter_.add(std::move(tensor));
      }
      if (attribute.name() == "sparse_value") return sparse_constant(attribute.sparse_tensor());
      if (attribute.name() == "value_int") {
        const auto value = static_cast<double>(attribute.i());
        return emitter_.add(named({{}, graph::DType::int32, {value}}));
      }
      if (attribute.name() == "value_float") {
        const auto value = static_cast<double>(attribute.f());
        return emitter_.add(named({{}, graph::DType::fp16, {value}}));
      }
      if (attribute.name() == "value_ints") return vector(graph::DType::int32, attribute.ints());
      if (attribute.name() == "value_floats") return vector(graph::DType::fp16, attribute.floats());
      if (attribute.name() == "value_string") return emitter_.word(attribute.s());
    }
    call.fail("has no value that is known");
  }

  // Nodes.

  void walk(const GraphProto& scope) {
    if (++depth_ > deepest_scope) fail(fmt::format("over {} graphs in each other", deepest_scope));
    read_constants(scope);
    for (const NodeProto& node : scope.node()) import(node);
    --depth_;
  }

  void import(const NodeProto& node) {
    if (++nodes_ > most_nodes) fail(fmt::format("over {} nodes", most_nodes));
    const std::string domain = node.domain() == "ai.onnx" ? "" : node.domain();
    std::vector<std::optional<TensorId>> inputs;
    for (const std::string& name : node.input()) {
      if (name.empty()) {
        inputs.emplace_back();
      } else {
        inputs.emplace_back(lookup(
            name, fmt::format("{} '{}'", printable(node.op_type()), printable(node.name()))));
      }
    }
    const Call call(emitter_, node, std::move(inputs), opset_of(domain));
    const std::size_t before = graph_.tensors.size();
    const Results results = results_of(call, domain);
    for (std::size_t i = 0; i < call.output_count(); ++i) {
      if (!call.wants(i)) continue;
      const std::string& name = node.output(static_cast<int>(i));
      if (i >= results.size() || results[i].index < 0) {  // refused when somebody reads it
        not_modelled_.emplace(
            name, fmt::format("{} of {} '{}'", i, printable(call.type()), printable(call.name())));
        continue;
      }
      const TensorId id = results[i];
      if (static_cast<std::size_t>(id.index) >= before) graph_.at(id).name = name;
      define(name, id);
    }
  }

  Results results_of(Call call, const std::string& domain) {
    if (domain.empty()) {
      if (call.type() == "Constant") return {constant_node(call)};
      if (call.type() == "If") return condition(call);
      if (auto known = evaluate(call)) {
        Results results;
        for (const Array& array : *known) {
          results.push_back(emitter_.add(constant_of(array, call.name())));
        }
        return results;
      }
    }
    const MappingEntry* mapping = find_mapping(domain, call.type());
    if (mapping == nullptr) return unknown(call, domain);
    call.target = mapping->target;
    return mapping->rule(call);
  }

  /// Types that the file declares for the outputs of a node.
  std::optional<std::vector<TensorType>> declared(const Call& call) const {
    std::vector<TensorType> types;
    for (std::size_t i = 0; i < call.output_count(); ++i) {
      const auto found = declared_.find(call.node().output(static_cast<int>(i)));
      if (found == declared_.end() || !found->second->type().tensor_type().has_shape()) {
        return std::nullopt;
      }
      const auto& type = found->second->type().tensor_type();
      const auto dtype = dtype_of(type.elem_type());
      if (!dtype) return std::nullopt;
      TensorType result{{}, *dtype};
      for (const auto& dim : type.shape().dim()) {
        const auto symbol = symbols_.find(dim.dim_param());
        const std::int64_t size = symbol != symbols_.end() ? symbol->second : dim.dim_value();
        if (size < 1) return std::nullopt;
        result.shape.push_back(size);
      }
      (void)graph::element_count(result.shape);
      types.push_back(std::move(result));
    }
    return types;
  }

  Results unknown(const Call& call, const std::string& domain) {
    const std::string full = domain.empty() ? call.type() : domain + "." + call.type();
    if (!options_.approximate_unknown) {
      call.fail(fmt::format("unknown operation '{}'{}; --approximate-unknown keeps it",
                            printable(full), did_you_mean(call.type(), known_types())));
    }
    const auto types = declared(call);
    if (!types) {
      call.fail(
          fmt::format("operation '{}' is unknown and the file declares no shape for its "
                      "results",
                      printable(full)));
    }
    return emitter_.emit_as(full, {{"x", call.all()}}, call.name(), *types);
  }

  // Conditions.

  static const GraphProto& branch(const Call& call, std::string_view name) {
    const auto* found = call.attribute(name);
    if (found == nullptr || !found->has_g()) call.fail(fmt::format("has no {}", name));
    return found->g();
  }

  Results walk_branch(const Call& call, const GraphProto& scope) {
    const std::size_t outside = defined_.size();
    walk(scope);
    Results results;
    for (const ValueInfoProto& output : scope.output()) {
      results.push_back(
          lookup(output.name(), fmt::format("output of '{}'", printable(call.name()))));
    }
    leave(outside);
    if (results.size() != call.output_count()) {
      call.fail(fmt::format("branch gives {} results (expected {})", results.size(),
                            call.output_count()));
    }
    return results;
  }

  Results condition(const Call& call) {
    const auto known = call.array_in(0);
    if (known && known->values.size() == 1) {
      return walk_branch(call, branch(call, known->values[0] != 0 ? "then_branch" : "else_branch"));
    }
    std::vector<graph::Block> blocks;
    for (const std::string_view name : {"then_branch", "else_branch"}) {
      graph::Block block;
      std::vector<graph::Op>* outer = emitter_.redirect(&block.ops);
      block.outputs = walk_branch(call, branch(call, name));
      emitter_.redirect(outer);
      blocks.push_back(std::move(block));
    }
    const auto results =
        emitter_.emit_blocks("cond", {{"pred", {call.in(0)}}}, call.name(), std::move(blocks));
    if (!results) {
      call.fail(
          "its branches give results of different shapes (an input that decides it can be "
          "fixed with --dim INPUT=VALUE)");
    }
    return *results;
  }

  // Operations nobody reads, as a compiler would drop them.

  void drop_dead(std::vector<graph::Op>& ops, const std::vector<TensorId>& wanted) {
    std::vector<bool> read(graph_.tensors.size(), false);
    for (const TensorId id : wanted) read[static_cast<std::size_t>(id.index)] = true;
    sweep(ops, read);
  }

  void sweep(std::vector<graph::Op>& ops, std::vector<bool>& read) {
    std::vector<graph::Op> kept;
    for (auto op = ops.rbegin(); op != ops.rend(); ++op) {
      const bool needed = op->outputs.empty() || std::ranges::any_of(op->outputs, [&](TensorId id) {
                            return read[static_cast<std::size_t>(id.index)];
                          });
      if (!needed) continue;
      for (const graph::Argument& argument : op->arguments) {
        for (const TensorId id : argument.tensors) read[static_cast<std::size_t>(id.index)] = true;
      }
      for (graph::Block& block : op->blocks) {
        for (const TensorId id : block.outputs) read[static_cast<std::size_t>(id.index)] = true;
        sweep(block.ops, read);
      }
      kept.push_back(std::move(*op));
    }
    std::ranges::reverse(kept);
    ops = std::move(kept);
  }

  const ::onnx::ModelProto& model_;
  const Source& source_;
  const ReadOptions& options_;
  graph::Graph graph_;
  Emitter emitter_;
  std::unordered_map<std::string, std::int64_t> opsets_;
  std::unordered_map<std::string, std::int64_t> symbols_;
  std::unordered_map<std::string, const ValueInfoProto*> declared_;
  std::unordered_map<std::string, TensorId> scope_;
  std::vector<std::string> defined_;
  std::unordered_map<std::string, std::string> not_modelled_;
  int depth_ = 0;
  std::int64_t nodes_ = 0;
};
}  // namespace

graph::Graph import_model(const ::onnx::ModelProto& model, const Source& source,
                          const ReadOptions& options) {
  return Importer(model, source, options).run();
}

}  // namespace anesim::onnx
