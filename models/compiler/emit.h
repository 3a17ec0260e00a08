// Last pass: layers with their plans become task descriptors in the linear lists of the engines.
#pragma once

#include <vector>

#include "models/compiler/passes.h"

namespace anesim::compiler {

/// Appends one engine segment for layers [first, last) to the program.
void emit_segment(Program&, const std::vector<Layer>&, const std::vector<LayerPlan>&,
                  const SplitPlan&, std::size_t first, std::size_t last, const spec::DeviceSpec&);

}  // namespace anesim::compiler
