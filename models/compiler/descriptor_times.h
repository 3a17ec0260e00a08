// The parts of a task descriptor's time, each alone at full rate (MODEL.md 3).
#pragma once

#include "models/compiler/program.h"
#include "models/spec/device_spec.h"
#include "sim/core/units.h"

namespace anesim::compiler {

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

}  // namespace anesim::compiler
