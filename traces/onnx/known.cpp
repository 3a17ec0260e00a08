#include "traces/onnx/known.h"

#include <algorithm>
#include <numeric>

namespace anesim::onnx::known {

namespace {
std::optional<std::size_t> axis_of(std::int64_t axis, std::size_t rank) {
  if (axis < 0) axis += static_cast<std::int64_t>(rank);
  if (axis < 0 || axis >= static_cast<std::int64_t>(rank)) return std::nullopt;
  return static_cast<std::size_t>(axis);
}

std::optional<Ints> list(const Call& call, std::string_view attribute, std::size_t input) {
  if (auto values = call.ints(attribute)) return values;
  if (const auto array = call.array_in(input)) return integers(*array);
  return std::nullopt;
}

/// Elements of x at `index(d, i)` along each dimension d of the result.
template <class Index>
std::optional<Array> picked(const Array& x, const Shape& dims, Index index) {
  const auto count = small_count(dims);
  if (!count) return std::nullopt;
  Array result{dims, x.dtype, {}};
  const std::vector<std::int64_t> steps = strides_of(dims);
  const std::vector<std::int64_t> own = strides_of(x.shape);
  for (std::size_t i = 0; i < *count; ++i) {
    std::int64_t at = 0;
    for (std::size_t d = 0; d < dims.size(); ++d) {
      at += index(d, static_cast<std::int64_t>(i) / steps[d] % dims[d]) * own[d];
    }
    if (at < 0 || at >= static_cast<std::int64_t>(x.values.size())) return std::nullopt;
    result.values.push_back(x.values[static_cast<std::size_t>(at)]);
  }
  return result;
}

Value maybe(std::optional<Array> array) {
  if (!array) return std::nullopt;
  return one(std::move(*array));
}
}  // namespace

Ints integers(const Array& array) {
  auto values = integers_of(array);
  if (!values) throw Unknown{};
  return std::move(*values);
}

Value concat(const Call& call) {
  std::vector<Array> parts;
  std::size_t total = 0;
  for (std::size_t i = 0; i < call.input_count(); ++i) {
    auto part = call.array_in(i);
    if (!part) return std::nullopt;
    total += part->values.size();
    if (total > longest_array) return std::nullopt;
    parts.push_back(std::move(*part));
  }
  if (parts.empty()) return std::nullopt;
  const auto axis = axis_of(call.integer("axis", 1), parts.front().shape.size());
  if (!axis) return std::nullopt;
  Array result{parts.front().shape, parts.front().dtype, {}};
  result.shape[*axis] = 0;
  for (const Array& part : parts) {
    Shape like = part.shape;
    if (like.size() != result.shape.size()) return std::nullopt;
    result.shape[*axis] += like[*axis];
    like[*axis] = result.shape[*axis];
    if (like != result.shape) return std::nullopt;
  }
  if (total == 0) return maybe(std::move(result));
  std::int64_t rows = 1;
  for (std::size_t i = 0; i < *axis; ++i) rows *= result.shape[i];
  for (std::int64_t row = 0; row < rows; ++row) {
    for (const Array& part : parts) {
      const auto length = static_cast<std::int64_t>(part.values.size()) / rows;
      const auto begin = part.values.begin() + row * length;
      result.values.insert(result.values.end(), begin, begin + length);
    }
  }
  return maybe(std::move(result));
}

Value gather(const Call& call) {
  const auto x = call.array_in(0);
  const auto indices = call.array_in(1);
  if (!x || !indices) return std::nullopt;
  const auto axis = axis_of(call.integer("axis", 0), x->shape.size());
  if (!axis) return std::nullopt;
  const std::int64_t size = x->shape[*axis];
  const Ints given = integers(*indices);
  Shape dims(x->shape.begin(), x->shape.begin() + static_cast<std::ptrdiff_t>(*axis));
  const auto count = static_cast<std::int64_t>(given.size());
  dims.push_back(count);
  dims.insert(dims.end(), x->shape.begin() + static_cast<std::ptrdiff_t>(*axis) + 1,
              x->shape.end());
  for (const std::int64_t index : given) {
    if (index < -size || index >= size) return std::nullopt;
  }
  auto result = picked(*x, dims, [&](std::size_t d, std::int64_t i) {
    if (d != *axis) return i;
    const std::int64_t index = given[static_cast<std::size_t>(i)];
    return index < 0 ? index + size : index;
  });
  if (!result) return std::nullopt;
  const auto at = result->shape.begin() + static_cast<std::ptrdiff_t>(*axis);
  result->shape.insert(result->shape.erase(at), indices->shape.begin(), indices->shape.end());
  return maybe(std::move(result));
}

Value non_zero(const Call& call) {
  const auto x = call.array_in(0);
  if (!x) return std::nullopt;
  const std::vector<std::int64_t> own = strides_of(x->shape);
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < x->values.size(); ++i) {
    if (x->values[i] != 0) found.push_back(i);
  }
  Array result{
      {static_cast<std::int64_t>(x->shape.size()), static_cast<std::int64_t>(found.size())},
      graph::DType::int32,
      {}};
  if (!small_count(result.shape)) return std::nullopt;
  for (std::size_t d = 0; d < x->shape.size(); ++d) {
    for (const std::size_t i : found) {
      result.values.push_back(
          static_cast<double>(static_cast<std::int64_t>(i) / own[d] % x->shape[d]));
    }
  }
  return maybe(std::move(result));
}

