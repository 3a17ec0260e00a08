#include "models/engine/descriptor_time.h"

#include <algorithm>

namespace anesim::models {

using compiler::TaskDescriptor;
using compiler::Unit;

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
  return r;
}

namespace {

/// A stream: seconds alone, and its bytes through the DRAM.
struct Stream {
  double seconds, bytes;
  [[nodiscard]] double rate() const { return seconds > 0 ? bytes / seconds : 0; }
};

/// Seconds until both end, side by side through a memory of `most` bytes a second, shared fairly.
double both_end(const Stream& a, const Stream& b, double most) {
  if (a.rate() + b.rate() <= most) return std::max(a.seconds, b.seconds);
  const double of_a = std::min(a.rate(), std::max(most / 2, most - b.rate()));
  const double of_b = std::min(b.rate(), std::max(most / 2, most - a.rate()));
  const double first = std::min(a.bytes / of_a, b.bytes / of_b);
  // The other goes on at its own rate.
  const double left_a = (a.bytes - of_a * first) / std::min(a.rate(), most);
  const double left_b = (b.bytes - of_b * first) / std::min(b.rate(), most);
  return first + std::max({0.0, left_a, left_b});
}

}  // namespace

Seconds lone_descriptor_time(const TaskDescriptor& t, const spec::DeviceSpec& d, Hertz ne_clock) {
  const DescriptorTimes r = descriptor_times(t, d, ne_clock);
  const double units = static_cast<double>(std::max<std::int64_t>(1, t.work_units));
  const double c = r.compute.value;
  // First pieces arrive side by side; then everything runs as a pipeline of work units.
  const double head = std::max(
      {r.read.value / units, r.weights.value / weight_pieces, r.overflow.value / weight_pieces});
  // Reads and writes share the tile DMA; the write of a unit follows its computation, the last one
  // the whole computation. While both want the DMA each is delayed by what the other moves.
  const double write_from = head + c / units;
  const double write_before_last = r.write.value * (units - 1) / units;
  const double shared = std::min(std::max(0.0, r.read.value - write_from), write_before_last);
  const double read = r.read.value + shared;
  const Stream weights{r.weights.value,
                       t.weights_in_sram ? 0 : static_cast<double>(t.weight_bytes)};
  const Stream activations{read, (1 - t.cached_fraction) * static_cast<double>(t.read_bytes)};
  const double dram = d.memory.dram_peak().value * d.memory.dram_efficiency;
  const double inputs = std::max(both_end(weights, activations, dram), r.overflow.value);
  double last_piece = 0;
  if (read >= inputs && read > 0)
    last_piece = c / units;
  else if (inputs > 0)
    last_piece = c / weight_pieces;
  const double computed = std::max(head + c, inputs + last_piece);
  if (r.write.value <= 0) return Seconds(computed);
  // What is written while the inputs arrive takes its share of the memory from them, and they from
  // it.
  const double written = (1 - t.cached_fraction) * static_cast<double>(t.write_bytes);
  const Stream moved{r.read.value + write_before_last,
                     activations.bytes + written * (units - 1) / units};
  const double all = both_end(weights, moved, dram);
  return Seconds(std::max({computed, all, write_from + shared + write_before_last}) +
                 r.write.value / units);
}

Bound descriptor_bound(const TaskDescriptor& t, const DescriptorTimes& r) {
  const double cores = r.cores_large.value, l2 = r.l2.value, planar = r.planar.value;
  const double activations = r.read.value + r.write.value + r.overflow.value;
  const double most = std::max({cores, l2, planar, r.weights.value, activations});
  if (most <= 0) return Bound::dispatch;
  if (most == r.weights.value) return Bound::weights;
  if (most == activations) return Bound::activations;
  if (t.unit == Unit::planar) return Bound::planar;
  if (most == l2) return Bound::l2;
  return Bound::compute;
}

}  // namespace anesim::models
