// Matrix products.
#include <fmt/format.h>

#include "traces/onnx/mappings.h"

namespace anesim::onnx::map {

namespace {
bool is_bias(const Call& call, TensorId id, std::int64_t channels) {
  const graph::Tensor& tensor = call.tensor(id);
  const std::int64_t count = call.product(tensor.shape, 0, tensor.shape.size());
  return tensor.constant && (count == channels || count == 1) &&
         (tensor.shape.empty() || tensor.shape.back() == count);
}
}  // namespace

Results gemm(const Call& call) {
  TensorId a = call.in(0);
  TensorId b = call.in(1);
  if (call.shape(a).size() != 2 || call.shape(b).size() != 2) {
    call.fail(fmt::format("A {} and B {} (expected two matrices)", graph::text(call.shape(a)),
                          graph::text(call.shape(b))));
  }
  const bool transposed = call.integer("transB", 0) != 0;
  if (call.integer("transA", 0) != 0) a = call.transpose(a, {1, 0}, "transpose_a");
  const std::int64_t channels = call.shape(b)[transposed ? 0 : 1];
  // A factor on constants is folded into them.
  const bool factor = call.number("alpha", 1) != 1 && !call.constant(b);
  const bool biased = call.has(2) && is_bias(call, call.in(2), channels) && !factor;
  const bool added = call.has(2) && !biased && call.number("beta", 1) != 0;
  const std::string_view suffix = factor || added ? "product" : "";
  TensorId result;
  if (call.constant(b)) {
    const TensorId weight = transposed ? b : call.transpose(b, {1, 0});
    Arguments arguments = {{"x", {a}}, {"weight", {weight}}};
    if (biased) arguments.push_back({"bias", {call.in(2)}});
    result = call.op("linear", arguments, suffix);
  } else {
    result =
        call.op("matmul", {{"x", {a}}, {"y", {b}}, {"transpose_y", {call.flag_of(transposed)}}},
                biased && !added ? "product" : suffix);
    if (biased) result = call.op("add", {{"x", {result}}, {"y", {call.in(2)}}});
  }
  if (factor) {
    const TensorId alpha = call.number_of(call.number("alpha", 1));
    result = call.op("mul", {{"x", {result}}, {"y", {alpha}}}, added ? "alpha" : "");
  }
  if (added) {
    TensorId c = call.in(2);
    if (call.number("beta", 1) != 1 && !call.constant(c)) {
      c = call.op("mul", {{"x", {c}}, {"y", {call.number_of(call.number("beta", 1))}}}, "beta");
    }
    result = call.op("add", {{"x", {result}}, {"y", {c}}});
  }
  return {result};
}

Results matmul(const Call& call) {
  return {call.op("matmul", {{"x", {call.in(0)}}, {"y", {call.in(1)}}})};
}

}  // namespace anesim::onnx::map
