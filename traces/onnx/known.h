// Operations on known values that pick, join or cut; evaluate.cpp has the table.
#pragma once

#include "traces/onnx/call.h"

namespace anesim::onnx::known {

using Value = std::optional<std::vector<Array>>;

/// Thrown where an operation needs an integer that is absent from the file; evaluate() catches it.
struct Unknown {};
[[nodiscard]] Ints integers(const Array&);

// Shared by the rules on known values.
Value one(Array);  ///< nothing if it is too long
/// Axes from the front, nothing if one is outside the rank.
std::optional<std::vector<std::size_t>> axes_of(const Ints& axes, std::size_t rank);
/// The axes of an operation, an attribute in old opsets and an input in new ones.
std::optional<Ints> axes_given(const Call&, std::size_t input);

// Nothing if the inputs are not known or do not fit: the mapping then says what is wrong.
Value concat(const Call&);
Value gather(const Call&);
Value non_zero(const Call&);
Value scatter_nd(const Call&);
Value slice(const Call&);
Value split(const Call&);
Value tile(const Call&);
// known_views.cpp
Value cast(const Call&);
Value expand(const Call&);
Value reshape(const Call&);
Value same(const Call&);
Value shape(const Call&);
Value size(const Call&);
Value squeeze(const Call&);
Value transpose(const Call&);
Value unsqueeze(const Call&);

}  // namespace anesim::onnx::known
