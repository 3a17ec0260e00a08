// Conditions, loops and functions of a model. Loops are unrolled: the engine has none.
#include <fmt/format.h>

#include <utility>

#include "sim/core/text.h"
#include "traces/onnx/walker.h"

namespace anesim::onnx {

using ::onnx::GraphProto;
using ::onnx::ValueInfoProto;

const GraphProto& Walker::body(const Call& call, std::string_view name) const {
  const auto* found = call.attribute(name);
  if (found == nullptr || !found->has_g()) call.fail(fmt::format("has no {}", name));
  return found->g();
}

Results Walker::walk_body(const Call& call, const GraphProto& graph, const Results& inputs) {
  if (static_cast<std::size_t>(graph.input_size()) != inputs.size()) {
    call.fail(fmt::format("body takes {} inputs (expected {})", graph.input_size(), inputs.size()));
  }
  const std::size_t outside = defined_.size();
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    define(graph.input(static_cast<int>(i)).name(), inputs[i]);
  }
  walk(graph);
  Results results;
  for (const ValueInfoProto& output : graph.output()) {
    results.push_back(lookup(output.name(), "body of", call.name()));
  }
  leave(outside);
  return results;
}

Results Walker::condition(const Call& call) {
  const auto branch = [&](std::string_view name) {
    Results results = walk_body(call, body(call, name), {});
    if (results.size() != call.output_count()) {
      call.fail(fmt::format("branch gives {} results (expected {})", results.size(),
                            call.output_count()));
    }
    return results;
  };
  const auto known = call.array_in(0);
  if (known && known->values.size() == 1) {
    return branch(known->values[0] != 0 ? "then_branch" : "else_branch");
  }
  std::vector<graph::Block> blocks;
  for (const std::string_view name : {"then_branch", "else_branch"}) {
    graph::Block block;
    std::vector<graph::Op>* outer = emitter_.redirect(&block.ops);
    block.outputs = branch(name);
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

void Walker::require_turns(const Call& call, double turns, const GraphProto& graph) const {
  constexpr double most = 50'000;
  if (turns * (graph.node_size() + 1) <= most) return;
  call.fail(fmt::format("runs {} times over {} nodes (expected at most {} nodes in all)", turns,
                        graph.node_size(), most));
}

TensorId Walker::stacked(const Call& call, const std::vector<TensorId>& parts,
                         std::int64_t axis) const {
  std::vector<TensorId> values;
  for (const TensorId part : parts) {
    values.push_back(
        call.op("expand_dims", {{"x", {part}}, {"axes", {call.ints_of({axis})}}}, "stacked"));
  }
  if (values.size() == 1) return values.front();
  return call.op("concat", {{"values", values}, {"axis", {call.integer_of(axis)}}}, "stack");
}

/// Inputs: most turns, first condition, variables. The body takes the number of the turn, the
/// condition and the variables, and gives the next condition, the variables, and what is stacked.
Results Walker::loop(const Call& call) {
  const GraphProto& graph = body(call, "body");
  const char* const unknown =
      "how often it runs depends on values of the run (expected a constant trip count and "
      "condition)";
  const auto limit = call.array_in(0);
  if (!limit && call.has(0)) call.fail(unknown);
  if (limit && limit->values.size() != 1) call.fail("trip count is no single number");
  const std::size_t variables = call.input_count() < 2 ? 0 : call.input_count() - 2;
  Results state;
  for (std::size_t i = 0; i < variables; ++i) state.push_back(call.in(i + 2));
  TensorId condition = call.has(1) ? call.in(1) : call.flag_of(true);
  std::vector<std::vector<TensorId>> rows;
  for (double turn = 0; !limit || turn < limit->values[0]; ++turn) {
    const auto go = array_of(graph_.at(condition));
    if (!go || go->values.size() != 1) call.fail(unknown);
    if (go->values[0] == 0) break;
    require_turns(call, turn + 1, graph);
    Results inputs = {call.integer_of(static_cast<std::int64_t>(turn)), condition};
    inputs.insert(inputs.end(), state.begin(), state.end());
    const Results results = walk_body(call, graph, inputs);
    if (results.size() < 1 + variables) call.fail("body gives too few results");
    condition = results[0];
    state.assign(results.begin() + 1, results.begin() + 1 + static_cast<std::ptrdiff_t>(variables));
    rows.resize(results.size() - 1 - variables);
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i].push_back(results[1 + variables + i]);
  }
  for (const auto& row : rows) state.push_back(stacked(call, row, 0));
  return state;
}

/// Inputs: variables, then sequences that the body takes one element of at a time.
Results Walker::scan(const Call& call) {
  constexpr int without_batch_since = 9;
  if (call.opset() < without_batch_since) call.fail("the form of opset 8 is not supported");
  const GraphProto& graph = body(call, "body");
  const std::int64_t sequences = call.integer("num_scan_inputs", 0);
  const auto inputs = static_cast<std::int64_t>(call.input_count());
  if (sequences < 1 || sequences > inputs) {
    call.fail(fmt::format("{} sequences of {} inputs", sequences, inputs));
  }
  const auto variables = static_cast<std::size_t>(inputs - sequences);
  Results state;
  for (std::size_t i = 0; i < variables; ++i) state.push_back(call.in(i));
  const Ints axes = call.ints("scan_input_axes").value_or(Ints(call.input_count() - variables, 0));
  if (axes.size() != call.input_count() - variables) call.fail("scan_input_axes does not fit");
  const auto axis_of = [&](std::size_t i) {
    return call.axis(axes[i - variables], call.rank_in(i));
  };
  const std::int64_t turns = call.shape_in(variables)[axis_of(variables)];
  require_turns(call, static_cast<double>(turns), graph);
  std::vector<std::vector<TensorId>> rows;
  for (std::int64_t turn = 0; turn < turns; ++turn) {
    Results given = state;
    for (std::size_t i = variables; i < call.input_count(); ++i) {
      const std::size_t axis = axis_of(i);
      Ints begin(call.rank_in(i), 0), end = call.shape_in(i);
      if (end[axis] != turns) call.fail("its sequences differ in length");
      begin[axis] = turn;
      end[axis] = turn + 1;
      const TensorId cut = call.op(
          "slice_by_index",
          {{"x", {call.in(i)}}, {"begin", {call.ints_of(begin)}}, {"end", {call.ints_of(end)}}},
          "slice");
      const TensorId along = call.ints_of({static_cast<std::int64_t>(axis)});
      given.push_back(call.op("squeeze", {{"x", {cut}}, {"axes", {along}}}, "element"));
    }
    const Results results = walk_body(call, graph, given);
    if (results.size() < variables) call.fail("body gives too few results");
    state.assign(results.begin(), results.begin() + static_cast<std::ptrdiff_t>(variables));
    rows.resize(results.size() - variables);
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i].push_back(results[variables + i]);
  }
  const Ints stacks = call.ints("scan_output_axes").value_or(Ints(rows.size(), 0));
  if (stacks.size() != rows.size()) call.fail("scan_output_axes does not fit");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    state.push_back(stacked(call, rows[i], stacks[i]));
  }
  return state;
}

