// Pieces that several generators build programs from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "traces/graph/builder.h"

namespace anesim::workloads {

/// Unary ops allowed as `nonlinearity` and as kind `activation`.
[[nodiscard]] const std::vector<std::string_view>& activation_ops();
/// Appends one of activation_ops() with coremltools' usual constants.
graph::TensorId activation(graph::Builder&, std::string_view op, graph::TensorId x,
                           const std::string& name);

graph::TensorId cast(graph::Builder&, graph::TensorId x, std::string_view dtype,
                     const std::string& name);
/// quantize and dequantize (int8, one scale a tensor), the pair coremltools writes for W8A8.
graph::TensorId quantize_pair(graph::Builder&, graph::TensorId x, const std::string& name);

struct ConvOptions {
  std::string_view pad_type = "same";
  std::int64_t stride = 1;
  std::int64_t dilation = 1;
  std::int64_t groups = 1;
};
graph::TensorId conv(graph::Builder&, graph::TensorId x, graph::TensorId weight,
                     std::optional<graph::TensorId> bias, const ConvOptions&,
                     const std::string& name);

graph::TensorId binary(graph::Builder&, std::string_view op, graph::TensorId x, graph::TensorId y,
                       const std::string& name);
graph::TensorId unary(graph::Builder&, std::string_view op, graph::TensorId x,
                      const std::string& name);
graph::TensorId reduce(graph::Builder&, std::string_view op, graph::TensorId x,
                       std::vector<std::int64_t> axes, bool keep_dims, const std::string& name);
graph::TensorId softmax(graph::Builder&, graph::TensorId x, std::int64_t axis,
                        const std::string& name);
graph::TensorId matmul(graph::Builder&, graph::TensorId x, graph::TensorId y, bool transpose_y,
                       const std::string& name);
graph::TensorId linear(graph::Builder&, graph::TensorId x, graph::TensorId weight,
                       std::optional<graph::TensorId> bias, const std::string& name);
graph::TensorId reshape(graph::Builder&, graph::TensorId x, std::vector<std::int64_t> shape,
                        const std::string& name);
graph::TensorId transpose(graph::Builder&, graph::TensorId x, std::vector<std::int64_t> perm,
                          const std::string& name);

}  // namespace anesim::workloads
