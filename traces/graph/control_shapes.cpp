// Results of control flow, lists and states.
#include <fmt/format.h>

#include <algorithm>

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
  const std::vector<TensorId>& after = call.op().blocks[1].outputs;
  std::vector<TensorType> results;
  for (const Tensor* variable : call.tensors("loop_vars")) {
    TensorType result{variable->shape, variable->dtype};
    if (results.size() < after.size()) {  // the body may tell more, as of a list it fills
      const Shape& body = call.graph().at(after[results.size()]).shape;
      for (std::size_t i = 0; i < std::min(body.size(), result.shape.size()); ++i) {
        if (result.shape[i] == unknown_dim) result.shape[i] = body[i];
      }
    }
    results.push_back(std::move(result));
  }
  return results;
}

// A list of tensors is a tensor with the length of the list before the shape of its elements.
Result make_list(const OpCall& call) {
  Shape shape{unknown_dim};
  try {
    shape[0] = call.integer("init_length", unknown_dim);
  } catch (const ValueUnknown&) {
    // Known at run time.
  }
  for (const Tensor* dim : call.tensors("elem_shape")) {
    const auto* sizes =
        dim->literal ? std::get_if<std::vector<std::int64_t>>(&dim->literal->values) : nullptr;
    if (sizes == nullptr) {  // the name of a dimension
      shape.push_back(unknown_dim);
    } else {
      shape.insert(shape.end(), sizes->begin(), sizes->end());
    }
  }
  for (std::int64_t& dim : shape) dim = dim < 1 ? unknown_dim : dim;
  return one(std::move(shape), call.dtype("dtype", DType::fp32));
}

Result list_read(const OpCall& call) {
  Shape shape = call.tensor("ls").shape;
  if (shape.empty()) return std::nullopt;
  shape.erase(shape.begin());
  return one(std::move(shape), call.tensor("ls").dtype);
}

Result list_write(const OpCall& call) {
  Shape shape = call.tensor("value").shape;
  const Shape& list = call.tensor("ls").shape;
  shape.insert(shape.begin(), list.empty() ? unknown_dim : list[0]);
  return one(std::move(shape), call.tensor("value").dtype);
}

Result list_gather(const OpCall& call) {
  Shape shape = call.tensor("ls").shape;
  const Shape& indices = call.tensor("indices").shape;
  if (shape.empty() || indices.empty()) return std::nullopt;
  shape[0] = indices[0];
  return one(std::move(shape), call.tensor("ls").dtype);
}

Result list_scatter(const OpCall& call) {
  Shape shape = call.tensor("value").shape;
  const Shape& list = call.tensor("ls").shape;
  if (shape.empty()) return std::nullopt;
  shape[0] = list.empty() ? unknown_dim : list[0];
  return one(std::move(shape), call.tensor("value").dtype);
}

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
