// The table of shape rules, one line an operation.
#include "traces/graph/shape_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "traces/graph/rules.h"

namespace anesim::graph {

namespace {
struct Entry {
  std::string_view name;
  rules::Rule rule;
};

constexpr std::array table = std::to_array<Entry>({
    // convolution and pooling
    {"conv", rules::conv},
    {"conv_transpose", rules::conv_transpose},
    {"avg_pool", rules::pool},
    {"l2_pool", rules::pool},
    {"max_pool", rules::pool},
    // products
    {"linear", rules::linear},
    {"matmul", rules::matmul},
    {"einsum", rules::einsum},
    {"scaled_dot_product_attention", rules::attention},
    // activations
    {"clamped_relu", rules::same},
    {"elu", rules::same},
    {"gelu", rules::same},
    {"leaky_relu", rules::same},
    {"linear_activation", rules::same},
    {"prelu", rules::prelu},
    {"relu", rules::same},
    {"relu6", rules::same},
    {"scaled_tanh", rules::same},
    {"sigmoid", rules::same},
    {"sigmoid_hard", rules::same},
    {"silu", rules::same},
    {"softplus", rules::same},
    {"softplus_parametric", rules::same},
    {"softsign", rules::same},
    {"thresholded_relu", rules::same},
    {"softmax", rules::softmax},
    // two operands
    {"add", rules::binary},
    {"floor_div", rules::binary},
    {"maximum", rules::binary},
    {"minimum", rules::binary},
    {"mod", rules::binary},
    {"mul", rules::binary},
    {"pow", rules::binary},
    {"real_div", rules::binary},
    {"sub", rules::binary},
    {"equal", rules::comparison},
    {"greater", rules::comparison},
    {"greater_equal", rules::comparison},
    {"less", rules::comparison},
    {"less_equal", rules::comparison},
    {"not_equal", rules::comparison},
    {"logical_and", rules::comparison},
    {"logical_or", rules::comparison},
    {"logical_xor", rules::comparison},
    {"logical_not", rules::boolean_not},
    {"select", rules::select},
    // one operand
    {"abs", rules::same},
    {"acos", rules::same},
    {"asin", rules::same},
    {"atan", rules::same},
    {"atanh", rules::same},
    {"ceil", rules::same},
    {"clip", rules::same},
    {"cos", rules::same},
    {"cosh", rules::same},
    {"erf", rules::same},
    {"exp", rules::same},
    {"exp2", rules::same},
    {"floor", rules::same},
    {"identity", rules::same},
    {"inverse", rules::same},
    {"log", rules::same},
    {"round", rules::same},
    {"rsqrt", rules::same},
    {"sign", rules::same},
    {"sin", rules::same},
    {"sinh", rules::same},
    {"sqrt", rules::same},
    {"square", rules::same},
    {"tan", rules::same},
    {"tanh", rules::same},
    {"threshold", rules::same},
    {"cast", rules::cast},
    {"quantize", rules::quantize},
    {"dequantize", rules::dequantize},
    // normalisation
    {"batch_norm", rules::channel_norm},
    {"instance_norm", rules::channel_norm},
    {"l2_norm", rules::last_axes_norm},
    {"layer_norm", rules::layer_norm},
    {"local_response_norm", rules::last_axes_norm},
    // reduction, sorting, selection
    {"reduce_l1_norm", rules::reduce},
    {"reduce_l2_norm", rules::reduce},
    {"reduce_log_sum", rules::reduce},
    {"reduce_log_sum_exp", rules::reduce},
    {"reduce_max", rules::reduce},
    {"reduce_mean", rules::reduce},
    {"reduce_min", rules::reduce},
    {"reduce_prod", rules::reduce},
    {"reduce_sum", rules::reduce},
    {"reduce_sum_square", rules::reduce},
    {"reduce_argmax", rules::reduce_arg},
    {"reduce_argmin", rules::reduce_arg},
    {"topk", rules::topk},
    {"argsort", rules::argsort},
    {"cumsum", rules::cumsum},
    {"non_zero", rules::non_zero},
    {"non_maximum_suppression", rules::non_maximum_suppression},
    {"classify", rules::classify},
    // views
    {"transpose", rules::transpose},
    {"reshape", rules::reshape},
    {"reshape_like", rules::reshape_like},
    {"flatten2d", rules::flatten2d},
    {"expand_dims", rules::expand_dims},
    {"squeeze", rules::squeeze},
    {"reverse", rules::reverse},
    {"reverse_sequence", rules::reverse_sequence},
    {"shape", rules::shape},
    {"tensor_buffer_to_tensor", rules::same_as_input},
    {"tensor_to_tensor_buffer", rules::same_as_input},
    // joining and cutting
    {"concat", rules::concat},
    {"split", rules::split},
    {"stack", rules::stack},
    {"pad", rules::pad},
    {"tile", rules::tile},
    {"slice_by_index", rules::slice_by_index},
    {"slice_by_size", rules::slice_by_size},
    {"slice_update", rules::slice_update},
    {"sliding_windows", rules::sliding_windows},
    // gathers and scatters
    {"gather", rules::gather},
    {"gather_along_axis", rules::gather_along_axis},
    {"gather_nd", rules::gather_nd},
    {"scatter", rules::scatter},
    {"scatter_along_axis", rules::scatter},
    {"scatter_nd", rules::scatter},
    // creation
    {"fill", rules::fill},
    {"fill_like", rules::fill_like},
    {"one_hot", rules::one_hot},
    {"range_1d", rules::range_1d},
    {"band_part", rules::band_part},
    {"random_bernoulli", rules::random},
    {"random_categorical", rules::random_categorical},
    {"random_normal", rules::random},
    {"random_uniform", rules::random},
    // resizing
    {"resize_bilinear", rules::resize_to_size},
    {"resize_nearest_neighbor", rules::resize_to_size},
    {"upsample_bilinear", rules::upsample},
    {"upsample_nearest_neighbor", rules::upsample},
    {"resize", rules::resize},
    {"crop", rules::crop},
    {"crop_resize", rules::crop_resize},
    {"resample", rules::resample},
    {"affine", rules::affine},
    // rearranging
    {"pixel_shuffle", rules::pixel_shuffle},
    {"pixel_unshuffle", rules::pixel_unshuffle},
    {"depth_to_space", rules::depth_to_space},
    {"space_to_depth", rules::space_to_depth},
    {"batch_to_space", rules::batch_to_space},
    {"space_to_batch", rules::space_to_batch},
    // recurrence
    {"gru", rules::gru},
    {"lstm", rules::lstm},
    {"rnn", rules::rnn},
    // control flow, lists, states
    {"cond", rules::cond},
    {"while_loop", rules::while_loop},
    {"make_list", rules::make_list},
    {"list_gather", rules::list_gather},
    {"list_length", rules::list_length},
    {"list_read", rules::list_read},
    {"list_scatter", rules::list_scatter},
    {"list_write", rules::list_write},
    {"read_state", rules::same_as_input},
    {"write_state", rules::write_state},
    {"coreml_update_state", rules::update_state},
    // stored constants
    {"constexpr_affine_dequantize", rules::constexpr_affine_dequantize},
    {"constexpr_blockwise_shift_scale", rules::constexpr_blockwise_shift_scale},
    {"constexpr_cast", rules::constexpr_cast},
    {"constexpr_lut_to_dense", rules::constexpr_lut_to_dense},
    {"constexpr_lut_to_sparse", rules::constexpr_to_sparse},
    {"constexpr_sparse_blockwise_shift_scale", rules::constexpr_to_sparse},
    {"constexpr_sparse_to_dense", rules::constexpr_sparse_to_dense},
});

constexpr std::array sorted_table = [] {
  auto sorted = table;
  std::ranges::sort(sorted, {}, &Entry::name);
  return sorted;
}();
static_assert(std::ranges::adjacent_find(sorted_table, {}, &Entry::name) == sorted_table.end());

constexpr std::int64_t largest_dim = std::int64_t{1} << 40;

/// Lists get their shapes bit by bit: their rules take and give unknown dimensions.
bool may_be_partial(std::string_view type) {
  return type.starts_with("list_") || type == "make_list" || type == "while_loop";
}

bool inputs_known(const OpCall& call) {
  if (call.op().type == "shape") return true;  // folded when its dimensions are known
  if (may_be_partial(call.op().type)) return true;
  for (const Argument& argument : call.op().arguments) {
    for (const TensorId id : argument.tensors) {
      for (const std::int64_t dim : call.graph().at(id).shape) {
        if (dim == unknown_dim) return false;
        if (dim < 1 || dim > largest_dim) {
          call.fail(fmt::format("parameter '{}' has shape {} (expected dimensions of 1..2^40)",
                                argument.parameter, text(call.graph().at(id).shape)));
        }
      }
    }
  }
  return true;
}
}  // namespace

const std::vector<std::string>& known_ops() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> result;
    for (const Entry& entry : sorted_table) result.emplace_back(entry.name);
    return result;
  }();
  return names;
}

bool is_known_op(std::string_view type) {
  const auto* found = std::ranges::lower_bound(sorted_table, type, {}, &Entry::name);
  return found != sorted_table.end() && found->name == type;
}

std::optional<std::vector<TensorType>> infer(const Graph& graph, const Op& op) {
  const auto* found = std::ranges::lower_bound(sorted_table, op.type, {}, &Entry::name);
  if (found == sorted_table.end() || found->name != op.type) return std::nullopt;
  const OpCall call(graph, op);
  if (!inputs_known(call)) return std::nullopt;
  std::optional<std::vector<TensorType>> results;
  try {
    results = found->rule(call);
  } catch (const ValueUnknown&) {
    return std::nullopt;
  }
  if (!results) return std::nullopt;
  const bool partial = may_be_partial(op.type);
  for (const TensorType& result : *results) {
    if (partial && std::ranges::find(result.shape, unknown_dim) != result.shape.end()) continue;
    for (const std::int64_t dim : result.shape) {
      if (dim < 1) call.fail(fmt::format("result would have shape {}", text(result.shape)));
    }
    (void)call.elements(result.shape);
  }
  return results;
}

}  // namespace anesim::graph
