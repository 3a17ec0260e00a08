// Results of control flow, lists and states.
#include <fmt/format.h>

#include "traces/graph/rules.h"

namespace anesim::graph::rules {

namespace {
void require_blocks(const OpCall& call, std::size_t count) {
  if (call.op().blocks.size() != count) {
    call.fail(fmt::format("has {} blocks (expected {})", call.op().blocks.size(), count));
  }
}
}  // namespace

Result cond(const OpCall& call) {
  require_blocks(call, 2);
  const Block& first = call.op().blocks[0];
  const Block& second = call.op().blocks[1];
  if (first.outputs.size() != second.outputs.size()) {
    call.fail(
        fmt::format("blocks give {} and {} results", first.outputs.size(), second.outputs.size()));
  }
  std::vector<TensorType> results;
  for (std::size_t i = 0; i < first.outputs.size(); ++i) {
    const Tensor& a = call.graph().at(first.outputs[i]);
    const Tensor& b = call.graph().at(second.outputs[i]);
    if (a.shape != b.shape) return std::nullopt;  // known only when the branch is
    results.push_back({a.shape, a.dtype});
  }
  return results;
}

Result while_loop(const OpCall& call) {
  require_blocks(call, 2);
  std::vector<TensorType> results;
  for (const Tensor* variable : call.tensors("loop_vars")) {
    results.push_back({variable->shape, variable->dtype});
  }
  return results;
}

Result list_value(const OpCall&) { return std::nullopt; }

Result list_length(const OpCall&) { return one({}, DType::int32); }

Result write_state(const OpCall& call) {
  const Tensor* state = call.find("input");
  if (state == nullptr) state = &call.tensor("state");
  const Tensor& data = call.tensor("data");
  if (state->shape != data.shape) {
    call.fail(fmt::format("data has shape {} (expected {}, the state's)", text(data.shape),
                          text(state->shape)));
  }
  return std::vector<TensorType>{};
}

Result update_state(const OpCall& call) {
  const Tensor& state = call.tensor("state");
  const Tensor& value = call.tensor("value");
  if (state.shape != value.shape) {
    call.fail(fmt::format("value has shape {} (expected {}, the state's)", text(value.shape),
                          text(state.shape)));
  }
  return one(value);
}

}  // namespace anesim::graph::rules
