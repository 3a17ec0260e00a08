// From ONNX operations to those of the graph, by family; mappings.cpp has the table of names.
#pragma once

#include "traces/onnx/call.h"

namespace anesim::onnx {

/// The mapping of an operation; `domain` is "" for ai.onnx. Nothing for an unknown one.
struct MappingEntry {
  std::string_view domain, type;
  Mapping rule;
  std::string_view target;  ///< for rules that serve several operations
};
[[nodiscard]] const MappingEntry* find_mapping(std::string_view domain, std::string_view type);
/// Names for "did you mean", sorted.
[[nodiscard]] std::vector<std::string> known_types();

namespace map {
// elementwise.cpp
Results unary(const Call&);
Results binary(const Call&);
Results variadic(const Call&);  ///< Sum, Max, Min
Results mean(const Call&);
Results neg(const Call&);
Results divide(const Call&);
Results where(const Call&);
Results cast(const Call&);
Results cast_like(const Call&);
Results identity(const Call&);
Results clip(const Call&);
Results not_equal_itself(const Call&);  ///< IsNaN, IsInf
// activations.cpp
Results with_alpha(const Call&);
Results hard_sigmoid(const Call&);
Results hard_swish(const Call&);
Results mish(const Call&);
Results prelu(const Call&);
Results gelu(const Call&);
Results selu(const Call&);
Results swish(const Call&);
Results softmax(const Call&);
Results log_softmax(const Call&);
// convolutions.cpp
Results conv(const Call&);
Results conv_transpose(const Call&);
Results pool(const Call&);
Results global_pool(const Call&);
// products.cpp
Results gemm(const Call&);
Results matmul(const Call&);
// einsum.cpp
Results einsum(const Call&);
// norms.cpp
Results batch_norm(const Call&);
Results instance_norm(const Call&);
Results group_norm(const Call&);
Results layer_norm(const Call&);
Results rms_norm(const Call&);
Results lp_norm(const Call&);
Results mean_variance_norm(const Call&);
Results local_response_norm(const Call&);
// reductions.cpp
Results reduce(const Call&);
Results arg(const Call&);
Results hardmax(const Call&);
Results topk(const Call&);
Results cumsum(const Call&);
// layout.cpp
Results reshape(const Call&);
Results flatten(const Call&);
Results transpose(const Call&);
Results squeeze(const Call&);
Results unsqueeze(const Call&);
Results expand(const Call&);
Results tile(const Call&);
Results depth_to_space(const Call&);
Results space_to_depth(const Call&);
Results reverse_sequence(const Call&);
// joining.cpp
Results concat(const Call&);
Results split(const Call&);
Results slice(const Call&);
Results pad(const Call&);
Results resize(const Call&);
Results grid_sample(const Call&);
Results roi_align(const Call&);
// gathers.cpp
Results gather(const Call&);
Results gather_elements(const Call&);
Results gather_nd(const Call&);
Results scatter(const Call&);
Results tensor_scatter(const Call&);
Results one_hot(const Call&);
Results trilu(const Call&);
Results constant_of_shape(const Call&);
Results eye_like(const Call&);
Results window(const Call&);
Results range(const Call&);
Results random_like(const Call&);
Results random(const Call&);
// quantised.cpp
Results quantize_linear(const Call&);
Results dequantize_linear(const Call&);
Results dynamic_quantize(const Call&);
Results qlinear_conv(const Call&);
Results qlinear_matmul(const Call&);
Results conv_integer(const Call&);
Results matmul_integer(const Call&);
Results matmul_to_float(const Call&);
Results matmul_nbits(const Call&);
Results qlinear_binary(const Call&);
Results qlinear_unary(const Call&);
Results qlinear_concat(const Call&);
// attention.cpp
Results attention(const Call&);
Results rotary_embedding(const Call&);
Results group_query_attention(const Call&);
Results multi_head_attention(const Call&);
Results packed_attention(const Call&);
// fused.cpp
Results fused_conv(const Call&);
Results fused_gemm(const Call&);
Results fused_matmul(const Call&);
Results skip_layer_norm(const Call&);
Results embed_layer_norm(const Call&);
Results bias_add(const Call&);
// recurrent.cpp
Results recurrent(const Call&);
}  // namespace map

/// The operation on values known before the run; nothing if it has no such rule or its inputs are
/// not known.
[[nodiscard]] std::optional<std::vector<Array>> evaluate(const Call&);

}  // namespace anesim::onnx
