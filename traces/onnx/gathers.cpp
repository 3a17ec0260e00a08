// Gathers, scatters, and tensors made from numbers.
#include <fmt/format.h>

#include <algorithm>

#include "traces/onnx/mappings.h"
#include "traces/onnx/proto.h"
#include "traces/onnx/tensors.h"

namespace anesim::onnx::map {

Results gather(const Call& call) {
  return {call.op("gather", {{"x", {call.in(0)}},
                             {"indices", {call.in(1)}},
                             {"axis", {call.integer_of(call.integer("axis", 0))}}})};
}

Results gather_elements(const Call& call) {
  return {call.op("gather_along_axis", {{"x", {call.in(0)}},
                                        {"indices", {call.in(1)}},
                                        {"axis", {call.integer_of(call.integer("axis", 0))}}})};
}

Results gather_nd(const Call& call) {
  return {call.op("gather_nd", {{"x", {call.in(0)}},
                                {"indices", {call.in(1)}},
                                {"batch_dims", {call.integer_of(call.integer("batch_dims", 0))}}})};
}

Results scatter(const Call& call) {
  return {call.op(call.target, {{"data", {call.in(0)}},
                                {"indices", {call.in(1)}},
                                {"updates", {call.in(2)}},
                                {"axis", {call.integer_of(call.integer("axis", 0))}}})};
}

/// A cache written at places that come from the run: the update moves, the cache stays.
Results tensor_scatter(const Call& call) {
  const TensorId cache = call.in(0);
  const TensorId update = call.in(1);
  const Ints begin(call.shape(cache).size(), 0);
  return {call.op("slice_update", {{"x", {cache}},
                                   {"update", {update}},
                                   {"begin", {call.ints_of(begin)}},
                                   {"end", {call.ints_of(call.shape(update))}}})};
}

Results one_hot(const Call& call) {
  const Ints depth = call.ints_in(1).value_or(Ints{});
  if (depth.size() != 1) call.fail("depth is no single number");
  return {call.op("one_hot", {{"indices", {call.in(0)}},
                              {"one_hot_vector_size", {call.integer_of(depth.front())}},
                              {"axis", {call.integer_of(call.integer("axis", -1))}},
                              {"on_value", {call.number_of(1)}}})};
}

Results trilu(const Call& call) {
  const bool upper = call.integer("upper", 1) != 0;
  return {call.op("band_part", {{"x", {call.in(0)}},
                                {"lower", {call.integer_of(upper ? 0 : -1)}},
                                {"upper", {call.integer_of(upper ? -1 : 0)}}})};
}

Results constant_of_shape(const Call& call) {
  const Shape shape = call.ints_in(0).value_or(Ints{});
  graph::DType dtype = graph::DType::fp16;
  double value = 0;
  if (const auto* given = call.attribute("value")) {
    const graph::Tensor tensor = tensor_of(given->t(), "value", {call.graph().file, ""});
    dtype = tensor.dtype;
    if (const auto array = array_of(tensor); array && !array->values.empty()) {
      value = array->values.front();
    }
  }
  constexpr std::int64_t largest = std::int64_t{1} << 40;
  for (const std::int64_t dim : shape) {
    if (dim < 0 || dim > largest) {
      call.fail(fmt::format("shape {} (expected dimensions of 0..2^40)", graph::text(shape)));
    }
  }
  if (const auto count = small_count(shape)) {
    const Array array{shape, dtype, std::vector<double>(*count, value)};
    return {call.emitter().add(constant_of(array, call.name()))};
  }
  (void)call.product(shape, 0, shape.size());
  return {call.weight(shape, dtype, "values")};
}

/// EyeLike: ones on a diagonal.
Results eye_like(const Call& call) {
  return {call.weight(call.shape_in(0), graph::DType::fp16, "eye")};
}

/// HannWindow and its like: a constant of the given length.
Results window(const Call& call) {
  const Ints size = call.ints_in(0).value_or(Ints{});
  if (size.size() != 1 || size[0] < 1) call.fail("size is no single positive number");
  return {call.weight({size[0]}, graph::DType::fp16, "window")};
}

Results range(const Call& call) {
  const auto start = call.number_in(0);
  const auto limit = call.number_in(1);
  const auto step = call.number_in(2);
  if (!start || !limit || !step) call.fail("needs start, limit and delta");
  return {call.op("range_1d",
                  {{"start", {call.in(0)}}, {"end", {call.in(1)}}, {"step", {call.in(2)}}})};
}

Results random_like(const Call& call) {
  return {call.op(call.target,
                  {{"shape", {call.ints_of(call.shape_in(0))}}, {"mean", {call.number_of(0)}}})};
}

Results random(const Call& call) {
  const TensorId shape = call.ints_of(call.ints("shape").value_or(Ints{}));
  return {call.op(call.target, {{"shape", {shape}}, {"mean", {call.number_of(0)}}})};
}

}  // namespace anesim::onnx::map
