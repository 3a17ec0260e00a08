// Units as types, so that cycles, bytes and time cannot be mixed up (as gem5's Cycles).
// Time is kept in integer picoseconds; cycles become time only through a ClockDomain.
#pragma once

#include <cmath>
#include <compare>
#include <cstdint>

namespace anesim {

/// A number of one unit: adds and scales, compares, divides by its own kind to a plain ratio.
template <class Unit, class Rep>
struct Quantity {
  using rep = Rep;
  Rep value{};

  constexpr Quantity() = default;
  constexpr explicit Quantity(Rep v) : value(v) {}

  constexpr auto operator<=>(const Quantity&) const = default;
  constexpr Quantity& operator+=(Quantity o) {
    value += o.value;
    return *this;
  }
  constexpr Quantity& operator-=(Quantity o) {
    value -= o.value;
    return *this;
  }
  friend constexpr Quantity operator+(Quantity a, Quantity b) {
    return Quantity(a.value + b.value);
  }
  friend constexpr Quantity operator-(Quantity a, Quantity b) {
    return Quantity(a.value - b.value);
  }
  friend constexpr Quantity operator*(Quantity a, Rep b) { return Quantity(a.value * b); }
  friend constexpr Quantity operator*(Rep a, Quantity b) { return Quantity(a * b.value); }
  friend constexpr double operator/(Quantity a, Quantity b) {
    return static_cast<double>(a.value) / static_cast<double>(b.value);
  }
};

using Bytes = Quantity<struct BytesUnit, std::int64_t>;
/// Fractional on purpose: a pure rule may charge parts of a cycle, a clock rounds once at the end.
using Cycles = Quantity<struct CyclesUnit, double>;
using Hertz = Quantity<struct HertzUnit, double>;
using BytesPerSecond = Quantity<struct BytesPerSecondUnit, double>;
using Joules = Quantity<struct JoulesUnit, double>;
using Watts = Quantity<struct WattsUnit, double>;
/// Real-valued time of pure rules.
using Seconds = Quantity<struct SecondsUnit, double>;
/// Simulated time: integer picoseconds, 106 days in 63 bits.
using Picoseconds = Quantity<struct PicosecondsUnit, std::int64_t>;

[[nodiscard]] inline Picoseconds to_picoseconds(Seconds s) {
  return Picoseconds(static_cast<std::int64_t>(std::llround(s.value * 1e12)));
}
[[nodiscard]] constexpr Seconds to_seconds(Picoseconds t) {
  return Seconds(static_cast<double>(t.value) * 1e-12);
}
[[nodiscard]] constexpr double to_us(Picoseconds t) { return static_cast<double>(t.value) * 1e-6; }
[[nodiscard]] constexpr double to_us(Seconds s) { return s.value * 1e6; }
[[nodiscard]] constexpr Seconds microseconds(double us) { return Seconds(us * 1e-6); }

[[nodiscard]] constexpr Seconds operator/(Bytes b, BytesPerSecond r) {
  return Seconds(static_cast<double>(b.value) / r.value);
}
[[nodiscard]] constexpr Seconds operator/(Cycles c, Hertz f) { return Seconds(c.value / f.value); }

/// Converts cycles to time. Edge n is round(n / f), computed from n, so nothing drifts.
class ClockDomain {
 public:
  explicit constexpr ClockDomain(Hertz frequency) : frequency_(frequency) {}
  [[nodiscard]] constexpr Hertz frequency() const { return frequency_; }
  [[nodiscard]] Picoseconds time(Cycles n) const { return to_picoseconds(n / frequency_); }

 private:
  Hertz frequency_;
};

}  // namespace anesim
