#include "models/compiler/descriptor_times.h"

#include <algorithm>

namespace anesim::compiler {

DescriptorTimes descriptor_times(const TaskDescriptor& t, const spec::DeviceSpec& d,
                                 Hertz ne_clock) {
  DescriptorTimes r;
  if (t.unit == Unit::ne) {
    r.cores_large = Cycles(t.cycles_large + t.fill_cycles) / ne_clock;
    r.cores_small =
        t.cycles_small > 0 ? Cycles(t.cycles_small + t.fill_cycles) / ne_clock : Seconds(0);
    r.l2 = Cycles(t.l2_cycles) / d.planar.clock;
    r.compute = std::max(r.cores_large, r.l2) + r.l2 * d.l2.exposed;
  } else if (t.unit == Unit::planar) {
    r.planar = Cycles(t.planar_cycles) / d.planar.clock + microseconds(t.planar_fixed_us);
    r.compute = r.planar;
  }
  const double weight = static_cast<double>(t.weight_bytes) * t.weight_seconds_per_byte_scale;
  r.weights = Seconds(weight / d.kernel_dma.rate.value);
  const bool moves = t.unit == Unit::dma;
  const double per_byte = (t.cached_fraction * d.tile_dma.cached_weight(moves) +
                           (1 - t.cached_fraction) * d.tile_dma.memory_weight(moves)) /
                          d.tile_dma.rate.value;
  r.read = Seconds(static_cast<double>(t.read_bytes) * per_byte);
  r.write = Seconds(static_cast<double>(t.write_bytes) * per_byte);
  r.overflow = Seconds(t.overflow_bytes / d.planar.overflow_rate.value);
  const double dram = (t.weights_in_sram ? 0 : static_cast<double>(t.weight_bytes)) +
                      (1 - t.cached_fraction) * static_cast<double>(t.read_bytes + t.write_bytes);
  r.dram = Seconds(dram / (d.memory.dram_peak().value * d.memory.dram_efficiency));
  return r;
}

}  // namespace anesim::compiler
