// What still fits: sums of bytes and MACs into 64 bits, descriptors into memory. A program beyond
// is refused by the name of its operation, before numbers wrap or the machine's memory runs out.
#pragma once

#include <vector>

#include "models/compiler/passes.h"
#include "traces/graph/work.h"

namespace anesim::compiler {

/// Work of the graph. Throws UserError naming the first operation with a tensor of over 2^53 bytes
/// or with which the MACs pass 2^60: what the passes multiply by stays below 2^63 then.
[[nodiscard]] graph::Work checked_work(const graph::Graph&);

/// Throws UserError naming the layer [first, last) with which the descriptors pass four million.
void check_descriptors(const graph::Graph&, const std::vector<Layer>&,
                       const std::vector<LayerPlan>&, std::size_t first, std::size_t last,
                       std::int64_t engines);

/// Throws UserError naming the operation with which the bytes moved or the MACs of all descriptors
/// pass 2^63.
void check_sums(const graph::Graph&, const Program&);

}  // namespace anesim::compiler
