// How much work an operation is: multiply-accumulates and bytes, from the graph alone.
#pragma once

#include <cstdint>

#include "traces/graph/graph.h"

namespace anesim::graph {

struct Work {
  std::int64_t macs = 0;             ///< multiply-accumulates counted as direct (no fast algorithm)
  std::int64_t elementwise_ops = 0;  ///< other arithmetic, result elements times operations each
  std::int64_t weight_elements = 0;
  std::int64_t weight_bytes = 0;  ///< as stored
  std::int64_t input_bytes = 0;   ///< live tensors read, each once
  std::int64_t output_bytes = 0;
};

/// A constant that is streamed, in contrast to parameters such as strides, which the program holds.
[[nodiscard]] bool is_weight(const Tensor&);

/// Of `cond` the branch with more work counts, of `while_loop` one pass.
/// Throws UserError on 64-bit overflow or an unknown dimension, with the op's place.
[[nodiscard]] Work work_of(const Graph&, const Op&);
/// Sum over the graph; a constant used by several ops counts once in weight_*.
[[nodiscard]] Work work_of(const Graph&);

}  // namespace anesim::graph
