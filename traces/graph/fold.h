// Values of small tensors that follow from shapes and constants alone, so that a reshape by a
// computed shape is still known before the run.
#pragma once

#include "traces/graph/graph.h"

namespace anesim::graph {

/// Gives the result of `op` a literal if its inputs decide it. Does nothing for other operations.
void fold(Graph&, const Op&);

}  // namespace anesim::graph
