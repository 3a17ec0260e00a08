// Reductions and selection.
#include <fmt/format.h>

#include "traces/onnx/mappings.h"

namespace anesim::onnx::map {

Results reduce(const Call& call) {
  const TensorId x = call.in(0);
  // Axes became an input in opset 13 (ReduceSum) and 18 (the others); both places are accepted.
  auto axes = call.ints("axes");
  if (!axes) axes = call.ints_in(1);
  const bool none = !axes || axes->empty();
  if (none && call.integer("noop_with_empty_axes", 0) != 0) return {x};
  if (call.shape(x).empty()) return {x};
  Arguments arguments = {{"x", {x}}};
  if (!none) arguments.push_back({"axes", {call.ints_of(*axes)}});
  arguments.push_back({"keep_dims", {call.flag_of(call.integer("keepdims", 1) != 0)}});
  return {call.op(call.target, arguments)};
}

Results arg(const Call& call) {
  const TensorId keep = call.flag_of(call.integer("keepdims", 1) != 0);
  return {call.op(call.target, {{"x", {call.in(0)}},
                                {"axis", {call.integer_of(call.integer("axis", 0))}},
                                {"keep_dims", {keep}}})};
}

/// The largest of a row is one, the others zero.
Results hardmax(const Call& call) {
  const TensorId x = call.in(0);
  const std::size_t axis = call.axis(call.integer("axis", -1), call.shape(x).size());
  const auto along = static_cast<std::int64_t>(axis);
  const TensorId place = call.op(
      "reduce_argmax",
      {{"x", {x}}, {"axis", {call.integer_of(along)}}, {"keep_dims", {call.flag_of(false)}}},
      "place");
  return {call.op("one_hot", {{"indices", {place}},
                              {"one_hot_vector_size", {call.integer_of(call.shape(x)[axis])}},
                              {"axis", {call.integer_of(along)}},
                              {"on_value", {call.number_of(1)}}})};
}

Results topk(const Call& call) {
  std::optional<Ints> k = call.ints_in(1);
  if (!k) k = Ints{call.integer("k", 1)};
  if (k->size() != 1) call.fail(fmt::format("k has {} values (expected one)", k->size()));
  const bool ascending = call.integer("largest", 1) == 0;
  return call.ops("topk", {{"x", {call.in(0)}},
                           {"k", {call.integer_of(k->front())}},
                           {"axis", {call.integer_of(call.integer("axis", -1))}},
                           {"ascending", {call.flag_of(ascending)}}});
}

Results cumsum(const Call& call) {
  const Ints axis = call.ints_in(1).value_or(Ints{0});
  if (axis.size() != 1) call.fail("axis is no single number");
  return {call.op("cumsum", {{"x", {call.in(0)}}, {"axis", {call.integer_of(axis.front())}}})};
}

}  // namespace anesim::onnx::map
