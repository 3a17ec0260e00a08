// Operations on known values that only change how they are seen.
#include <algorithm>
#include <cmath>

#include "traces/onnx/known.h"
#include "traces/onnx/tensors.h"

namespace anesim::onnx::known {

using graph::DType;

Value one(Array array) {
  if (array.values.size() > longest_array) return std::nullopt;
  std::vector<Array> results;
  results.push_back(std::move(array));
  return results;
}

std::optional<std::vector<std::size_t>> axes_of(const Ints& axes, std::size_t rank) {
  std::vector<std::size_t> result;
  for (const std::int64_t axis : axes) {
    const std::int64_t at = axis < 0 ? axis + static_cast<std::int64_t>(rank) : axis;
    if (at < 0 || at >= static_cast<std::int64_t>(rank)) return std::nullopt;
    result.push_back(static_cast<std::size_t>(at));
  }
  return result;
}

std::optional<Ints> axes_given(const Call& call, std::size_t input) {
  if (auto axes = call.ints("axes")) return axes;
  if (const auto array = call.array_in(input)) return integers(*array);
  return std::nullopt;
}

namespace {
/// The array with another shape of as many elements.
Value viewed(Array array, Shape shape) {
  array.shape = std::move(shape);
  if (small_count(array.shape) != array.values.size()) return std::nullopt;
  return one(std::move(array));
}

Array vector(std::vector<double> values) {
  return {{static_cast<std::int64_t>(values.size())}, DType::int32, std::move(values)};
}
}  // namespace

Value shape(const Call& call) {
  const Shape& dims = call.shape_in(0);
  const auto rank = static_cast<std::int64_t>(dims.size());
  const auto edge = [rank](std::int64_t at) {
    return std::clamp<std::int64_t>(at < 0 ? at + rank : at, 0, rank);
  };
  const std::int64_t first = edge(call.integer("start", 0));
  const std::int64_t last = std::max(first, edge(call.integer("end", rank)));
  return one(vector({dims.begin() + first, dims.begin() + last}));
}

Value size(const Call& call) {
  const Shape& dims = call.shape_in(0);
  return one({{}, DType::int32, {static_cast<double>(call.product(dims, 0, dims.size()))}});
}

Value reshape(const Call& call) {
  const auto x = call.array_in(0);
  const auto to = call.has(1) ? call.array_in(1) : std::nullopt;
  if (!x || !to) return std::nullopt;
  Shape dims = integers(*to);
  std::int64_t product = 1;
  std::optional<std::size_t> open;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    if (dims[i] == 0 && call.integer("allowzero", 0) == 0) {
      if (i >= x->shape.size()) return std::nullopt;
      dims[i] = x->shape[i];
    }
    if (dims[i] == -1 && !open) {
      open = i;
    } else if (dims[i] < 0 || dims[i] > static_cast<std::int64_t>(longest_array)) {
      return std::nullopt;
    } else {
      product *= dims[i];
    }
    if (product > static_cast<std::int64_t>(longest_array)) return std::nullopt;
  }
  if (open && product == 0) return std::nullopt;
  if (open) dims[*open] = static_cast<std::int64_t>(x->values.size()) / product;
  return viewed(*x, dims);
}

Value squeeze(const Call& call) {
  const auto x = call.array_in(0);
  if (!x) return std::nullopt;
  const auto given = axes_given(call, 1);
  Shape dims;
  if (given) {
    const auto axes = axes_of(*given, x->shape.size());
    if (!axes) return std::nullopt;
    for (std::size_t i = 0; i < x->shape.size(); ++i) {
      if (std::ranges::find(*axes, i) == axes->end()) dims.push_back(x->shape[i]);
    }
  } else {
    for (const std::int64_t dim : x->shape) {
      if (dim != 1) dims.push_back(dim);
    }
  }
  return viewed(*x, dims);
}

Value unsqueeze(const Call& call) {
  const auto x = call.array_in(0);
  const auto given = axes_given(call, 1);
  if (!x || !given) return std::nullopt;
  auto axes = axes_of(*given, x->shape.size() + given->size());
  if (!axes) return std::nullopt;
  std::ranges::sort(*axes);
  Shape dims = x->shape;
  for (const std::size_t axis : *axes) {
    if (axis > dims.size()) return std::nullopt;
    dims.insert(dims.begin() + static_cast<std::ptrdiff_t>(axis), 1);
  }
  return viewed(*x, dims);
}

Value transpose(const Call& call) {
  const auto x = call.array_in(0);
  if (!x) return std::nullopt;
  Ints reversed;
  for (std::size_t i = x->shape.size(); i-- > 0;) reversed.push_back(static_cast<std::int64_t>(i));
  const auto perm = axes_of(call.ints("perm").value_or(reversed), x->shape.size());
  if (!perm || perm->size() != x->shape.size()) return std::nullopt;
  std::vector<std::size_t> sorted = *perm;
  std::ranges::sort(sorted);
  if (std::ranges::adjacent_find(sorted) != sorted.end()) return std::nullopt;
  return one(transposed(*x, *perm));
}

Value same(const Call& call) {
  auto x = call.array_in(0);
  if (!x) return std::nullopt;
  return one(std::move(*x));
}

Value cast(const Call& call) {
  auto x = call.array_in(0);
  const auto to = dtype_of(static_cast<int>(call.integer("to", 0)));
  if (!x || !to || *to == DType::string) return std::nullopt;
  if (is_real(x->dtype) && !is_real(*to) && *to != DType::boolean) {
    for (double& value : x->values) value = std::trunc(value);
  }
  if (*to == DType::boolean || is_real(*to)) {  // only integers may be unknown
    for (const double value : x->values) {
      if (std::isnan(value)) return std::nullopt;
    }
  }
  x->dtype = *to;
  return one(std::move(*x));
}

Value expand(const Call& call) {
  const auto x = call.array_in(0);
  const auto to = call.array_in(1);
  if (!x || !to) return std::nullopt;
  const auto dims = broadcast(x->shape, integers(*to));
  if (!dims || small_count(*dims) == 0u) return std::nullopt;
  return one(expanded(*x, *dims));
}

}  // namespace anesim::onnx::known
