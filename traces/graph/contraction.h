// Matrix products as their result shape and the length summed over; shared by shapes and work.
#pragma once

#include "traces/graph/op_call.h"

namespace anesim::graph {

struct Contraction {
  Shape result;
  std::int64_t depth = 1;  ///< products summed into one result element
};

/// NumPy rules: leading dimensions broadcast, a vector is promoted.
[[nodiscard]] Contraction matmul_of(const OpCall&);
/// Any equation without "..."; each operand's labels must be distinct.
[[nodiscard]] Contraction einsum_of(const OpCall&);

}  // namespace anesim::graph
