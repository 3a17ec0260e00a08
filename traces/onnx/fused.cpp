// Fused operations of onnxruntime, taken apart again: the engine's compiler fuses by its own rules.
#include <fmt/format.h>

#include "sim/core/text.h"
#include "traces/onnx/blocks.h"
#include "traces/onnx/mappings.h"
#include "traces/onnx/windows.h"

namespace anesim::onnx::map {

namespace {
std::optional<TensorId> maybe(const Call& call, std::size_t i) {
  if (!call.has(i)) return std::nullopt;
  return call.in(i);
}

TensorId activated(const Call& call, TensorId x) {
  const std::string kind = call.word("activation", "");
  if (kind.empty()) return x;
  const auto parameters = call.numbers("activation_params").value_or(std::vector<double>{});
  const auto parameter = [&](std::size_t i, double otherwise) {
    return call.number_of(i < parameters.size() ? parameters[i] : otherwise);
  };
  if (kind == "Relu") return call.op("relu", {{"x", {x}}});
  if (kind == "Tanh") return call.op("tanh", {{"x", {x}}});
  if (kind == "Sigmoid") return call.op("sigmoid", {{"x", {x}}});
  if (kind == "LeakyRelu") {
    const TensorId alpha = parameters.empty()
                               ? call.number_of(call.number("leaky_relu_alpha", 0.01))
                               : parameter(0, 0.01);
    return call.op("leaky_relu", {{"x", {x}}, {"alpha", {alpha}}});
  }
  if (kind == "Clip") {
    return call.op(
        "clip", {{"x", {x}}, {"alpha", {parameter(0, -65504)}}, {"beta", {parameter(1, 65504)}}});
  }
  if (kind == "HardSigmoid") {
    return call.op("sigmoid_hard",
                   {{"x", {x}}, {"alpha", {parameter(0, 0.2)}}, {"beta", {parameter(1, 0.5)}}});
  }
  call.fail(fmt::format("activation '{}' is unknown", printable(kind)));
}
}  // namespace

/// Convolution, a sum with a fourth input, activation.
Results fused_conv(const Call& call) {
  TensorId y = convolve(call, call.in(0), call.in(1), maybe(call, 2), "conv");
  if (call.has(3)) y = call.op("add", {{"x", {y}}, {"y", {call.in(3)}}}, "sum");
  return {activated(call, y)};
}

Results fused_gemm(const Call& call) { return {activated(call, gemm(call).front())}; }

Results fused_matmul(const Call& call) {
  const double alpha = call.number("alpha", 1);
  const TensorId y = call.op("matmul",
                             {{"x", {call.in(0)}},
                              {"y", {call.in(1)}},
                              {"transpose_x", {call.flag_of(call.integer("transA", 0) != 0)}},
                              {"transpose_y", {call.flag_of(call.integer("transB", 0) != 0)}}},
                             alpha == 1 ? "" : "product");
  if (alpha == 1) return {y};
  return {call.op("mul", {{"x", {y}}, {"y", {call.number_of(alpha)}}})};
}

/// x, skip, scale, shift, bias; results: normalised, mean, deviation, sum.
Results skip_layer_norm(const Call& call) {
  TensorId sum = call.op("add", {{"x", {call.in(0)}}, {"y", {call.in(1)}}}, "sum");
  const bool simple = call.type() == "SkipSimplifiedLayerNormalization";
  const std::size_t bias = simple ? 3 : 4;
  if (call.has(bias)) sum = call.op("add", {{"x", {sum}}, {"y", {call.in(bias)}}}, "bias");
  if (call.shape(sum).empty()) call.fail("x is a scalar");
  const std::size_t axis = call.shape(sum).size() - 1;
  const double epsilon = call.number("epsilon", 1e-12);
  const TensorId normal =
      simple ? rms_norm_of(call, sum, axis, maybe(call, 2), epsilon)
             : layer_norm_of(call, sum, axis, maybe(call, 2), maybe(call, 3), epsilon);
  return {normal, {}, {}, sum};
}

/// Words, segments, tables of words, positions and segments, scale, shift, mask.
Results embed_layer_norm(const Call& call) {
  const auto row = [&](TensorId table, TensorId indices, const char* suffix) {
    return call.op(
        "gather", {{"x", {table}}, {"indices", {indices}}, {"axis", {call.integer_of(0)}}}, suffix);
  };
  TensorId sum = row(call.in(2), call.in(0), "words");
  const Shape shape = call.shape(sum);
  if (shape.size() != 3) call.fail(fmt::format("words give {}", graph::text(shape)));
  const TensorId positions = call.weight({shape[1], shape[2]}, graph::DType::fp16, "positions");
  sum = call.op("add", {{"x", {sum}}, {"y", {positions}}}, "add_positions");
  if (call.has(1) && call.has(4)) {
    const TensorId segments = row(call.in(4), call.in(1), "segments");
    sum = call.op("add", {{"x", {sum}}, {"y", {segments}}}, "add_segments");
  }
  const TensorId normal =
      layer_norm_of(call, sum, 2, maybe(call, 5), maybe(call, 6), call.number("epsilon", 1e-12));
  return {normal, call.has(7) ? call.in(7) : TensorId{}, sum};
}

/// x + bias + skip
Results bias_add(const Call& call) {
  const TensorId sum = call.op("add", {{"x", {call.in(0)}}, {"y", {call.in(1)}}}, "bias");
  return {call.op("add", {{"x", {sum}}, {"y", {call.in(2)}}})};
}

}  // namespace anesim::onnx::map
