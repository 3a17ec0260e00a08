// Pieces that several operations are written out with.
#pragma once

#include "traces/onnx/call.h"

namespace anesim::onnx {

/// Normalisation over `axis` and all after it; the last operation is named like the node.
TensorId layer_norm_of(const Call&, TensorId x, std::size_t axis, std::optional<TensorId> scale,
                       std::optional<TensorId> shift, double epsilon);
/// The same without the mean: x / sqrt(mean(x^2) + epsilon) * scale.
TensorId rms_norm_of(const Call&, TensorId x, std::size_t axis, std::optional<TensorId> scale,
                     double epsilon);

}  // namespace anesim::onnx
