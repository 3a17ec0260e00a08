// constexpr_* operations become constants with a storage format; used by every reader of MIL.
#pragma once

#include "traces/graph/graph.h"

namespace anesim::graph {

[[nodiscard]] bool is_constexpr(std::string_view type);

/// Results of a constexpr_* operation whose parameters (from inputs or attributes, in the forms of
/// iOS16 or iOS18) are bound to constants of the graph. Names are left empty. Throws UserError.
[[nodiscard]] std::vector<Tensor> dissolve(const Graph&, const Op&);

}  // namespace anesim::graph
