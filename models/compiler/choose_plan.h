// Of the plans of a run of layers the one whose descriptors take the least time.
#pragma once

#include <vector>

#include "models/compiler/passes.h"

namespace anesim::compiler {

/// Time of the engines of a segment by the closed form of a descriptor (MODEL.md 3), each alone:
/// the compiler's own estimate, without contention and without the window between descriptors.
[[nodiscard]] Seconds estimate_segment(const Segment&, const spec::DeviceSpec&);

/// The cheaper of the plans by the rules for regions. Throws UserError for more descriptors than
/// the machine takes (check_descriptors).
[[nodiscard]] std::vector<LayerPlan> choose_plan(const graph::Graph&, const std::vector<Layer>&,
                                                 std::size_t first, std::size_t last,
                                                 const SplitPlan&, const spec::DeviceSpec&);

}  // namespace anesim::compiler
