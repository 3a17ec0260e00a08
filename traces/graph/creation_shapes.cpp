// Result shapes of operations that make a tensor from numbers.
#include <fmt/format.h>

#include <cmath>

#include "traces/graph/rules.h"

namespace anesim::graph::rules {

Result fill(const OpCall& call) {
  const Tensor* value = call.find("value");
  return one(call.need_ints("shape"), value != nullptr ? value->dtype : DType::fp32);
}

Result fill_like(const OpCall& call) {
  const Tensor* value = call.find("value");
  return one(call.tensor("ref_tensor").shape, value != nullptr ? value->dtype : DType::fp32);
}

Result one_hot(const OpCall& call) {
  Shape shape = call.tensor("indices").shape;
  const std::size_t axis = call.axis(call.integer("axis", -1), shape.size() + 1);
  const std::int64_t size = call.need_integer("one_hot_vector_size");
  shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(axis), size);
  const Tensor* value = call.find("on_value");
  return one(std::move(shape), value != nullptr ? value->dtype : DType::int32);
}

Result range_1d(const OpCall& call) {
  const double start = call.number("start", 0);
  const double step = call.number("step", 1);
  (void)call.tensor("end");
  const double end = call.number("end", 0);
  const double count = std::ceil((end - start) / step);
  if (!(step != 0 && count >= 1 && count < 1e12)) {
    call.fail(
        fmt::format("range from {} to {} in steps of {} is empty or endless", start, end, step));
  }
  return one({static_cast<std::int64_t>(count)}, call.tensor("end").dtype);
}

Result band_part(const OpCall& call) { return one(call.ranked("x", 2, 5)); }

Result random(const OpCall& call) {
  for (const std::string_view parameter : {"mean", "low", "prob"}) {
    if (const Tensor* value = call.find(parameter)) {
      return one(call.need_ints("shape"), value->dtype);
    }
  }
  return one(call.need_ints("shape"), DType::fp32);
}

Result random_categorical(const OpCall& call) {
  const Tensor& x = call.ranked("x", 1, 2);
  Shape shape = x.shape;
  shape.back() = call.integer("size", 1);
  return one(std::move(shape), x.dtype);
}

}  // namespace anesim::graph::rules
