#include "sim/config/quantity.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <span>
#include <string>
#include <vector>

#include "sim/core/error.h"
#include "sim/core/text.h"

namespace anesim::config {
namespace {

struct Unit {
  std::string_view name;
  double scale;
  bool shown = true;  ///< offered by messages and chosen by format_quantity
};

constexpr double kib = 1024.0;
constexpr std::array bytes_units{
    Unit{"B", 1},     Unit{"kB", 1e3},       Unit{"MB", 1e6},           Unit{"GB", 1e9},
    Unit{"KiB", kib}, Unit{"MiB", kib* kib}, Unit{"GiB", kib* kib* kib}};
constexpr std::array rate_units{Unit{"B/s", 1}, Unit{"kB/s", 1e3}, Unit{"MB/s", 1e6},
                                Unit{"GB/s", 1e9}, Unit{"TB/s", 1e12}};
constexpr std::array frequency_units{Unit{"Hz", 1}, Unit{"kHz", 1e3}, Unit{"MHz", 1e6},
                                     Unit{"GHz", 1e9}};
constexpr std::array time_units{Unit{"ps", 1e-12}, Unit{"ns", 1e-9}, Unit{"us", 1e-6},
                                Unit{"ms", 1e-3},  Unit{"s", 1},     Unit{"\u00B5s", 1e-6, false}};
constexpr std::array cycles_units{Unit{"cycles", 1}, Unit{"cycle", 1, false}};
constexpr std::array energy_units{Unit{"fJ", 1e-15}, Unit{"pJ", 1e-12}, Unit{"nJ", 1e-9},
                                  Unit{"uJ", 1e-6},  Unit{"mJ", 1e-3},  Unit{"J", 1}};
constexpr std::array power_units{Unit{"uW", 1e-6}, Unit{"mW", 1e-3}, Unit{"W", 1}};
constexpr std::array element_units{Unit{"/s", 1}, Unit{"k/s", 1e3}, Unit{"M/s", 1e6},
                                   Unit{"G/s", 1e9}, Unit{"T/s", 1e12}};

struct Kind {
  std::span<const Unit> units;  ///< empty: plain numbers
  std::string_view example_unit;
};

Kind kind_of(Dimension dimension) {
  switch (dimension) {
    case Dimension::bytes:
      return {bytes_units, "MiB"};
    case Dimension::rate:
      return {rate_units, "GB/s"};
    case Dimension::frequency:
      return {frequency_units, "MHz"};
    case Dimension::time:
      return {time_units, "us"};
    case Dimension::cycles:
      return {cycles_units, "cycles"};
    case Dimension::energy:
      return {energy_units, "pJ"};
    case Dimension::power:
      return {power_units, "mW"};
    case Dimension::elements_per_second:
      return {element_units, "G/s"};
    case Dimension::none:
    case Dimension::count:
    case Dimension::fraction:
      break;
  }
  return {};
}

/// A number at the start of a text, written as people write decimals, and what follows it.
struct Split {
  bool ok = false;
  double value = 0;
  std::string_view number;
  std::string_view unit;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

Split split(std::string_view text) {
  std::size_t at = 0;
  const auto digits = [&] {
    const std::size_t from = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    return at - from;
  };
  if (at < text.size() && text[at] == '-') ++at;
  const std::size_t first = at;
  const std::size_t whole = digits();
  if (whole == 0 || (whole > 1 && text[first] == '0')) return {};
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (digits() == 0) return {};
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    if (digits() == 0) return {};
  }
  Split out;
  out.number = text.substr(0, at);
  out.ok = std::from_chars(text.data(), text.data() + at, out.value).ec == std::errc();
  while (at < text.size() && text[at] == ' ') ++at;
  out.unit = text.substr(at);
  return out;
}

std::string quoted(std::string_view text) { return fmt::format("'{}'", printable(text, 60)); }

/// "B/s, kB/s or TB/s", with the nearest first if the unit looks like a typo.
std::string offer(std::string_view unit, std::span<const Unit> units) {
  std::vector<std::string> names;
  for (const Unit& u : units) {
    if (u.shown) names.emplace_back(u.name);
  }
  // Case matters in units, so the nearest is named even where only the case differs.
  const std::string near = nearest(unit, names);
  if (!near.empty()) return fmt::format("did you mean '{}'?", near);
  if (names.size() == 1) return fmt::format("expected {}", names.front());
  const std::string last = names.back();
  names.pop_back();
  return fmt::format("expected {} or {}", fmt::join(names, ", "), last);
}

bool is_unit(std::string_view text) {
  for (const Dimension dimension :
       {Dimension::bytes, Dimension::rate, Dimension::frequency, Dimension::time, Dimension::cycles,
        Dimension::energy, Dimension::power, Dimension::elements_per_second}) {
    for (const Unit& unit : kind_of(dimension).units) {
      if (unit.name == text) return true;
    }
  }
  return text == "%";
}

/// 1.023 kB is 1023 B although the product of the doubles is a little less.
double scaled(double value, double scale) {
  // Small scales divide by their exact inverse: 3 ns is the double nearest to 3e-9.
  if (scale < 1) return value / std::round(1 / scale);
  const double product = value * scale;
  const double whole = std::round(product);
  return std::fabs(product - whole) <= 4e-16 * whole ? whole : product;
}

double parse_plain(std::string_view text, const Split& s, Dimension dimension) {
  const bool fraction = dimension == Dimension::fraction;
  if (fraction && s.unit == "%") {
    if (s.value < 0 || s.value > 100) {
      throw UserError(quoted(text) + " is outside 0..100 %");
    }
    return s.value / 100;
  }
  if (!s.unit.empty() && !is_unit(s.unit)) {
    throw UserError(quoted(text) + " is not a decimal number");
  }
  if (!s.unit.empty()) {
    throw UserError(fmt::format("{} has a unit (expected {})", quoted(text),
                                fraction ? "0..1 or e.g. '80 %'" : "a plain number"));
  }
  if (fraction && (s.value < 0 || s.value > 1)) {
    throw UserError(quoted(text) + " is outside 0..1 (a share can be written '80 %')");
  }
  if (dimension == Dimension::count) {
    if (s.value < 0) throw UserError(quoted(text) + " is negative (expected 0 or more)");
    if (s.value != std::floor(s.value)) throw UserError(quoted(text) + " is not a whole number");
    if (s.value > 9007199254740992.0) throw UserError(quoted(text) + " is too large");
  }
  return s.value;
}

}  // namespace

double parse_quantity(std::string_view text, Dimension dimension) {
  const Kind kind = kind_of(dimension);
  const Split s = split(text);
  if (!s.ok) {
    throw UserError(kind.units.empty()
                        ? quoted(text) + " is not a decimal number"
                        : fmt::format("{} is not a number with a unit (expected e.g. '120 {}')",
                                      quoted(text), kind.example_unit));
  }
  if (kind.units.empty()) return parse_plain(text, s, dimension);
  if (s.unit.empty()) {
    throw UserError(fmt::format("{} has no unit (expected e.g. '{} {}')", quoted(text),
                                printable(s.number, 40), kind.example_unit));
  }
  for (const Unit& unit : kind.units) {
    if (unit.name != s.unit) continue;
    if (s.value < 0) throw UserError(quoted(text) + " is negative (expected 0 or more)");
    const double base = scaled(s.value, unit.scale);
    const double most = dimension == Dimension::bytes ? 4.6e18 : 1e300;
    if (!(base <= most)) throw UserError(quoted(text) + " is too large");
    if (dimension == Dimension::bytes && base != std::floor(base)) {
      throw UserError(
          fmt::format("{} is {:.6g} B (expected a whole number of bytes)", quoted(text), base));
    }
    return base;
  }
  throw UserError(fmt::format("{} has an unknown unit '{}' ({})", quoted(text),
                              printable(s.unit, 20), offer(s.unit, kind.units)));
}

std::string format_quantity(double base, Dimension dimension) {
  const Kind kind = kind_of(dimension);
  if (kind.units.empty()) return fmt::format("{:.12g}", base);
  // Of the units that give one or more, the shortest text, then the largest unit; below the
  // smallest unit, that one.
  std::string best;
  double best_scale = 0;
  double smallest = kind.units.front().scale;
  for (const Unit& unit : kind.units) {
    const bool fits = std::fabs(base) >= unit.scale;
    if (!unit.shown || (!fits && unit.scale != smallest)) continue;
    if (!fits && !best.empty()) continue;
    const std::string text = fmt::format("{:.12g} {}", base / unit.scale, unit.name);
    const std::size_t digits = text.find(' ');
    const std::size_t best_digits = best.find(' ');
    if (best.empty() || digits < best_digits ||
        (digits <= best_digits + 1 && unit.scale > best_scale && std::fabs(base) >= unit.scale)) {
      best = text;
      best_scale = unit.scale;
    }
  }
  return best;
}

}  // namespace anesim::config
