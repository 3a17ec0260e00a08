#include "traces/onnx/walker.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/core/text.h"
#include "traces/onnx/importer.h"
#include "traces/onnx/mappings.h"

namespace anesim::onnx {

using graph::TensorType;
using ::onnx::GraphProto;
using ::onnx::NodeProto;
using ::onnx::ValueInfoProto;

namespace {
constexpr std::int64_t oldest_opset = 7;
constexpr std::int64_t newest_opset = 24;
constexpr int deepest_scope = 32;
constexpr std::int64_t most_nodes = 500'000;
}  // namespace

Walker::Walker(const ::onnx::ModelProto& model, const Source& source, const ReadOptions& options)
    : model_(model), source_(source), options_(options), emitter_(graph_) {
  graph_.file = source.file;
}

void Walker::fail(const std::string& what) const { throw UserError({graph_.file, 0, 0}, what); }

graph::Graph Walker::run() {
  graph_.name = model_.graph().name();
  read_opsets();
  const GraphProto& main = model_.graph();
  if (main.node().empty()) fail("the graph has no node");
  for (const auto* values : {&main.value_info(), &main.output()}) {
    for (const ValueInfoProto& value : *values) declared_.emplace(value.name(), &value);
  }
  for (const auto& function : model_.functions()) {
    functions_.emplace(std::pair(function.domain(), function.name()), &function);
  }
  declare_inputs();
  bind();
  walk(main);
  for (const ValueInfoProto& output : main.output()) {
    graph_.outputs.push_back(lookup(output.name(), "output", output.name()));
  }
  if (graph_.outputs.empty()) fail("the graph has no output");
  std::vector<bool> read(graph_.tensors.size(), false);
  for (const TensorId id : graph_.outputs) read[static_cast<std::size_t>(id.index)] = true;
  drop_dead(graph_.ops, read);
  return std::move(graph_);
}

void Walker::read_opsets() {
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

std::int64_t Walker::opset_of(const std::string& domain) const {
  const auto found = opsets_.find(domain);
  return found == opsets_.end() ? 1 : found->second;
}

// Names.

void Walker::define(const std::string& name, TensorId id) {
  if (!scope_.emplace(name, id).second) {
    fail(fmt::format("name '{}' is defined twice", printable(name)));
  }
  defined_.push_back(name);
}

TensorId Walker::lookup(const std::string& name, std::string_view reader,
                        const std::string& called) const {
  const auto found = scope_.find(name);
  if (found != scope_.end()) return found->second;
  const std::string whose = fmt::format("{} '{}'", printable(reader), printable(called));
  if (const auto left_out = not_modelled_.find(name); left_out != not_modelled_.end()) {
    fail(fmt::format("{}: reads output {}, which is not modelled", whose, left_out->second));
  }
  fail(
      fmt::format("{}: name '{}' is not defined before its use (the graph is cyclic, not in "
                  "order, or cut)",
                  whose, printable(name)));
}

void Walker::leave(std::size_t outside) {
  while (defined_.size() > outside) {
    scope_.erase(defined_.back());
    defined_.pop_back();
  }
}

// Nodes.

void Walker::walk(const GraphProto& scope) {
  if (++depth_ > deepest_scope) fail(fmt::format("over {} graphs in each other", deepest_scope));
  read_constants(scope);
  for (const NodeProto& node : scope.node()) import(node);
  --depth_;
}

void Walker::import(const NodeProto& node) {
  if (++nodes_ > most_nodes) fail(fmt::format("over {} nodes", most_nodes));
  const std::string domain = node.domain() == "ai.onnx" ? "" : node.domain();
  std::vector<std::optional<TensorId>> inputs;
  for (const std::string& name : node.input()) {
    if (name.empty()) {
      inputs.emplace_back();
    } else {
      inputs.emplace_back(lookup(name, node.op_type(), node.name()));
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

Results Walker::results_of(Call call, const std::string& domain) {
  if (domain.empty()) {
    if (call.type() == "Constant") return {constant_node(call)};
    if (call.type() == "If") return condition(call);
    if (call.type() == "Loop") return loop(call);
    if (call.type() == "Scan") return scan(call);
    if (auto known = evaluate(call)) {
      Results results;
      for (const Array& array : *known) {
        results.push_back(emitter_.add(constant_of(array, call.name())));
      }
      return results;
    }
  }
  const MappingEntry* mapping = find_mapping(domain, call.type());
  if (mapping == nullptr) {
    const auto own = functions_.find(std::pair(call.node().domain(), call.type()));
    return own != functions_.end() ? function(call, *own->second) : unknown(call, domain);
  }
  if (mapping->rule == nullptr) return run_dependent(call, mapping->target);
  call.target = mapping->target;
  return mapping->rule(call);
}

Results Walker::unknown(const Call& call, const std::string& domain) {
  const std::string full = domain.empty() ? call.type() : domain + "." + call.type();
  if (!options_.approximate_unknown) {
    call.fail(fmt::format("unknown operation '{}'{}; --approximate-unknown keeps it",
                          printable(full), did_you_mean(call.type(), known_types())));
  }
  const auto types = declared(call);
  if (!types) {
    call.fail(
        fmt::format("operation '{}' is unknown and the file declares no shape for its results "
                    "(expected value_info with a type and sizes: run ONNX's shape inference, or "
                    "write it with onnx.helper.make_tensor_value_info; its symbols are bound with "
                    "--dim SYMBOL=N)",
                    printable(full)));
  }
  return emitter_.emit_as(full, {{"x", call.all()}}, call.name(), *types);
}

/// Operations that find as much as the data hold: the file has to declare how much that is.
Results Walker::run_dependent(const Call& call, std::string_view target) {
  const auto types = declared(call);
  if (!types) {
    call.fail(
        "how much it finds depends on values of the run (expected sizes in the types of its "
        "results, or --dim SYMBOL=N for the symbols there)");
  }
  return emitter_.emit_as(target, {{"x", call.all()}}, call.name(), *types);
}

/// Operations nobody reads, as a compiler would drop them.
void Walker::drop_dead(std::vector<graph::Op>& ops, std::vector<bool>& read) {
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
      drop_dead(block.ops, read);
    }
    kept.push_back(std::move(*op));
  }
  std::ranges::reverse(kept);
  ops = std::move(kept);
}

graph::Graph import_model(const ::onnx::ModelProto& model, const Source& source,
                          const ReadOptions& options) {
  return Walker(model, source, options).run();
}

}  // namespace anesim::onnx
