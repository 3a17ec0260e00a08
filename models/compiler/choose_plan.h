// Of the plans of a run of layers the one whose descriptors take the least time.
#pragma once

#include <vector>

#include "models/compiler/passes.h"

namespace anesim::compiler {

/// Time of the engines of a segment by the slowest part of each descriptor (MODEL.md 3), at least
/// that of all bytes through the DRAM: the compiler's own estimate, without contention.
[[nodiscard]] Seconds estimate_segment(const Segment&, const spec::DeviceSpec&);

/// The greedy plan, or that of the least regions if the estimate finds that shorter (on several
/// engines by 5 %). Throws UserError for more descriptors than the machine takes.
[[nodiscard]] std::vector<LayerPlan> choose_plan(const graph::Graph&, const std::vector<Layer>&,
                                                 std::size_t first, std::size_t last,
                                                 const SplitPlan&, const spec::DeviceSpec&);

}  // namespace anesim::compiler
