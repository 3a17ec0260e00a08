// Multiply-accumulates and other arithmetic of one operation; work.cpp adds the bytes.
#pragma once

#include "traces/graph/op_call.h"

namespace anesim::graph {

struct Arithmetic {
  std::int64_t macs = 0;
  std::int64_t elementwise_ops = 0;
};

/// Nothing for operations that only move data. Blocks of control flow are not followed.
[[nodiscard]] Arithmetic arithmetic_of(const OpCall&);

}  // namespace anesim::graph
