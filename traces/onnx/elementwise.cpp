// Operations on each element, with NumPy broadcast.
#include <fmt/format.h>

#include "traces/onnx/mappings.h"
#include "traces/onnx/proto.h"
#include "traces/onnx/tensors.h"

namespace anesim::onnx::map {

Results unary(const Call& call) { return {call.op(call.target, {{"x", {call.in(0)}}})}; }

Results binary(const Call& call) {
  return {call.op(call.target, {{"x", {call.in(0)}}, {"y", {call.in(1)}}})};
}

Results variadic(const Call& call) {
  const auto values = call.all();
  TensorId sum = values.front();
  for (std::size_t i = 1; i < values.size(); ++i) {
    const std::string suffix = i + 1 == values.size() ? "" : fmt::format("{}", i);
    sum = call.op(call.target, {{"x", {sum}}, {"y", {values[i]}}}, suffix);
  }
  return {sum};
}

Results mean(const Call& call) {
  const auto values = call.all();
  TensorId sum = values.front();
  for (std::size_t i = 1; i < values.size(); ++i) {
    sum = call.op("add", {{"x", {sum}}, {"y", {values[i]}}}, fmt::format("add_{}", i));
  }
  const TensorId share = call.number_of(1.0 / static_cast<double>(values.size()));
  return {call.op("mul", {{"x", {sum}}, {"y", {share}}})};
}

Results neg(const Call& call) {
  const bool real = is_real(call.tensor(call.in(0)).dtype);
  const TensorId factor = real ? call.number_of(-1) : call.integer_of(-1);
  return {call.op("mul", {{"x", {call.in(0)}}, {"y", {factor}}})};
}

Results divide(const Call& call) {
  const bool real = is_real(call.tensor(call.in(0)).dtype);
  return {call.op(real ? "real_div" : "floor_div", {{"x", {call.in(0)}}, {"y", {call.in(1)}}})};
}

Results where(const Call& call) {
  return {call.op("select", {{"cond", {call.in(0)}}, {"a", {call.in(1)}}, {"b", {call.in(2)}}})};
}

namespace {
Results cast_to(const Call& call, graph::DType dtype) {
  const TensorId x = call.in(0);
  const graph::Tensor& tensor = call.tensor(x);
  if (tensor.dtype == dtype) return {x};
  if (tensor.dtype == graph::DType::string || dtype == graph::DType::string) {
    call.fail("casts of text are not supported");
  }
  return {call.op("cast", {{"x", {x}}, {"dtype", {call.word_of(std::string(name(dtype)))}}})};
}
}  // namespace

Results cast(const Call& call) {
  const std::int64_t to = call.integer("to", 0);
  const auto dtype = dtype_of(static_cast<int>(to));
  if (!dtype) call.fail(fmt::format("data type {} is not supported", to));
  return cast_to(call, *dtype);
}

Results cast_like(const Call& call) { return cast_to(call, call.tensor(call.in(1)).dtype); }

Results identity(const Call& call) {
  // Dropout and the like: nothing happens outside training.
  return {call.in(0)};
}

Results clip(const Call& call) {
  constexpr int inputs_since = 11;
  const TensorId x = call.in(0);
  if (call.opset() < inputs_since) {
    const bool low = call.attribute("min") != nullptr;
    const bool high = call.attribute("max") != nullptr;
    if (!low && !high) return {x};
    return {call.op("clip", {{"x", {x}},
                             {"alpha", {call.number_of(call.number("min", -65504))}},
                             {"beta", {call.number_of(call.number("max", 65504))}}})};
  }
  const auto low = call.array_in(1);
  const auto high = call.array_in(2);
  const bool known = (!call.has(1) || (low && low->values.size() == 1)) &&
                     (!call.has(2) || (high && high->values.size() == 1));
  if (!call.has(1) && !call.has(2)) return {x};
  if (known && is_real(call.tensor(x).dtype)) {
    return {call.op("clip", {{"x", {x}},
                             {"alpha", {call.number_of(low ? low->values[0] : -65504)}},
                             {"beta", {call.number_of(high ? high->values[0] : 65504)}}})};
  }
  TensorId result = x;
  if (call.has(1)) {
    result = call.op("maximum", {{"x", {result}}, {"y", {call.in(1)}}}, call.has(2) ? "low" : "");
  }
  if (call.has(2)) result = call.op("minimum", {{"x", {result}}, {"y", {call.in(2)}}});
  return {result};
}

Results not_equal_itself(const Call& call) {
  return {call.op("not_equal", {{"x", {call.in(0)}}, {"y", {call.in(0)}}})};
}

}  // namespace anesim::onnx::map
