// Energy of a run, as pure rules over counts. Models the engine rail: dynamic energy per MAC (less
// where activations are zero), planar element and DRAM byte, and a shared part while an engine is
// on; the memory rail by the byte; the CPU's by the call; the whole machine from these and what its
// power supply loses.
// Leaves out: operations on CPU and GPU, refresh and idle power of the memory, leakage of an engine
// that is idle for longer.
// Source: MODEL.md 5, m6-study 7.
#pragma once

#include <cstdint>

#include "models/compiler/program.h"
#include "models/spec/device_spec.h"
#include "sim/core/units.h"

namespace anesim::models {

struct EnergyCounts {
  double fp16_macs = 0;
  double int8_macs = 0;
  double zero_fp16_macs = 0, zero_int8_macs = 0;  ///< of these, with a zero activation
  double planar_elements = 0;
  double weight_bytes = 0;
  double activation_bytes = 0;
  double overflow_bytes = 0;  ///< planar operands beyond L2, on the memory's supply alone
  double calls = 0;           ///< of the engine
  double powered_s = 0;       ///< at least one engine works, or did until power.hold ago
};
/// Adds the work of a descriptor, without time.
void count(const compiler::TaskDescriptor&, EnergyCounts&);
/// The counts of so many equal calls.
void add_counts(EnergyCounts& sum, const EnergyCounts&, double times);
[[nodiscard]] Joules energy(const EnergyCounts&, const spec::PowerSpec&);
/// On the memory's supply.
[[nodiscard]] Joules memory_energy(const EnergyCounts&, const spec::PowerSpec&);

/// On the CPU's supply, for the calls themselves: what prepares and ends them.
[[nodiscard]] Joules call_energy(const EnergyCounts&, const spec::PowerSpec&);
/// Of the whole machine, beyond what it draws with nothing to do: engine, CPU and memory through
/// its power supply, and the traffic that the memory's rail does not show.
/// Source: m6-study T13-2.
[[nodiscard]] Joules machine_energy(const EnergyCounts&, const spec::PowerSpec&);

/// How long the shared power is on: while tasks run, several at once or one after the other, and
/// for `hold` after each. Times in seconds, called in their order.
class PoweredTime {
 public:
  explicit PoweredTime(Seconds hold) : hold_(hold.value) {}
  void begin(double at);
  void end(double at);
  /// Of a loop of `whole` seconds that starts again where it ends.
  [[nodiscard]] double total(double whole) const;

 private:
  double hold_, first_ = 0, from_ = 0, until_ = 0, powered_ = 0;
  int running_ = 0;
  bool used_ = false;
};

/// The chip with its engines at a clock the governor chose: a MAC takes less energy (voltage), the
/// shared power falls with the clock too.
[[nodiscard]] spec::DeviceSpec at_clock(spec::DeviceSpec, Hertz);

}  // namespace anesim::models
