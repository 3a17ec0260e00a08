// How long a replay takes at least, known before it begins: SystemC's 64-bit picoseconds end at
// 213 days, and a simulation beyond them does not end at all.
#pragma once

#include <vector>

#include "models/compiler/program.h"
#include "models/spec/device_spec.h"
#include "traces/scenario/scenario.h"

namespace anesim::models {

/// A call alone on the machine without the host path: the slower engine of each segment, the CPU's
/// and GPU's operations.
[[nodiscard]] Seconds lone_time(const compiler::Program&, const spec::DeviceSpec&);

/// All calls of all streams one after the other. Throws UserError naming the program with which
/// they pass scenario::longest_s, or 2^63 MACs.
[[nodiscard]] Seconds lone_time(const scenario::Scenario&, const std::vector<compiler::Program>&,
                                const spec::DeviceSpec&);

}  // namespace anesim::models
