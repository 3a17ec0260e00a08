// Small tensors whose values are known before the run: shapes, axes, scales, flags.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "traces/graph/graph.h"

namespace anesim::onnx {

/// Longer ones are data: only their size matters.
inline constexpr std::size_t longest_array = 1024;

/// Stands in the literal of a constant for an integer that is constant but absent from the file; it
/// is no number in an Array.
inline constexpr std::int64_t unknown_value = -(std::int64_t{1} << 62) - 1;

/// Values in row-major order; exact for integers below 2^53, which sizes and places are.
struct Array {
  graph::Shape shape;
  graph::DType dtype = graph::DType::int32;
  std::vector<double> values;
};

[[nodiscard]] bool is_real(graph::DType);
/// Nothing for text and for tensors without values.
[[nodiscard]] std::optional<Array> array_of(const graph::Tensor&);
/// The values as the data type asks: flags, saturated integers or numbers.
[[nodiscard]] graph::Literal literal_of(const Array&);
/// The values as integers; nothing if one is unknown.
[[nodiscard]] std::optional<std::vector<std::int64_t>> integers_of(const Array&);
/// A constant with these values.
[[nodiscard]] graph::Tensor constant_of(const Array&, std::string name);

/// Steps of a row-major tensor, elements.
[[nodiscard]] std::vector<std::int64_t> strides_of(const graph::Shape&);
/// NumPy broadcast; nothing if the shapes do not fit or the result is too long for an array.
[[nodiscard]] std::optional<graph::Shape> broadcast(const graph::Shape&, const graph::Shape&);
/// Elements of a shape, nothing beyond longest_array.
[[nodiscard]] std::optional<std::size_t> small_count(const graph::Shape&);
/// Repeated along its dimensions of one to a shape that it broadcasts to.
[[nodiscard]] Array expanded(const Array&, const graph::Shape& to);
[[nodiscard]] Array transposed(const Array&, const std::vector<std::size_t>& perm);

}  // namespace anesim::onnx
