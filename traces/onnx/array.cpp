#include "traces/onnx/array.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace anesim::onnx {

using graph::DType;
using graph::Shape;

bool is_real(DType dtype) {
  return dtype == DType::fp16 || dtype == DType::fp32 || dtype == DType::fp64 ||
         dtype == DType::bf16 || dtype == DType::fp8e4m3fn || dtype == DType::fp8e5m2;
}

std::optional<Array> array_of(const graph::Tensor& tensor) {
  if (!tensor.literal) return std::nullopt;
  Array array{tensor.shape, tensor.dtype, {}};
  const bool numbers = std::visit(
      [&array](const auto& values) {
        if constexpr (std::is_same_v<std::decay_t<decltype(values)>, std::vector<std::string>>) {
          return false;
        } else {
          array.values.assign(values.begin(), values.end());
          if constexpr (std::is_same_v<std::decay_t<decltype(values)>, std::vector<std::int64_t>>) {
            for (std::size_t i = 0; i < values.size(); ++i) {
              if (values[i] == unknown_value) array.values[i] = std::nan("");
            }
          }
          return true;
        }
      },
      tensor.literal->values);
  if (!numbers) return std::nullopt;
  return array;
}

namespace {
std::int64_t saturated(double value) {
  if (std::isnan(value)) return unknown_value;
  if (value >= 0x1p63) return std::numeric_limits<std::int64_t>::max();
  if (value <= -0x1p63) return std::numeric_limits<std::int64_t>::min();
  return static_cast<std::int64_t>(value);
}
}  // namespace

graph::Literal literal_of(const Array& array) {
  if (is_real(array.dtype)) return {array.values};
  if (array.dtype == DType::boolean) {
    std::vector<bool> flags;
    for (const double value : array.values) flags.push_back(value != 0);
    return {std::move(flags)};
  }
  std::vector<std::int64_t> integers;
  for (const double value : array.values) integers.push_back(saturated(value));
  return {std::move(integers)};
}

std::optional<std::vector<std::int64_t>> integers_of(const Array& array) {
  std::vector<std::int64_t> integers;
  for (const double value : array.values) {
    if (std::isnan(value)) return std::nullopt;
    integers.push_back(saturated(value));
  }
  return integers;
}

graph::Tensor constant_of(const Array& array, std::string name) {
  graph::Tensor tensor;
  tensor.name = std::move(name);
  tensor.shape = array.shape;
  tensor.dtype = array.dtype;
  tensor.constant = true;
  tensor.storage.stored = array.dtype;
  tensor.storage.bits = bit_width(array.dtype);
  tensor.literal = literal_of(array);
  return tensor;
}

std::vector<std::int64_t> strides_of(const Shape& shape) {
  std::vector<std::int64_t> strides(shape.size(), 1);
  // Unsigned, as the other dimensions of a tensor without elements may be of any size.
  for (std::size_t i = shape.size(); i-- > 1;) {
    strides[i - 1] = static_cast<std::int64_t>(static_cast<std::uint64_t>(strides[i]) *
                                               static_cast<std::uint64_t>(shape[i]));
  }
  return strides;
}

std::optional<std::size_t> small_count(const Shape& shape) {
  std::size_t count = 1;
  bool empty = false;
  for (const std::int64_t dim : shape) {
    if (dim < 0) return std::nullopt;
    empty = empty || dim == 0;
  }
  if (empty) return 0;
  for (const std::int64_t dim : shape) {
    if (static_cast<std::size_t>(dim) > longest_array) return std::nullopt;
    count *= static_cast<std::size_t>(dim);
    if (count > longest_array) return std::nullopt;
  }
  return count;
}

std::optional<Shape> broadcast(const Shape& a, const Shape& b) {
  const Shape& longer = a.size() >= b.size() ? a : b;
  const Shape& shorter = a.size() >= b.size() ? b : a;
  Shape result = longer;
  const std::size_t offset = longer.size() - shorter.size();
  for (std::size_t i = 0; i < shorter.size(); ++i) {
    std::int64_t& dim = result[offset + i];
    if (dim == 1) {
      dim = shorter[i];
    } else if (shorter[i] != 1 && shorter[i] != dim) {
      return std::nullopt;
    }
  }
  if (!small_count(result)) return std::nullopt;
  return result;
}

Array expanded(const Array& from, const Shape& to) {
  Array result{to, from.dtype, {}};
  const std::size_t count = small_count(to).value_or(0);
  const std::vector<std::int64_t> steps = strides_of(to);
  const std::vector<std::int64_t> own = strides_of(from.shape);
  const std::size_t offset = to.size() - from.shape.size();
  for (std::size_t i = 0; i < count; ++i) {
    std::int64_t at = 0;
    for (std::size_t d = 0; d < from.shape.size(); ++d) {
      const std::int64_t index = static_cast<std::int64_t>(i) / steps[offset + d] % to[offset + d];
      if (from.shape[d] != 1) at += index * own[d];
    }
    result.values.push_back(from.values[static_cast<std::size_t>(at)]);
  }
  return result;
}

Array transposed(const Array& from, const std::vector<std::size_t>& perm) {
  Array result{{}, from.dtype, {}};
  for (const std::size_t axis : perm) result.shape.push_back(from.shape[axis]);
  const std::vector<std::int64_t> steps = strides_of(result.shape);
  const std::vector<std::int64_t> own = strides_of(from.shape);
  for (std::size_t i = 0; i < from.values.size(); ++i) {
    std::int64_t at = 0;
    for (std::size_t d = 0; d < perm.size(); ++d) {
      at += static_cast<std::int64_t>(i) / steps[d] % result.shape[d] * own[perm[d]];
    }
    result.values.push_back(from.values[static_cast<std::size_t>(at)]);
  }
  return result;
}

}  // namespace anesim::onnx
