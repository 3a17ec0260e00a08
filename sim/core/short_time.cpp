#include "sim/core/short_time.h"

#include <fmt/format.h>

#include <cmath>

namespace anesim {
namespace {

struct Unit {
  double us;
  const char* name;
};

/// Such that rounding does not give 1000 of it.
Unit unit_of(double us, int digits) {
  const double round = 1 - 0.5 * std::pow(10.0, -digits);
  for (const Unit unit : {Unit{1e6, "s"}, Unit{1e3, "ms"}, Unit{1, "us"}})
    if (us >= unit.us * round) return unit;
  return us > 0 ? Unit{1e-3, "ns"} : Unit{1, "us"};
}

std::string number(double v, int digits) {
  if (v >= std::pow(10.0, digits) * (1 - 0.5 * std::pow(10.0, -digits)))
    return fmt::format("{:.0f}", v);
  return fmt::format("{:.{}g}", v, digits);
}

}  // namespace

std::string short_time(double us, int digits) {
  const Unit unit = unit_of(us, digits);
  return fmt::format("{} {}", number(us / unit.us, digits), unit.name);
}

std::string short_range(double low_us, double us, double high_us, int digits) {
  const Unit unit = unit_of(us, digits);
  return fmt::format("{}-{} {}", number(low_us / unit.us, digits),
                     number(high_us / unit.us, digits), unit.name);
}

}  // namespace anesim
