// Quantised operations in the form that Core ML's converter gives them: quantize and dequantize
// around ordinary operations, integer constants with scales as weights.
#include <fmt/format.h>

#include "traces/onnx/mappings.h"
#include "traces/onnx/windows.h"

namespace anesim::onnx {

namespace {
using graph::DType;
using graph::StorageFormat;

std::int64_t table_bytes(const Call& call, std::optional<TensorId> id) {
  if (!id) return 0;
  const Shape& shape = call.shape(*id);
  return stored_bytes(call.tensor(*id).storage, graph::element_count(shape));
}

/// Integers under scales as a weight that the arithmetic sees as fp16.
TensorId scaled_weight(const Call& call, TensorId integers, std::optional<TensorId> scale,
                       std::optional<TensorId> zero_point, bool blockwise) {
  const graph::Tensor& data = call.tensor(integers);
  graph::Tensor weight;
  weight.name = data.name;
  weight.shape = data.shape;
  weight.dtype = DType::fp16;
  weight.constant = true;
  weight.storage = data.storage;
  constexpr int widest_quantised = 8;
  if (weight.storage.bits > widest_quantised) {  // a bias in 32 bits is not kept so
    weight.storage = {};
  } else {
    weight.storage.encoding = blockwise ? graph::Encoding::blockwise : graph::Encoding::affine;
    weight.storage.table_bytes = table_bytes(call, scale) + table_bytes(call, zero_point);
  }
  return call.emitter().add(std::move(weight));
}

std::optional<TensorId> maybe(const Call& call, std::size_t i) {
  if (!call.has(i)) return std::nullopt;
  return call.in(i);
}

TensorId quantized(const Call& call, TensorId x, std::optional<TensorId> scale,
                   std::optional<TensorId> zero_point, std::string_view suffix) {
  DType to = DType::uint8;
  if (zero_point) to = call.tensor(*zero_point).dtype;
  Arguments arguments = {{"input", {x}}, {"scale", {scale.value_or(call.number_of(1))}}};
  if (zero_point) arguments.push_back({"zero_point", {*zero_point}});
  arguments.push_back({"output_dtype", {call.word_of(std::string(name(to)))}});
  return call.op("quantize", arguments, suffix);
}

/// The operand as numbers: a constant as a compressed weight, a live one through dequantize.
TensorId dequantized(const Call& call, TensorId x, std::optional<TensorId> scale,
                     std::optional<TensorId> zero_point, std::string_view suffix) {
  if (call.constant(x)) {
    return scaled_weight(call, x, scale, zero_point, call.integer("block_size", 0) > 0);
  }
  if (is_real(call.tensor(x).dtype)) return x;
  Arguments arguments = {{"input", {x}}, {"scale", {scale.value_or(call.number_of(1))}}};
  if (zero_point) arguments.push_back({"zero_point", {*zero_point}});
  return call.op("dequantize", arguments, suffix);
}
}  // namespace

namespace map {

Results quantize_linear(const Call& call) {
  return {quantized(call, call.in(0), maybe(call, 1), maybe(call, 2), "")};
}

Results dequantize_linear(const Call& call) {
  return {dequantized(call, call.in(0), maybe(call, 1), maybe(call, 2), "")};
}

Results dynamic_quantize(const Call& call) {
  const TensorId x = call.in(0);
  const TensorId scale = call.op("reduce_max", {{"x", {x}}}, "scale");
  const TensorId zero =
      call.op("cast", {{"x", {scale}}, {"dtype", {call.word_of("uint8")}}}, "zero_point");
  return {quantized(call, x, scale, std::nullopt, ""), scale, zero};
}

Results qlinear_conv(const Call& call) {
  const TensorId x = dequantized(call, call.in(0), maybe(call, 1), maybe(call, 2), "dequantize");
  const TensorId weight =
      dequantized(call, call.in(3), maybe(call, 4), maybe(call, 5), "dequantize_weight");
  std::optional<TensorId> bias;
  if (call.has(8)) bias = dequantized(call, call.in(8), std::nullopt, std::nullopt, "bias");
  const TensorId y = convolve(call, x, weight, bias, "conv");
  return {quantized(call, y, maybe(call, 6), maybe(call, 7), "")};
}

Results qlinear_matmul(const Call& call) {
  const TensorId a = dequantized(call, call.in(0), maybe(call, 1), maybe(call, 2), "dequantize_a");
  const TensorId b = dequantized(call, call.in(3), maybe(call, 4), maybe(call, 5), "dequantize_b");
  const TensorId y = call.op("matmul", {{"x", {a}}, {"y", {b}}}, "product");
  return {quantized(call, y, maybe(call, 6), maybe(call, 7), "")};
}

Results conv_integer(const Call& call) {
  const TensorId x = dequantized(call, call.in(0), std::nullopt, maybe(call, 2), "dequantize");
  const TensorId w = dequantized(call, call.in(1), std::nullopt, maybe(call, 3), "weight");
  return {convolve(call, x, w, std::nullopt, "")};
}

Results matmul_integer(const Call& call) {
  const TensorId a = dequantized(call, call.in(0), std::nullopt, maybe(call, 2), "dequantize_a");
  const TensorId b = dequantized(call, call.in(1), std::nullopt, maybe(call, 3), "dequantize_b");
  return {call.op("matmul", {{"x", {a}}, {"y", {b}}})};
}

/// A, B, scale of B, zero point of B, bias (DynamicQuantizeMatMul), or A, B, scales of both, zero
/// points of both, bias (MatMulIntegerToFloat).
Results matmul_to_float(const Call& call) {
  const bool dynamic = call.type() == "DynamicQuantizeMatMul";
  TensorId a = call.in(0);
  if (dynamic) a = quantized(call, a, std::nullopt, std::nullopt, "quantize");
  a = dequantized(call, a, std::nullopt, std::nullopt, "dequantize");
  const TensorId b = dequantized(call, call.in(1), maybe(call, dynamic ? 2 : 3),
                                 maybe(call, dynamic ? 3 : 5), "b");
  const std::size_t bias = dynamic ? 4 : 6;
  const TensorId y = call.op("matmul", {{"x", {a}}, {"y", {b}}}, call.has(bias) ? "product" : "");
  if (!call.has(bias)) return {y};
  return {call.op("add", {{"x", {y}}, {"y", {call.in(bias)}}})};
}

/// Weights of `bits` bits in blocks of `block_size` along K, N rows of them.
Results matmul_nbits(const Call& call) {
  const std::int64_t k = call.integer("K", 0);
  const std::int64_t n = call.integer("N", 0);
  const std::int64_t bits = call.integer("bits", 4);
  const std::int64_t block = call.integer("block_size", 0);
  constexpr std::int64_t largest = std::int64_t{1} << 30;
  if (k < 1 || n < 1 || k > largest || n > largest || bits < 1 || bits > 8 || block < 1) {
    call.fail(fmt::format("K {}, N {}, {} bits in blocks of {}", k, n, bits, block));
  }
  graph::Tensor weight;
  weight.name = call.tensor(call.in(1)).name;
  weight.shape = {n, k};
  weight.dtype = DType::fp16;
  weight.constant = true;
  weight.storage.encoding = graph::Encoding::blockwise;
  weight.storage.stored = bits <= 4 ? DType::uint4 : DType::uint8;
  weight.storage.bits = static_cast<int>(bits);
  weight.storage.table_bytes =
      table_bytes(call, maybe(call, 2)) + table_bytes(call, maybe(call, 3));
  Arguments arguments = {{"x", {call.in(0)}}, {"weight", {call.emitter().add(std::move(weight))}}};
  if (call.has(5)) arguments.push_back({"bias", {call.in(5)}});
  return {call.op("linear", arguments)};
}

// Elementwise operations on the 8-bit numbers themselves.

Results qlinear_binary(const Call& call) {
  return {call.op(call.target, {{"x", {call.in(0)}}, {"y", {call.in(3)}}})};
}

Results qlinear_unary(const Call& call) {
  Arguments arguments = {{"x", {call.in(0)}}};
  if (call.target == "leaky_relu") {
    arguments.push_back({"alpha", {call.number_of(call.number("alpha", 0.01))}});
  }
  if (call.target == "softmax") {
    arguments.push_back({"axis", {call.integer_of(call.integer("axis", -1))}});
  }
  return {call.op(call.target, arguments)};
}

Results qlinear_concat(const Call& call) {
  std::vector<TensorId> values;  // after scale and zero point of the result, three for each
  for (std::size_t i = 2; i < call.input_count(); i += 3) values.push_back(call.in(i));
  if (values.empty()) call.fail("joins nothing");
  return {call.op("concat",
                  {{"values", values}, {"axis", {call.integer_of(call.integer("axis", 1))}}})};
}

}  // namespace map
}  // namespace anesim::onnx
