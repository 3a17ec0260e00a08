#include "traces/workloads/pieces.h"

#include <utility>

namespace anesim::workloads {

using graph::Builder;
using graph::TensorId;

const std::vector<std::string_view>& activation_ops() {
  static const std::vector<std::string_view> ops{
      "relu", "gelu",     "silu",     "sigmoid", "tanh",   "relu6", "leaky_relu",
      "elu",  "softplus", "softsign", "erf",     "square", "sqrt",  "abs",
  };
  return ops;
}

TensorId activation(Builder& b, std::string_view op, TensorId x, const std::string& name) {
  if (op == "gelu") return b.op(op, {{"mode", {b.text("EXACT")}}, {"x", {x}}}, name);
  if (op == "leaky_relu") return b.op(op, {{"alpha", {b.number(0.01)}}, {"x", {x}}}, name);
  if (op == "elu") return b.op(op, {{"alpha", {b.number(1)}}, {"x", {x}}}, name);
  return b.op(op, {{"x", {x}}}, name);
}

TensorId cast(Builder& b, TensorId x, std::string_view dtype, const std::string& name) {
  return b.op("cast", {{"x", {x}}, {"dtype", {b.text(std::string(dtype))}}}, name);
}

TensorId quantize_pair(Builder& b, TensorId x, const std::string& name) {
  // The scale's value has no influence on time; 1/128 maps [-1, 1) to int8.
  const TensorId scale = b.number(0.0078125);
  const TensorId q =
      b.op("quantize", {{"input", {x}}, {"scale", {scale}}, {"output_dtype", {b.text("int8")}}},
           name + "_quantize");
  return b.op("dequantize", {{"input", {q}}, {"scale", {scale}}}, name + "_dequantize");
}

TensorId conv(Builder& b, TensorId x, TensorId weight, std::optional<TensorId> bias,
              const ConvOptions& options, const std::string& name) {
  Builder::Arguments arguments;
  arguments.reserve(7);
  arguments.push_back({"x", {x}});
  arguments.push_back({"weight", {weight}});
  if (bias) arguments.push_back({"bias", {*bias}});
  arguments.push_back({"strides", {b.ints({options.stride, options.stride})}});
  arguments.push_back({"pad_type", {b.text(std::string(options.pad_type))}});
  arguments.push_back({"dilations", {b.ints({options.dilation, options.dilation})}});
  arguments.push_back({"groups", {b.integer(options.groups)}});
  return b.op("conv", std::move(arguments), name);
}

TensorId binary(Builder& b, std::string_view op, TensorId x, TensorId y, const std::string& name) {
  return b.op(op, {{"x", {x}}, {"y", {y}}}, name);
}

TensorId unary(Builder& b, std::string_view op, TensorId x, const std::string& name) {
  return b.op(op, {{"x", {x}}}, name);
}

TensorId reduce(Builder& b, std::string_view op, TensorId x, std::vector<std::int64_t> axes,
                bool keep_dims, const std::string& name) {
  return b.op(
      op, {{"x", {x}}, {"axes", {b.ints(std::move(axes))}}, {"keep_dims", {b.boolean(keep_dims)}}},
      name);
}

TensorId softmax(Builder& b, TensorId x, std::int64_t axis, const std::string& name) {
  return b.op("softmax", {{"x", {x}}, {"axis", {b.integer(axis)}}}, name);
}

TensorId matmul(Builder& b, TensorId x, TensorId y, bool transpose_y, const std::string& name) {
  return b.op("matmul",
              {{"x", {x}},
               {"y", {y}},
               {"transpose_x", {b.boolean(false)}},
               {"transpose_y", {b.boolean(transpose_y)}}},
              name);
}

TensorId linear(Builder& b, TensorId x, TensorId weight, std::optional<TensorId> bias,
                const std::string& name) {
  Builder::Arguments arguments{{"x", {x}}, {"weight", {weight}}};
  if (bias) arguments.push_back({"bias", {*bias}});
  return b.op("linear", std::move(arguments), name);
}

TensorId reshape(Builder& b, TensorId x, std::vector<std::int64_t> shape, const std::string& name) {
  return b.op("reshape", {{"x", {x}}, {"shape", {b.ints(std::move(shape))}}}, name);
}

TensorId transpose(Builder& b, TensorId x, std::vector<std::int64_t> perm,
                   const std::string& name) {
  return b.op("transpose", {{"x", {x}}, {"perm", {b.ints(std::move(perm))}}}, name);
}

}  // namespace anesim::workloads
