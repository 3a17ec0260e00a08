#include "traces/graph/multiplies.h"

#include <algorithm>
#include <array>

#include "traces/graph/contraction.h"

namespace anesim::graph {

namespace {
const Tensor& result_of(const OpCall& call) {
  if (call.op().outputs.empty()) call.fail("has no result");
  return call.graph().at(call.op().outputs.front());
}

std::int64_t result_elements(const OpCall& call) { return call.elements(result_of(call).shape); }

/// A bias is added to every result element.
std::int64_t bias_ops(const OpCall& call) {
  return call.find("bias") != nullptr ? result_elements(call) : 0;
}

Arithmetic conv(const OpCall& call) {
  const Tensor& weight = call.tensor("weight");
  if (weight.shape.empty()) call.fail("weight is a scalar");
  // [Co, C/groups, *K]: all but the first dimension is summed into one result.
  const std::span<const std::int64_t> depth = std::span(weight.shape).subspan(1);
  return {call.product(result_elements(call), call.product(depth)), bias_ops(call)};
}

Arithmetic conv_transpose(const OpCall& call) {
  const Tensor& weight = call.tensor("weight");
  if (weight.shape.empty()) call.fail("weight is a scalar");
  // [C, Co/groups, *K]: every input element meets all but the first dimension.
  const std::span<const std::int64_t> spread = std::span(weight.shape).subspan(1);
  return {call.product(call.elements(call.tensor("x").shape), call.product(spread)),
          bias_ops(call)};
}

Arithmetic linear(const OpCall& call) {
  const Tensor& weight = call.ranked("weight", 2, 2);
  return {call.product(result_elements(call), weight.shape[1]), bias_ops(call)};
}

Arithmetic matmul(const OpCall& call) {
  const Contraction product = matmul_of(call);
  return {call.product(call.elements(product.result), product.depth), 0};
}

Arithmetic einsum(const OpCall& call) {
  const Contraction product = einsum_of(call);
  return {call.product(call.elements(product.result), product.depth), 0};
}

Arithmetic attention(const OpCall& call) {
  const Tensor& query = call.ranked("query", 3, 5);
  const std::size_t rank = query.shape.size();
  const Tensor& value = call.ranked("value", rank, rank);
  // Scores are [B, *, L, S]; both products visit each of them, then scale, mask and softmax.
  const std::int64_t rows = call.elements(query.shape) / query.shape.back();
  const std::int64_t scores = call.product(rows, value.shape[rank - 2]);
  constexpr std::int64_t softmax_ops = 5;
  const std::int64_t ops = 1 + softmax_ops + (call.find("attn_mask") != nullptr ? 1 : 0);
  return {call.product(scores, query.shape.back() + value.shape.back()), call.product(scores, ops)};
}

Arithmetic recurrent(const OpCall& call) {
  const Tensor& x = call.ranked("x", 3, 3);
  const Tensor& input_weight = call.ranked("weight_ih", 2, 2);
  const Tensor& state_weight = call.ranked("weight_hh", 2, 2);
  const std::int64_t directions = call.word("direction", "forward") == "bidirectional" ? 2 : 1;
  const std::int64_t steps = call.product(call.product(x.shape[0], x.shape[1]), directions);
  const std::int64_t weights =
      call.elements(input_weight.shape) + call.elements(state_weight.shape);
  // Each gate: bias, activation, and about one product into the state.
  constexpr std::int64_t ops_per_gate = 3;
  return {call.product(steps, weights),
          call.product(steps, call.product(input_weight.shape[0], ops_per_gate))};
}

Arithmetic pool(const OpCall& call) {
  return {0, call.product(result_elements(call), call.product(call.need_ints("kernel_sizes")))};
}

struct Counted {
  std::string_view name;
  Arithmetic (*rule)(const OpCall&);
};
constexpr std::array counted = std::to_array<Counted>({
    {"avg_pool", pool},
    {"conv", conv},
    {"conv_transpose", conv_transpose},
    {"einsum", einsum},
    {"gru", recurrent},
    {"l2_pool", pool},
    {"linear", linear},
    {"lstm", recurrent},
    {"matmul", matmul},
    {"max_pool", pool},
    {"rnn", recurrent},
    {"scaled_dot_product_attention", attention},
});
static_assert(std::ranges::is_sorted(counted, {}, &Counted::name));

/// Operations an element of the larger of input and result, as a scalar program would need;
/// a transcendental function counts as one.
struct PerElement {
  std::string_view name;
  int ops;
};
constexpr std::array per_element = std::to_array<PerElement>({
    {"abs", 1},
    {"acos", 1},
    {"add", 1},
    {"affine", 8},
    {"argsort", 10},
    {"asin", 1},
    {"atan", 1},
    {"atanh", 1},
    {"band_part", 1},
    {"batch_norm", 2},
    {"cast", 1},
    {"ceil", 1},
    {"clamped_relu", 3},
    {"clip", 2},
    {"cos", 1},
    {"cosh", 1},
    {"crop_resize", 8},
    {"cumsum", 1},
    {"dequantize", 2},
    {"elu", 3},
    {"equal", 1},
    {"erf", 1},
    {"exp", 1},
    {"exp2", 1},
    {"floor", 1},
    {"floor_div", 2},
    {"gelu", 4},
    {"greater", 1},
    {"greater_equal", 1},
    {"instance_norm", 7},
    {"inverse", 2},
    {"l2_norm", 4},
    {"layer_norm", 7},
    {"leaky_relu", 2},
    {"less", 1},
    {"less_equal", 1},
    {"linear_activation", 2},
    {"local_response_norm", 8},
    {"log", 2},
    {"logical_and", 1},
    {"logical_not", 1},
    {"logical_or", 1},
    {"logical_xor", 1},
    {"maximum", 1},
    {"minimum", 1},
    {"mod", 2},
    {"mul", 1},
    {"non_maximum_suppression", 10},
    {"not_equal", 1},
    {"pow", 1},
    {"prelu", 2},
    {"quantize", 3},
    {"random_bernoulli", 4},
    {"random_categorical", 4},
    {"random_normal", 4},
    {"random_uniform", 4},
    {"real_div", 1},
    {"reduce_argmax", 1},
    {"reduce_argmin", 1},
    {"reduce_l1_norm", 2},
    {"reduce_l2_norm", 2},
    {"reduce_log_sum", 1},
    {"reduce_log_sum_exp", 3},
    {"reduce_max", 1},
    {"reduce_mean", 1},
    {"reduce_min", 1},
    {"reduce_prod", 1},
    {"reduce_sum", 1},
    {"reduce_sum_square", 2},
    {"relu", 1},
    {"relu6", 2},
    {"resample", 8},
    {"resize", 8},
    {"resize_bilinear", 8},
    {"round", 1},
    {"rsqrt", 2},
    {"scaled_tanh", 3},
    {"select", 1},
    {"sigmoid", 1},
    {"sigmoid_hard", 4},
    {"sign", 1},
    {"silu", 2},
    {"sin", 1},
    {"sinh", 1},
    {"softmax", 5},
    {"softplus", 2},
    {"softplus_parametric", 4},
    {"softsign", 3},
    {"sqrt", 1},
    {"square", 1},
    {"sub", 1},
    {"tan", 1},
    {"tanh", 1},
    {"threshold", 1},
    {"thresholded_relu", 2},
    {"topk", 10},
    {"upsample_bilinear", 8},
});
static_assert(std::ranges::is_sorted(per_element, {}, &PerElement::name));
}  // namespace

Arithmetic arithmetic_of(const OpCall& call) {
  const std::string_view type = call.op().type;
  if (const auto* found = std::ranges::lower_bound(counted, type, {}, &Counted::name);
      found != counted.end() && found->name == type) {
    try {
      return found->rule(call);
    } catch (const ValueUnknown&) {
      call.fail("amount of work depends on values of the run");
    }
  }
  const auto* found = std::ranges::lower_bound(per_element, type, {}, &PerElement::name);
  if (found == per_element.end() || found->name != type) return {};
  std::int64_t elements = result_elements(call);
  if (const Tensor* x = call.find("x")) elements = std::max(elements, call.elements(x->shape));
  return {0, call.product(elements, found->ops)};
}

}  // namespace anesim::graph
