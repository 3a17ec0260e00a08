// Conversion between unit types and SystemC time. The kernel's resolution is 1 ps (its default).
#pragma once

#include <systemc>

#include "sim/core/units.h"

namespace anesim::models {

[[nodiscard]] inline sc_core::sc_time to_sc_time(Picoseconds t) {
  return sc_core::sc_time::from_value(static_cast<std::uint64_t>(t.value < 0 ? 0 : t.value));
}
[[nodiscard]] inline sc_core::sc_time to_sc_time(Seconds s) {
  return to_sc_time(to_picoseconds(s));
}
[[nodiscard]] inline Picoseconds now_ps() {
  return Picoseconds(static_cast<std::int64_t>(sc_core::sc_time_stamp().value()));
}

}  // namespace anesim::models
