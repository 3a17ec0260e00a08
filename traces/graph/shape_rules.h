// Result shapes and types of operations. Source: graph-inputs.md section 5.
#pragma once

#include <vector>

#include "traces/graph/graph.h"

namespace anesim::graph {

struct TensorType {
  Shape shape;
  DType dtype = DType::fp16;
  friend bool operator==(const TensorType&, const TensorType&) = default;
};

/// Result types of `op` from its inputs (the op's own `outputs` are not read). Throws UserError
/// with place, op and what is wrong (rank, axis out of range, mismatching dimension, overflow, a
/// dimension that is zero or negative); nothing for an op without a rule, and while the result
/// depends on an unknown dimension or on values of the run.
[[nodiscard]] std::optional<std::vector<TensorType>> infer(const Graph&, const Op&);

/// Every op name the project knows a rule for, sorted.
[[nodiscard]] const std::vector<std::string>& known_ops();

[[nodiscard]] bool is_known_op(std::string_view type);

/// Recomputes all shapes from the graph inputs onward, checking declared ones; used after binding
/// unknown dimensions. Throws UserError naming the op where a declared shape disagrees.
void propagate_shapes(Graph&);

/// Binds a dimension of an input before propagate_shapes: `what` is "NAME" of an input with one
/// unknown dimension, "NAME[AXIS]", or the name of a symbolic dimension. Throws UserError.
struct DimBinding {
  std::string what;
  std::int64_t size = 0;
};
void bind_dimensions(Graph&, const std::vector<DimBinding>&);
/// Throws UserError naming each unbound input dimension with the --dim option that would bind it;
/// with all bound, the first op whose result shape is still unknown.
void require_bound(const Graph&);

}  // namespace anesim::graph
