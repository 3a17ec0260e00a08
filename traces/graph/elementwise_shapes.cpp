// Result shapes of element-wise operations, casts and quantisation.
#include <fmt/format.h>

#include "traces/graph/rules.h"

namespace anesim::graph::rules {

Result same(const OpCall& call) { return one(call.tensor("x")); }
Result same_as_input(const OpCall& call) { return one(call.tensor("input")); }
Result same_as_data(const OpCall& call) { return one(call.tensor("data")); }

Result prelu(const OpCall& call) {
  const Tensor& x = call.ranked("x", 3, 5);
  const std::int64_t count = call.elements(call.tensor("alpha").shape);
  if (count != x.shape[1] && count != 1) {
    call.fail(fmt::format("alpha has {} elements (expected {}, one a channel)", count, x.shape[1]));
  }
  return one(x);
}

Result binary(const OpCall& call) {
  const Tensor& x = call.tensor("x");
  return one(call.broadcast(x.shape, call.tensor("y").shape), x.dtype);
}

Result comparison(const OpCall& call) {
  return one(call.broadcast(call.tensor("x").shape, call.tensor("y").shape), DType::boolean);
}

Result boolean_not(const OpCall& call) { return one(call.tensor("x").shape, DType::boolean); }

Result cast(const OpCall& call) {
  const Tensor& x = call.tensor("x");
  (void)call.tensor("dtype");
  return one(x.shape, call.dtype("dtype", x.dtype));
}

Result select(const OpCall& call) {
  const Tensor& a = call.tensor("a");
  const Shape both = call.broadcast(a.shape, call.tensor("b").shape);
  return one(call.broadcast(call.tensor("cond").shape, both), a.dtype);
}

Result quantize(const OpCall& call) {
  const Tensor* zero_point = call.find("zero_point");
  const DType otherwise = zero_point != nullptr ? zero_point->dtype : DType::int8;
  return one(call.tensor("input").shape, call.dtype("output_dtype", otherwise));
}

Result dequantize(const OpCall& call) {
  return one(call.tensor("input").shape, call.tensor("scale").dtype);
}

}  // namespace anesim::graph::rules
