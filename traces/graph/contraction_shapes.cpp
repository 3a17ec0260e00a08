// Result shapes of matrix products in their several forms.
#include <fmt/format.h>

#include "traces/graph/contraction.h"
#include "traces/graph/rules.h"

namespace anesim::graph::rules {

Result linear(const OpCall& call) {
  const Tensor& x = call.ranked("x", 1, 5);
  const Tensor& weight = call.ranked("weight", 2, 2);
  if (x.shape.back() != weight.shape[1]) {
    call.fail(fmt::format("weight {} does not take the last dimension of x {}", text(weight.shape),
                          text(x.shape)));
  }
  if (const Tensor* bias = call.find("bias")) {
    const std::int64_t count = call.elements(bias->shape);
    if (count != weight.shape[0] && count != 1) {
      call.fail(fmt::format("bias has shape {} (expected {} elements)", text(bias->shape),
                            weight.shape[0]));
    }
  }
  Shape shape = x.shape;
  shape.back() = weight.shape[0];
  return one(std::move(shape), x.dtype);
}

Result matmul(const OpCall& call) {
  Contraction product = matmul_of(call);
  return one(std::move(product.result), call.tensor("x").dtype);
}

Result einsum(const OpCall& call) {
  Contraction product = einsum_of(call);
  return one(std::move(product.result), call.tensors("values").front()->dtype);
}

Result attention(const OpCall& call) {
  const Tensor& query = call.ranked("query", 3, 5);
  const std::size_t rank = query.shape.size();
  const Tensor& key = call.ranked("key", rank, rank);
  const Tensor& value = call.ranked("value", rank, rank);
  for (std::size_t i = 0; i + 2 < rank; ++i) {
    if (query.shape[i] != key.shape[i] || query.shape[i] != value.shape[i]) {
      call.fail(fmt::format("query {}, key {} and value {} differ before the last two dimensions",
                            text(query.shape), text(key.shape), text(value.shape)));
    }
  }
  if (query.shape[rank - 1] != key.shape[rank - 1]) {
    call.fail(fmt::format("query {} and key {} differ in the last dimension", text(query.shape),
                          text(key.shape)));
  }
  if (key.shape[rank - 2] != value.shape[rank - 2]) {
    call.fail(fmt::format("key {} and value {} differ in the length", text(key.shape),
                          text(value.shape)));
  }
  Shape shape = query.shape;
  shape.back() = value.shape.back();
  return one(std::move(shape), query.dtype);
}

}  // namespace anesim::graph::rules
