// The clock the governor settles at, as a pure rule. Source: MODEL.md 5, m6-study 6.1: the engine
// is held busy a constant share of the time while its caller pauses between calls.
// Leaves out: ramps, the averaging filter at pauses over a millisecond (m6-study 6.2).
#pragma once

#include "models/spec/device_spec.h"

namespace anesim::models {

/// `task` takes so long at the top clock, all of it proportional to the clock; between two tasks
/// the engine is idle for `gap`. Without pauses of the caller the clock stays at the top.
[[nodiscard]] Hertz settled_clock(const spec::DeviceSpec&, Seconds task, Seconds gap);

}  // namespace anesim::models
