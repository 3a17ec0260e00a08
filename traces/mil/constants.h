// Values of ML programs as constant tensors.
#pragma once

#include "traces/mil/syntax.h"

namespace anesim::mil {

/// Longer lists are weights: only their size matters.
inline constexpr std::int64_t longest_literal = 1024;

/// Tensor of a typed value: small ones with their literal, weight files by size only. `place` is
/// for messages. Throws UserError if count and type disagree or a path leaves the model's folder.
[[nodiscard]] graph::Tensor constant_tensor(const Value&, std::string_view name,
                                            const std::string& file);

}  // namespace anesim::mil
