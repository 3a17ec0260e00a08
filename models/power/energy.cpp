#include "models/power/energy.h"

namespace anesim::models {

void count(const compiler::TaskDescriptor& t, EnergyCounts& c) {
  (t.int8 ? c.int8_macs : c.fp16_macs) += static_cast<double>(t.macs);
  if (t.unit == compiler::Unit::planar) c.planar_elements += static_cast<double>(t.elements);
  c.weight_bytes += static_cast<double>(t.weight_bytes);
  c.activation_bytes += static_cast<double>(t.read_bytes + t.write_bytes);
}

Joules energy(const EnergyCounts& c, const spec::PowerSpec& p) {
  return Joules(c.fp16_macs * p.joules_per_mac + c.int8_macs * p.joules_per_mac * p.int8_share +
                c.planar_elements * p.joules_per_planar_element +
                c.weight_bytes * p.joules_per_weight_byte +
                c.activation_bytes * p.joules_per_activation_byte + c.busy_s * p.shared.value);
}

}  // namespace anesim::models
