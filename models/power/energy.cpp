#include "models/power/energy.h"

#include <algorithm>

namespace anesim::models {

void count(const compiler::TaskDescriptor& t, EnergyCounts& c) {
  const auto macs = static_cast<double>(t.macs);
  (t.int8 ? c.int8_macs : c.fp16_macs) += macs;
  (t.int8 ? c.zero_int8_macs : c.zero_fp16_macs) += macs * t.zero_activations;
  if (t.unit == compiler::Unit::planar) c.planar_elements += static_cast<double>(t.elements);
  c.weight_bytes += static_cast<double>(t.weight_bytes);
  c.activation_bytes += static_cast<double>(t.read_bytes + t.write_bytes);
  c.overflow_bytes += t.overflow_bytes;
}

void add_counts(EnergyCounts& sum, const EnergyCounts& c, double times) {
  sum.fp16_macs += times * c.fp16_macs;
  sum.int8_macs += times * c.int8_macs;
  sum.zero_fp16_macs += times * c.zero_fp16_macs;
  sum.zero_int8_macs += times * c.zero_int8_macs;
  sum.planar_elements += times * c.planar_elements;
  sum.weight_bytes += times * c.weight_bytes;
  sum.activation_bytes += times * c.activation_bytes;
  sum.overflow_bytes += times * c.overflow_bytes;
  sum.calls += times * c.calls;
  sum.powered_s += times * c.powered_s;
}

Joules energy(const EnergyCounts& c, const spec::PowerSpec& p) {
  const double saved = 1 - p.zero_activation_share;
  const double fp16 = c.fp16_macs - saved * c.zero_fp16_macs;
  const double int8 = c.int8_macs - saved * c.zero_int8_macs;
  return Joules((fp16 + int8 * p.int8_share) * p.joules_per_mac +
                c.planar_elements * p.joules_per_planar_element +
                c.weight_bytes * p.joules_per_weight_byte +
                c.activation_bytes * p.joules_per_activation_byte + c.powered_s * p.shared.value);
}

Joules memory_energy(const EnergyCounts& c, const spec::PowerSpec& p) {
  return Joules((c.weight_bytes + c.activation_bytes + c.overflow_bytes) * p.joules_per_dram_byte);
}

Joules call_energy(const EnergyCounts& c, const spec::PowerSpec& p) {
  return Joules(c.calls * p.joules_per_call);
}

Joules machine_energy(const EnergyCounts& c, const spec::PowerSpec& p) {
  const Joules rails = energy(c, p) + call_energy(c, p) + memory_energy(c, p);
  return Joules(rails.value / p.supply_efficiency +
                (c.weight_bytes + c.activation_bytes) * p.joules_per_system_byte);
}

void PoweredTime::begin(double at) {
  if (running_++ > 0) return;
  if (used_)
    powered_ += std::clamp(at - until_, 0.0, hold_);
  else
    first_ = at;
  used_ = true;
  from_ = at;
}

void PoweredTime::end(double at) {
  if (--running_ > 0) return;
  powered_ += at - from_;
  until_ = at;
}

double PoweredTime::total(double whole) const {
  if (!used_) return 0;
  return powered_ + std::clamp(whole - (until_ - first_), 0.0, hold_);
}

spec::DeviceSpec at_clock(spec::DeviceSpec d, Hertz clock) {
  const double top = d.engine.clock.value, lowest = std::min(d.governor.lowest.value, top);
  if (clock.value >= top) return d;
  double share = 1;
  if (lowest > 0 && lowest < top) {
    const double down = std::min(1.0, (top - clock.value) / (top - lowest));
    share = 1 - down * (1 - d.power.lowest_clock_share);
  }
  d.power.joules_per_mac *= share;
  d.power.shared = Watts(d.power.shared.value * share * clock.value / top);
  d.engine.clock = clock;
  return d;
}

}  // namespace anesim::models
