// Result shapes of gathers and scatters.
#include <fmt/format.h>

#include "traces/graph/rules.h"

namespace anesim::graph::rules {

Result gather(const OpCall& call) {
  const Tensor& x = call.tensor("x");
  const Tensor& indices = call.tensor("indices");
  const std::size_t axis = call.axis(call.integer("axis", 0), x.shape.size());
  const std::int64_t batch = call.integer("batch_dims", 0);
  if (batch < 0 || batch > static_cast<std::int64_t>(std::min(axis, indices.shape.size()))) {
    call.fail(
        fmt::format("batch_dims {} (expected 0..{})", batch, std::min(axis, indices.shape.size())));
  }
  Shape shape(x.shape.begin(), x.shape.begin() + static_cast<std::ptrdiff_t>(axis));
  shape.insert(shape.end(), indices.shape.begin() + batch, indices.shape.end());
  shape.insert(shape.end(), x.shape.begin() + static_cast<std::ptrdiff_t>(axis) + 1, x.shape.end());
  return one(std::move(shape), x.dtype);
}

Result gather_along_axis(const OpCall& call) {
  const Tensor& x = call.tensor("x");
  const Tensor& indices = call.tensor("indices");
  (void)call.axis(call.integer("axis", 0), x.shape.size());
  if (indices.shape.size() != x.shape.size()) {
    call.fail(
        fmt::format("indices {} and x {} differ in rank", text(indices.shape), text(x.shape)));
  }
  return one(indices.shape, x.dtype);
}

Result gather_nd(const OpCall& call) {
  const Tensor& x = call.tensor("x");
  const Tensor& indices = call.tensor("indices");
  const std::int64_t batch = call.integer("batch_dims", 0);
  if (indices.shape.empty()) call.fail("indices is a scalar (expected rank 1 or more)");
  const auto rank = static_cast<std::int64_t>(x.shape.size());
  const std::int64_t depth = indices.shape.back();
  if (batch < 0 || batch >= static_cast<std::int64_t>(indices.shape.size()) ||
      depth > rank - batch) {
    call.fail(fmt::format("indices {} with {} batch dimensions index x {}", text(indices.shape),
                          batch, text(x.shape)));
  }
  Shape shape(indices.shape.begin(), indices.shape.end() - 1);
  shape.insert(shape.end(), x.shape.begin() + batch + depth, x.shape.end());
  return one(std::move(shape), x.dtype);
}

Result scatter(const OpCall& call) {
  (void)call.tensor("indices");
  (void)call.tensor("updates");
  return one(call.tensor("data"));
}

}  // namespace anesim::graph::rules
