// Operations on known values that pick, join or cut; evaluate.cpp has the table.
#pragma once

#include "traces/onnx/call.h"

namespace anesim::onnx::known {

using Value = std::optional<std::vector<Array>>;

/// Thrown where an operation needs an integer that is absent from the file; evaluate() catches it.
struct Unknown {};
[[nodiscard]] Ints integers(const Array&);

// Nothing if the inputs are not known or do not fit: the mapping then says what is wrong.
Value concat(const Call&);
Value gather(const Call&);
Value non_zero(const Call&);
Value scatter_nd(const Call&);
Value slice(const Call&);
Value split(const Call&);
Value tile(const Call&);

}  // namespace anesim::onnx::known
