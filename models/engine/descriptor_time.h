// The time of a task descriptor as pure rules: its parts, and the closed form for one alone.
// Source: MODEL.md 3: t = max(MAC cycles, weight stream, PE cycles, L2), tile-DMA transfers
// pipelined per work unit; with one work unit they add.
#pragma once

#include "models/compiler/program.h"
#include "models/spec/device_spec.h"
#include "sim/core/units.h"
#include "sim/result/result.h"

namespace anesim::models {

/// A weight stream is consumed in this many pieces: the first must arrive before the cores start,
/// the last before they can finish.
inline constexpr double weight_pieces = 64;

struct DescriptorTimes {
  Seconds cores_large;  ///< a core with the larger share, fill included
  Seconds cores_small;
  Seconds l2;
  Seconds planar;
  Seconds compute;  ///< cores or planar engine with L2, all data present
  Seconds weights;  ///< stream alone at full rate
  Seconds read;
  Seconds write;
  Seconds overflow;
  Seconds dram;  ///< all its bytes through the DRAM alone
};
[[nodiscard]] DescriptorTimes descriptor_times(const compiler::TaskDescriptor&,
                                               const spec::DeviceSpec&, Hertz ne_clock);

/// A descriptor alone on an idle machine, from one change of its streams' rates to the next.
/// Without contention among them it is max(compute, weights, transfers pipelined by work unit);
/// where they want more than the DRAM gives, each gets its fair share.
[[nodiscard]] Seconds lone_descriptor_time(const compiler::TaskDescriptor&, const spec::DeviceSpec&,
                                           Hertz ne_clock);
/// The largest part.
[[nodiscard]] Bound descriptor_bound(const compiler::TaskDescriptor&, const DescriptorTimes&);

}  // namespace anesim::models
