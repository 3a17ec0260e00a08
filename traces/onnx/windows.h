// What convolutions, pools and their quantised and fused forms share.
#pragma once

#include "traces/onnx/call.h"

namespace anesim::onnx {

/// Dimensions after batch and channels; fails unless 1 to 3.
[[nodiscard]] std::size_t spatial_rank(const Call&, TensorId x);
/// An attribute with a value for each of `count` dimensions, each at least `low`.
[[nodiscard]] Ints per_dimension(const Call&, std::string_view attribute, std::size_t count,
                                 std::int64_t otherwise, std::int64_t low);
/// Appends strides, dilations and padding.
void add_window(const Call&, std::size_t spatial, Arguments&);
/// A convolution with the node's window and groups.
TensorId convolve(const Call&, TensorId x, TensorId weight, std::optional<TensorId> bias,
                  std::string_view suffix);

}  // namespace anesim::onnx
