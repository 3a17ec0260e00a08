#include "models/power/energy.h"

namespace anesim::models {

Joules energy(const EnergyCounts& c, const spec::PowerSpec& p) {
  return Joules(c.fp16_macs * p.joules_per_mac + c.int8_macs * p.joules_per_mac * p.int8_share +
                c.planar_elements * p.joules_per_planar_element +
                c.weight_bytes * p.joules_per_weight_byte +
                c.activation_bytes * p.joules_per_activation_byte + c.busy_s * p.shared.value);
}

}  // namespace anesim::models
