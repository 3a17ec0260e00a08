// The time of a task descriptor alone as a pure rule, of its parts (models/compiler).
// Source: MODEL.md 3: t = max(MAC cycles, weight stream, PE cycles, L2), tile-DMA transfers
// pipelined per work unit; with one work unit they add.
#pragma once

#include "models/compiler/descriptor_times.h"
#include "models/compiler/program.h"
#include "models/spec/device_spec.h"
#include "sim/core/units.h"
#include "sim/result/result.h"

namespace anesim::models {

/// A weight stream is consumed in this many pieces: the first must arrive before the cores start,
/// the last before they can finish.
inline constexpr double weight_pieces = 64;

using compiler::descriptor_times;
using compiler::DescriptorTimes;

/// A descriptor alone on an idle machine, from one change of its streams' rates to the next.
/// Without contention among them it is max(compute, weights, transfers pipelined by work unit);
/// where they want more than the DRAM gives, each gets its fair share.
[[nodiscard]] Seconds lone_descriptor_time(const compiler::TaskDescriptor&, const spec::DeviceSpec&,
                                           Hertz ne_clock);
/// The largest part.
[[nodiscard]] Bound descriptor_bound(const compiler::TaskDescriptor&, const DescriptorTimes&);

}  // namespace anesim::models
