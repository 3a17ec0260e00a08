// The bounds of "?" dimensions, from the function attribute FlexibleShapeInformation.
#pragma once

#include "traces/mil/syntax.h"

namespace anesim::mil {

/// One entry for each unknown dimension of an input that the attribute tells something about.
/// What is not understood is left out: the bounds are hints.
[[nodiscard]] std::vector<graph::FlexibleDim> flexible_dims(const Function&, const graph::Graph&);

}  // namespace anesim::mil
