// The table of ONNX operations, one line each.
#include "traces/onnx/mappings.h"

#include <algorithm>
#include <array>

namespace anesim::onnx {

namespace {
constexpr std::string_view onnx = "";
constexpr std::string_view microsoft = "com.microsoft";

constexpr std::array table = std::to_array<MappingEntry>({
    // convolution and pooling
    {onnx, "Conv", map::conv, "conv"},
    {onnx, "ConvTranspose", map::conv_transpose, "conv_transpose"},
    {onnx, "AveragePool", map::pool, "avg_pool"},
    {onnx, "LpPool", map::pool, "l2_pool"},
    {onnx, "MaxPool", map::pool, "max_pool"},
    {onnx, "GlobalAveragePool", map::global_pool, "reduce_mean"},
    {onnx, "GlobalLpPool", map::global_pool, "reduce_l2_norm"},
    {onnx, "GlobalMaxPool", map::global_pool, "reduce_max"},
    // products
    {onnx, "Gemm", map::gemm, "linear"},
    {onnx, "MatMul", map::matmul, "matmul"},
    {onnx, "Einsum", map::einsum, "einsum"},
    // activations
    {onnx, "Celu", map::with_alpha, "elu"},
    {onnx, "Elu", map::with_alpha, "elu"},
    {onnx, "Gelu", map::gelu, "gelu"},
    {onnx, "HardSigmoid", map::hard_sigmoid, "sigmoid_hard"},
    {onnx, "HardSwish", map::hard_swish, "mul"},
    {onnx, "LeakyRelu", map::with_alpha, "leaky_relu"},
    {onnx, "LogSoftmax", map::log_softmax, "log"},
    {onnx, "Mish", map::mish, "mul"},
    {onnx, "PRelu", map::prelu, "prelu"},
    {onnx, "Relu", map::unary, "relu"},
    {onnx, "Selu", map::selu, "mul"},
    {onnx, "Sigmoid", map::unary, "sigmoid"},
    {onnx, "Softmax", map::softmax, "softmax"},
    {onnx, "Softplus", map::unary, "softplus"},
    {onnx, "Softsign", map::unary, "softsign"},
    {onnx, "Swish", map::swish, "silu"},
    {onnx, "Tanh", map::unary, "tanh"},
    {onnx, "ThresholdedRelu", map::with_alpha, "thresholded_relu"},
    // two operands
    {onnx, "Add", map::binary, "add"},
    {onnx, "And", map::binary, "logical_and"},
    {onnx, "Div", map::divide, "real_div"},
    {onnx, "Equal", map::binary, "equal"},
    {onnx, "Greater", map::binary, "greater"},
    {onnx, "GreaterOrEqual", map::binary, "greater_equal"},
    {onnx, "Less", map::binary, "less"},
    {onnx, "LessOrEqual", map::binary, "less_equal"},
    {onnx, "Max", map::variadic, "maximum"},
    {onnx, "Mean", map::mean, "add"},
    {onnx, "Min", map::variadic, "minimum"},
    {onnx, "Mod", map::binary, "mod"},
    {onnx, "Mul", map::binary, "mul"},
    {onnx, "Or", map::binary, "logical_or"},
    {onnx, "Pow", map::binary, "pow"},
    {onnx, "Sub", map::binary, "sub"},
    {onnx, "Sum", map::variadic, "add"},
    {onnx, "Where", map::where, "select"},
    {onnx, "Xor", map::binary, "logical_xor"},
    // one operand
    {onnx, "Abs", map::unary, "abs"},
    {onnx, "Acos", map::unary, "acos"},
    {onnx, "Asin", map::unary, "asin"},
    {onnx, "Atan", map::unary, "atan"},
    {onnx, "Atanh", map::unary, "atanh"},
    {onnx, "Cast", map::cast, "cast"},
    {onnx, "CastLike", map::cast_like, "cast"},
    {onnx, "Ceil", map::unary, "ceil"},
    {onnx, "Clip", map::clip, "clip"},
    {onnx, "Cos", map::unary, "cos"},
    {onnx, "Cosh", map::unary, "cosh"},
    {onnx, "Dropout", map::identity, "identity"},
    {onnx, "Erf", map::unary, "erf"},
    {onnx, "Exp", map::unary, "exp"},
    {onnx, "Floor", map::unary, "floor"},
    {onnx, "Identity", map::identity, "identity"},
    {onnx, "IsInf", map::not_equal_itself, "not_equal"},
    {onnx, "IsNaN", map::not_equal_itself, "not_equal"},
    {onnx, "Log", map::unary, "log"},
    {onnx, "Neg", map::neg, "mul"},
    {onnx, "Not", map::unary, "logical_not"},
    {onnx, "Reciprocal", map::unary, "inverse"},
    {onnx, "Round", map::unary, "round"},
    {onnx, "Sign", map::unary, "sign"},
    {onnx, "Sin", map::unary, "sin"},
    {onnx, "Sinh", map::unary, "sinh"},
    {onnx, "Sqrt", map::unary, "sqrt"},
    {onnx, "Tan", map::unary, "tan"},
    // normalisation; the simplified one is onnxruntime's, kept in the standard's domain
    {onnx, "BatchNormalization", map::batch_norm, "batch_norm"},
    {onnx, "GroupNormalization", map::group_norm, "layer_norm"},
    {onnx, "InstanceNormalization", map::instance_norm, "instance_norm"},
    {onnx, "LRN", map::local_response_norm, "local_response_norm"},
    {onnx, "LayerNormalization", map::layer_norm, "layer_norm"},
    {onnx, "LpNormalization", map::lp_norm, "real_div"},
    {onnx, "MeanVarianceNormalization", map::mean_variance_norm, "real_div"},
    {onnx, "RMSNormalization", map::rms_norm, "mul"},
    {onnx, "SimplifiedLayerNormalization", map::rms_norm, "mul"},
    // reduction and selection
    {onnx, "ArgMax", map::arg, "reduce_argmax"},
    {onnx, "ArgMin", map::arg, "reduce_argmin"},
    {onnx, "CumSum", map::cumsum, "cumsum"},
    {onnx, "ReduceL1", map::reduce, "reduce_l1_norm"},
    {onnx, "ReduceL2", map::reduce, "reduce_l2_norm"},
    {onnx, "ReduceLogSum", map::reduce, "reduce_log_sum"},
    {onnx, "ReduceLogSumExp", map::reduce, "reduce_log_sum_exp"},
    {onnx, "ReduceMax", map::reduce, "reduce_max"},
    {onnx, "ReduceMean", map::reduce, "reduce_mean"},
    {onnx, "ReduceMin", map::reduce, "reduce_min"},
    {onnx, "ReduceProd", map::reduce, "reduce_prod"},
    {onnx, "ReduceSum", map::reduce, "reduce_sum"},
    {onnx, "ReduceSumSquare", map::reduce, "reduce_sum_square"},
    {onnx, "Hardmax", map::hardmax, "one_hot"},
    {onnx, "TopK", map::topk, "topk"},
    // views, joining and cutting
    {onnx, "Concat", map::concat, "concat"},
    {onnx, "DepthToSpace", map::depth_to_space, "depth_to_space"},
    {onnx, "Expand", map::expand, "tile"},
    {onnx, "Flatten", map::flatten, "reshape"},
    {onnx, "GridSample", map::grid_sample, "resample"},
    {onnx, "Pad", map::pad, "pad"},
    {onnx, "Reshape", map::reshape, "reshape"},
    {onnx, "Resize", map::resize, "resize"},
    {onnx, "ReverseSequence", map::reverse_sequence, "reverse_sequence"},
    {onnx, "RoiAlign", map::roi_align, "crop_resize"},
    {onnx, "Slice", map::slice, "slice_by_index"},
    {onnx, "SpaceToDepth", map::space_to_depth, "space_to_depth"},
    {onnx, "Split", map::split, "split"},
    {onnx, "Squeeze", map::squeeze, "squeeze"},
    {onnx, "Tile", map::tile, "tile"},
    {onnx, "Transpose", map::transpose, "transpose"},
    {onnx, "Unsqueeze", map::unsqueeze, "expand_dims"},
    {onnx, "Upsample", map::resize, "resize"},
    // gathers, scatters, creation
    {onnx, "ConstantOfShape", map::constant_of_shape, "fill"},
    {onnx, "BlackmanWindow", map::window, "fill"},
    {onnx, "EyeLike", map::eye_like, "fill"},
    {onnx, "HammingWindow", map::window, "fill"},
    {onnx, "HannWindow", map::window, "fill"},
    {onnx, "Gather", map::gather, "gather"},
    {onnx, "GatherElements", map::gather_elements, "gather_along_axis"},
    {onnx, "GatherND", map::gather_nd, "gather_nd"},
    {onnx, "OneHot", map::one_hot, "one_hot"},
    {onnx, "RandomNormal", map::random, "random_normal"},
    {onnx, "RandomNormalLike", map::random_like, "random_normal"},
    {onnx, "RandomUniform", map::random, "random_uniform"},
    {onnx, "RandomUniformLike", map::random_like, "random_uniform"},
    {onnx, "Range", map::range, "range_1d"},
    {onnx, "Scatter", map::scatter, "scatter_along_axis"},
    {onnx, "ScatterElements", map::scatter, "scatter_along_axis"},
    {onnx, "ScatterND", map::scatter, "scatter_nd"},
    {onnx, "TensorScatter", map::tensor_scatter, "slice_update"},
    {onnx, "Trilu", map::trilu, "band_part"},
    // results as long as the data hold: the file has to declare their sizes
    {onnx, "Compress", nullptr, "non_zero"},
    {onnx, "NonMaxSuppression", nullptr, "non_maximum_suppression"},
    {onnx, "NonZero", nullptr, "non_zero"},
    {onnx, "Unique", nullptr, "argsort"},
    // recurrence, attention
    {onnx, "Attention", map::attention, "scaled_dot_product_attention"},
    {onnx, "GRU", map::recurrent, "gru"},
    {onnx, "LSTM", map::recurrent, "lstm"},
    {onnx, "RNN", map::recurrent, "rnn"},
    {onnx, "RotaryEmbedding", map::rotary_embedding, "standard"},
    // quantisation
    {onnx, "ConvInteger", map::conv_integer, "conv"},
    {onnx, "DequantizeLinear", map::dequantize_linear, "dequantize"},
    {onnx, "DynamicQuantizeLinear", map::dynamic_quantize, "quantize"},
    {onnx, "MatMulInteger", map::matmul_integer, "matmul"},
    {onnx, "QLinearConv", map::qlinear_conv, "conv"},
    {onnx, "QLinearMatMul", map::qlinear_matmul, "matmul"},
    {onnx, "QuantizeLinear", map::quantize_linear, "quantize"},
    // onnxruntime
    {microsoft, "Attention", map::packed_attention, "scaled_dot_product_attention"},
    {microsoft, "BiasAdd", map::bias_add, "add"},
    {microsoft, "BiasGelu", map::gelu, "gelu"},
    {microsoft, "DequantizeLinear", map::dequantize_linear, "dequantize"},
    {microsoft, "DynamicQuantizeMatMul", map::matmul_to_float, "matmul"},
    {microsoft, "EmbedLayerNormalization", map::embed_layer_norm, "layer_norm"},
    {microsoft, "FastGelu", map::gelu, "gelu"},
    {microsoft, "FusedConv", map::fused_conv, "conv"},
    {microsoft, "FusedGemm", map::fused_gemm, "linear"},
    {microsoft, "FusedMatMul", map::fused_matmul, "matmul"},
    {microsoft, "Gelu", map::gelu, "gelu"},
    {microsoft, "GroupQueryAttention", map::group_query_attention, "scaled_dot_product_attention"},
    {microsoft, "MatMulIntegerToFloat", map::matmul_to_float, "matmul"},
    {microsoft, "MatMulNBits", map::matmul_nbits, "linear"},
    {microsoft, "MultiHeadAttention", map::multi_head_attention, "scaled_dot_product_attention"},
    {microsoft, "QLinearAdd", map::qlinear_binary, "add"},
    {microsoft, "QLinearAveragePool", map::pool, "avg_pool"},
    {microsoft, "QLinearConcat", map::qlinear_concat, "concat"},
    {microsoft, "QLinearConv", map::qlinear_conv, "conv"},
    {microsoft, "QLinearGlobalAveragePool", map::global_pool, "reduce_mean"},
    {microsoft, "QLinearLeakyRelu", map::qlinear_unary, "leaky_relu"},
    {microsoft, "QLinearMul", map::qlinear_binary, "mul"},
    {microsoft, "QLinearSigmoid", map::qlinear_unary, "sigmoid"},
    {microsoft, "QLinearSoftmax", map::qlinear_unary, "softmax"},
    {microsoft, "QuantizeLinear", map::quantize_linear, "quantize"},
    {microsoft, "QuickGelu", map::swish, "silu"},
    {microsoft, "RotaryEmbedding", map::rotary_embedding, "microsoft"},
    {microsoft, "SimplifiedLayerNormalization", map::rms_norm, "mul"},
    {microsoft, "SkipLayerNormalization", map::skip_layer_norm, "layer_norm"},
    {microsoft, "SkipSimplifiedLayerNormalization", map::skip_layer_norm, "mul"},
});

constexpr auto key = [](const MappingEntry& entry) { return std::pair(entry.domain, entry.type); };
constexpr std::array sorted_table = [] {
  auto sorted = table;
  std::ranges::sort(sorted, {}, key);
  return sorted;
}();
static_assert(std::ranges::adjacent_find(sorted_table, {}, key) == sorted_table.end());
}  // namespace

const MappingEntry* find_mapping(std::string_view domain, std::string_view type) {
  const auto* found = std::ranges::lower_bound(sorted_table, std::pair(domain, type), {}, key);
  if (found == sorted_table.end() || key(*found) != std::pair(domain, type)) return nullptr;
  return found;
}

std::vector<std::string> known_types() {
  std::vector<std::string> names;
  for (const MappingEntry& entry : sorted_table) names.emplace_back(entry.type);
  return names;
}

}  // namespace anesim::onnx