/// A function of the model, written out where it is called.
Results Walker::function(const Call& call, const ::onnx::FunctionProto& function) {
  std::unordered_map<std::string, TensorId> formal;
  for (int i = 0; i < function.input_size(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    if (call.has(at)) formal.emplace(function.input(i), call.in(at));
  }
  std::unordered_map<std::string, std::int64_t> opsets = opsets_;
  for (const auto& opset : function.opset_import()) {
    opsets[opset.domain() == "ai.onnx" ? "" : opset.domain()] = opset.version();
  }
  std::vector<std::string> defined;
  for (const auto& [name, id] : formal) defined.push_back(name);
  // A function sees its own names only.
  std::swap(scope_, formal);
  std::swap(defined_, defined);
  std::swap(opsets_, opsets);
  constexpr int deepest_call = 32;
  if (++depth_ > deepest_call)
    call.fail(fmt::format("over {} functions in each other", depth_ - 1));
  const bool copied_before = std::exchange(in_copy_, true);
  for (::onnx::NodeProto node : function.node()) {
    for (auto& attribute : *node.mutable_attribute()) {
      if (attribute.ref_attr_name().empty()) continue;
      // An attribute that the caller leaves out is left out here too.
      const std::string name = attribute.name();
      const auto* given = call.attribute(attribute.ref_attr_name());
      attribute = given != nullptr ? *given : ::onnx::AttributeProto();
      if (given != nullptr) attribute.set_name(name);
    }
    const std::string inner = node.name().empty() ? node.op_type() : node.name();
    constexpr std::size_t longest_name = 200;  // functions in functions would make them grow
    const std::string outer = call.name().size() > longest_name ? "" : call.name();
    node.set_name(fmt::format("{}/{}", outer, inner));
    import(node);
  }
  in_copy_ = copied_before;
  Results results;
  for (const std::string& name : function.output()) {
    results.push_back(scope_.contains(name) || !not_modelled_.contains(name)
                          ? lookup(name, "function", function.name())
                          : TensorId{});
  }
  --depth_;
  std::swap(scope_, formal);
  std::swap(defined_, defined);
  std::swap(opsets_, opsets);
  return results;
}

}  // namespace anesim::onnx
