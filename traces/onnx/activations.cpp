// Activation functions and softmax.
#include <fmt/format.h>

#include "traces/onnx/mappings.h"

namespace anesim::onnx::map {

/// Functions with one slope: the defaults of the standard by operation.
Results with_alpha(const Call& call) {
  double otherwise = 1;
  if (call.type() == "LeakyRelu") otherwise = 0.01;
  const TensorId alpha = call.number_of(call.number("alpha", otherwise));
  return {call.op(call.target, {{"x", {call.in(0)}}, {"alpha", {alpha}}})};
}

Results hard_sigmoid(const Call& call) {
  return {call.op("sigmoid_hard", {{"x", {call.in(0)}},
                                   {"alpha", {call.number_of(call.number("alpha", 0.2))}},
                                   {"beta", {call.number_of(call.number("beta", 0.5))}}})};
}

Results hard_swish(const Call& call) {
  const TensorId gate = call.op(
      "sigmoid_hard",
      {{"x", {call.in(0)}}, {"alpha", {call.number_of(1.0 / 6)}}, {"beta", {call.number_of(0.5)}}},
      "gate");
  return {call.op("mul", {{"x", {call.in(0)}}, {"y", {gate}}})};
}

Results mish(const Call& call) {
  const TensorId soft = call.op("softplus", {{"x", {call.in(0)}}}, "softplus");
  const TensorId gate = call.op("tanh", {{"x", {soft}}}, "tanh");
  return {call.op("mul", {{"x", {call.in(0)}}, {"y", {gate}}})};
}

Results prelu(const Call& call) {
  const TensorId x = call.in(0);
  const TensorId slope = call.in(1);
  const Shape& from = call.shape(x);
  const Shape& slopes = call.shape(slope);
  std::int64_t count = 1;
  for (const std::int64_t dim : slopes) count = call.product(count, dim);
  if (from.size() >= 3 && from.size() <= 5 && call.constant(slope) &&
      (count == 1 || count == from[1])) {
    return {call.op("prelu", {{"x", {x}}, {"alpha", {slope}}})};
  }
  // max(x, 0) + slope * min(x, 0)
  const TensorId zero = call.number_of(0);
  const TensorId above = call.op("relu", {{"x", {x}}}, "positive");
  const TensorId below = call.op("minimum", {{"x", {x}}, {"y", {zero}}}, "negative");
  const TensorId scaled = call.op("mul", {{"x", {below}}, {"y", {slope}}}, "scaled");
  return {call.op("add", {{"x", {above}}, {"y", {scaled}}})};
}

Results gelu(const Call& call) {
  TensorId x = call.in(0);
  const bool tanh = call.word("approximate", "none") == "tanh" || call.type() == "FastGelu";
  if (call.has(1)) x = call.op("add", {{"x", {x}}, {"y", {call.in(1)}}}, "bias");
  const TensorId mode = call.word_of(tanh ? "TANH_APPROXIMATION" : "EXACT");
  return {call.op("gelu", {{"x", {x}}, {"mode", {mode}}})};
}

Results selu(const Call& call) {
  const double gamma = call.number("gamma", 1.0507009873554804934);
  const TensorId alpha = call.number_of(call.number("alpha", 1.67326319217681884765));
  const TensorId curve = call.op("elu", {{"x", {call.in(0)}}, {"alpha", {alpha}}}, "elu");
  return {call.op("mul", {{"x", {curve}}, {"y", {call.number_of(gamma)}}})};
}

/// x * sigmoid(alpha x)
Results swish(const Call& call) {
  const double alpha = call.number("alpha", call.type() == "QuickGelu" ? 1.702 : 1);
  if (alpha == 1) return {call.op("silu", {{"x", {call.in(0)}}})};
  const TensorId scaled =
      call.op("mul", {{"x", {call.in(0)}}, {"y", {call.number_of(alpha)}}}, "scaled");
  const TensorId gate = call.op("sigmoid", {{"x", {scaled}}}, "gate");
  return {call.op("mul", {{"x", {call.in(0)}}, {"y", {gate}}})};
}

namespace {
constexpr int softmax_of_one_axis_since = 13;

TensorId softmax_of(const Call& call, std::string_view suffix) {
  const TensorId x = call.in(0);
  const Shape shape = call.shape(x);
  const bool one_axis = call.opset() >= softmax_of_one_axis_since;
  const std::size_t axis = call.axis(call.integer("axis", one_axis ? -1 : 1), shape.size());
  // Before opset 13 everything from the axis on was one row.
  const std::int64_t after = call.product(shape, axis + 1, shape.size());
  if (one_axis || after == 1) {
    const TensorId along = call.integer_of(static_cast<std::int64_t>(axis));
    return call.op("softmax", {{"x", {x}}, {"axis", {along}}}, suffix);
  }
  const std::int64_t rows = call.product(shape, 0, axis);
  const TensorId flat = call.reshape(x, {rows, call.product(shape, axis, shape.size())}, "rows");
  const TensorId result =
      call.op("softmax", {{"x", {flat}}, {"axis", {call.integer_of(-1)}}}, "softmax");
  return call.reshape(result, shape, suffix);
}
}  // namespace

Results softmax(const Call& call) { return {softmax_of(call, "")}; }

Results log_softmax(const Call& call) {
  return {call.op("log", {{"x", {softmax_of(call, "softmax")}}})};
}

}  // namespace anesim::onnx::map
