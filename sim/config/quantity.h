// Quantities in text: a number and its unit, e.g. "32 MiB", "1.2 TB/s", "30 cycles", "2580 MHz".
// KiB is 1024, kB is 1000. A bare number is refused where a unit belongs.
#pragma once

#include <string>
#include <string_view>

namespace anesim::config {

enum class Dimension {
  none,                 ///< plain number
  count,                ///< plain whole number
  bytes,                ///< B kB MB GB KiB MiB GiB
  rate,                 ///< B/s kB/s MB/s GB/s TB/s
  frequency,            ///< Hz kHz MHz GHz
  time,                 ///< ps ns us ms s
  cycles,               ///< cycles
  energy,               ///< fJ pJ nJ uJ mJ J
  power,                ///< uW mW W
  elements_per_second,  ///< /s k/s M/s G/s T/s
  fraction,             ///< 0..1 or percent "80 %"
};

/// Value in base units (B, B/s, Hz, s, cycles, J, W, 1/s, 1). Throws UserError("'120' has no unit
/// (expected e.g. '120 GB/s')") and the like; the caller adds the place.
[[nodiscard]] double parse_quantity(std::string_view text, Dimension);
/// Shortest exact-looking text with a fitting unit: 33554432 bytes -> "32 MiB".
[[nodiscard]] std::string format_quantity(double base, Dimension);

}  // namespace anesim::config