Value scatter_nd(const Call& call) {
  auto data = call.array_in(0);
  const auto indices = call.array_in(1);
  const auto updates = call.array_in(2);
  if (!data || !indices || !updates || indices->shape.empty()) return std::nullopt;
  const auto depth = static_cast<std::size_t>(indices->shape.back());
  // Single elements only: whole slices are not seen in shape arithmetic.
  if (depth == 0 || depth != data->shape.size() ||
      indices->values.size() != updates->values.size() * depth) {
    return std::nullopt;
  }
  const std::vector<std::int64_t> own = strides_of(data->shape);
  const Ints places = integers(*indices);
  for (std::size_t i = 0; i < updates->values.size(); ++i) {
    std::int64_t at = 0;
    for (std::size_t d = 0; d < depth; ++d) {
      const std::int64_t index = places[i * depth + d];
      const std::int64_t size = data->shape[d];
      if (index < -size || index >= size) return std::nullopt;
      at += (index < 0 ? index + size : index) * own[d];
    }
    data->values[static_cast<std::size_t>(at)] = updates->values[i];
  }
  return maybe(std::move(*data));
}

Value slice(const Call& call) {
  const auto x = call.array_in(0);
  const auto starts = list(call, "starts", 1);
  const auto ends = list(call, "ends", 2);
  if (!x || !starts || !ends || starts->size() != ends->size()) return std::nullopt;
  Ints all(starts->size());
  std::iota(all.begin(), all.end(), std::int64_t{0});
  if (call.has(3) && !call.array_in(3)) return std::nullopt;
  if (call.has(4) && !call.array_in(4)) return std::nullopt;
  const Ints axes = list(call, "axes", 3).value_or(all);
  Ints steps(starts->size(), 1);
  if (const auto given = call.array_in(4)) steps = integers(*given);
  if (axes.size() != starts->size() || steps.size() != starts->size()) return std::nullopt;
  Ints first(x->shape.size(), 0), step(x->shape.size(), 1);
  Shape dims = x->shape;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const auto axis = axis_of(axes[i], dims.size());
    if (!axis || steps[i] == 0) return std::nullopt;
    const std::int64_t size = x->shape[*axis];
    const auto edge = [&](std::int64_t at) {
      if (at < 0) at = at < -size ? -1 : at + size;
      const bool forward = steps[i] > 0;
      return std::clamp<std::int64_t>(at, forward ? 0 : -1, forward ? size : size - 1);
    };
    first[*axis] = edge((*starts)[i]);
    step[*axis] = std::clamp<std::int64_t>(steps[i], -size - 1, size + 1);
    const std::int64_t span = edge((*ends)[i]) - first[*axis];
    const std::int64_t away = step[*axis];
    dims[*axis] = span == 0 || (span > 0) != (away > 0)
                      ? 0
                      : (span > 0 ? span + away - 1 : span + away + 1) / away;
  }
  return maybe(
      picked(*x, dims, [&](std::size_t d, std::int64_t i) { return first[d] + i * step[d]; }));
}

Value split(const Call& call) {
  const auto x = call.array_in(0);
  if (!x) return std::nullopt;
  const auto axis = axis_of(call.integer("axis", 0), x->shape.size());
  if (!axis || call.output_count() == 0) return std::nullopt;
  const auto parts = static_cast<std::int64_t>(call.output_count());
  const std::int64_t part = (x->shape[*axis] + parts - 1) / parts;
  Ints sizes(call.output_count(), part);
  sizes.back() = x->shape[*axis] - part * (parts - 1);
  if (call.has(1) && !call.array_in(1)) return std::nullopt;
  sizes = list(call, "split", 1).value_or(sizes);
  if (sizes.size() != call.output_count()) return std::nullopt;
  std::vector<Array> results;
  std::int64_t from = 0;
  for (const std::int64_t size : sizes) {
    if (size < 0 || size > x->shape[*axis] - from) return std::nullopt;
    Shape dims = x->shape;
    dims[*axis] = size;
    auto cut =
        picked(*x, dims, [&](std::size_t d, std::int64_t i) { return d == *axis ? from + i : i; });
    if (!cut) return std::nullopt;
    results.push_back(std::move(*cut));
    from += size;
  }
  return results;
}

Value tile(const Call& call) {
  const auto x = call.array_in(0);
  const auto repeats = call.array_in(1);
  if (!x || !repeats || repeats->values.size() != x->shape.size()) return std::nullopt;
  Shape dims = x->shape;
  const Ints counts = integers(*repeats);
  for (std::size_t i = 0; i < dims.size(); ++i) {
    if (counts[i] < 1 || counts[i] > static_cast<std::int64_t>(longest_array)) return std::nullopt;
    dims[i] *= counts[i];
  }
  return maybe(picked(*x, dims, [&](std::size_t d, std::int64_t i) { return i % x->shape[d]; }));
}

}  // namespace anesim::onnx::known
