// The shape rules by family; shape_rules.cpp maps op names to them.
#pragma once

#include "traces/graph/op_call.h"
#include "traces/graph/shape_rules.h"

namespace anesim::graph::rules {

/// Nothing: the result depends on values only known at run time.
using Result = std::optional<std::vector<TensorType>>;
using Rule = Result (*)(const OpCall&);

// conv_shapes.cpp, pool_shapes.cpp
Result conv(const OpCall&);
Result conv_transpose(const OpCall&);
Result pool(const OpCall&);
// contraction_shapes.cpp
Result linear(const OpCall&);
Result matmul(const OpCall&);
Result einsum(const OpCall&);
Result attention(const OpCall&);
// elementwise_shapes.cpp
Result same(const OpCall&);           ///< like x
Result same_as_input(const OpCall&);  ///< like the parameter `input`
Result same_as_data(const OpCall&);   ///< like the parameter `data`
Result prelu(const OpCall&);
Result binary(const OpCall&);
Result comparison(const OpCall&);
Result boolean_not(const OpCall&);
Result cast(const OpCall&);
Result select(const OpCall&);
Result quantize(const OpCall&);
Result dequantize(const OpCall&);
// norm_shapes.cpp
Result channel_norm(const OpCall&);  ///< batch_norm, instance_norm
Result layer_norm(const OpCall&);
Result last_axes_norm(const OpCall&);  ///< l2_norm, local_response_norm
Result softmax(const OpCall&);
// reduction_shapes.cpp
Result reduce(const OpCall&);
Result reduce_arg(const OpCall&);
Result topk(const OpCall&);
Result argsort(const OpCall&);
Result cumsum(const OpCall&);
Result non_zero(const OpCall&);
Result non_maximum_suppression(const OpCall&);
Result classify(const OpCall&);
// layout_shapes.cpp
Result transpose(const OpCall&);
Result reshape(const OpCall&);
Result reshape_like(const OpCall&);
Result flatten2d(const OpCall&);
Result expand_dims(const OpCall&);
Result squeeze(const OpCall&);
Result reverse(const OpCall&);
Result reverse_sequence(const OpCall&);
Result shape(const OpCall&);
// joining_shapes.cpp
Result concat(const OpCall&);
Result split(const OpCall&);
Result stack(const OpCall&);
Result pad(const OpCall&);
Result tile(const OpCall&);
// slice_shapes.cpp
Result slice_by_index(const OpCall&);
Result slice_by_size(const OpCall&);
Result slice_update(const OpCall&);
Result sliding_windows(const OpCall&);
// gather_shapes.cpp
Result gather(const OpCall&);
Result gather_along_axis(const OpCall&);
Result gather_nd(const OpCall&);
Result scatter(const OpCall&);  ///< scatter, scatter_along_axis, scatter_nd
// creation_shapes.cpp
Result fill(const OpCall&);
Result fill_like(const OpCall&);
Result one_hot(const OpCall&);
Result range_1d(const OpCall&);
Result band_part(const OpCall&);
Result random(const OpCall&);
Result random_categorical(const OpCall&);
// resize_shapes.cpp
Result resize_to_size(const OpCall&);
Result upsample(const OpCall&);
Result resize(const OpCall&);
Result crop(const OpCall&);
Result crop_resize(const OpCall&);
Result resample(const OpCall&);
Result affine(const OpCall&);
// rearrange_shapes.cpp
Result pixel_shuffle(const OpCall&);
Result pixel_unshuffle(const OpCall&);
Result depth_to_space(const OpCall&);
Result space_to_depth(const OpCall&);
Result batch_to_space(const OpCall&);
Result space_to_batch(const OpCall&);
// recurrent_shapes.cpp
Result lstm(const OpCall&);
Result gru(const OpCall&);
Result rnn(const OpCall&);
// control_shapes.cpp
Result cond(const OpCall&);
Result while_loop(const OpCall&);
Result make_list(const OpCall&);
Result list_read(const OpCall&);
Result list_write(const OpCall&);
Result list_gather(const OpCall&);
Result list_scatter(const OpCall&);
Result list_length(const OpCall&);
Result write_state(const OpCall&);
Result update_state(const OpCall&);
// constexpr_shapes.cpp
Result constexpr_affine_dequantize(const OpCall&);
Result constexpr_blockwise_shift_scale(const OpCall&);
Result constexpr_lut_to_dense(const OpCall&);
Result constexpr_sparse_to_dense(const OpCall&);
Result constexpr_to_sparse(const OpCall&);
Result constexpr_cast(const OpCall&);

/// Padding before and after each spatial dimension as pad_type and pad ask (not `same`, which
/// depends on the size). Shared by convolutions and pools.
struct Window {
  std::vector<std::int64_t> strides, dilations, pad_before, pad_after;
  bool same = false;
};
[[nodiscard]] Window window_of(const OpCall&, std::size_t spatial);
/// Size of a window position count: floor((d + pads - (k-1)*dilation - 1) / stride) + 1, or
/// ceil(d / stride) for `same`. Fails if the window does not fit.
[[nodiscard]] std::int64_t window_positions(const OpCall&, const Window&, std::size_t dim,
                                            std::int64_t size, std::int64_t kernel, bool ceil_mode);
/// floor(size * factor) for upsampling, checked.
[[nodiscard]] std::int64_t scaled(const OpCall&, std::int64_t size, double factor);

inline Result one(Shape shape, DType dtype) {
  return std::vector<TensorType>{{std::move(shape), dtype}};
}
inline Result one(const Tensor& like) { return one(like.shape, like.dtype); }

}  // namespace anesim::graph::rules
