// MIL text to its syntax tree. Grammar: graph-inputs.md section 4.1.
#pragma once

#include "traces/mil/syntax.h"

namespace anesim::mil {

/// Throws UserError with line and column, what came and what was expected. The tree refers to
/// `text`, which must outlive it.
[[nodiscard]] Program parse(std::string_view text, const std::string& file);

}  // namespace anesim::mil
