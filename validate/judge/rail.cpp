#include "validate/judge/rail.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "sim/core/text.h"

namespace anesim::validate {
namespace {

/// What models/power adds up: the engine, and the energy of the bytes it moves. PP0b also feeds the
/// CPU clusters; the source uses it where they are near idle (method of m6-power).
struct Modelled {
  std::string_view words;
  Rail rail;
};
constexpr std::array modelled{
    Modelled{"ANE net", Rail::engine},
    Modelled{"ANE net above powered-on idle", Rail::engine_above_idle},
    Modelled{"ANE net plus memory", Rail::engine_and_memory},
    Modelled{"PP0b", Rail::engine},
    Modelled{"memory", Rail::memory},
    Modelled{"package", Rail::package},
    Modelled{"system", Rail::machine},
    Modelled{"system minus idle", Rail::machine_above_idle},
};

const Modelled* find_modelled(std::string_view words) {
  const auto it = std::find_if(modelled.begin(), modelled.end(),
                               [&](const Modelled& m) { return m.words == words; });
  return it == modelled.end() ? nullptr : &*it;
}

/// A piece of a note that names a rail. Looked up whole, never interpreted.
struct Words {
  std::string_view piece, rail;
};
constexpr std::array in_notes{
    Words{"CPU+GPU+ANE counters", "package"},
    Words{"whole system minus idle", "system minus idle"},
};

bool is_energetic(const Case& c) {
  switch (c.unit) {
    case Unit::watts:
    case Unit::millijoules:
    case Unit::millijoules_per_position:
    case Unit::joules_per_token:
    case Unit::picojoules_per_mac:
    case Unit::picojoules_per_flop:
    case Unit::picojoules_per_byte:
    case Unit::picojoules_per_element:
    case Unit::tokens_per_joule:
    case Unit::images_per_joule:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::string rail_of(const Case& c) {
  if (c.workload.rail) return *c.workload.rail;
  const std::string_view note = c.note;
  for (std::size_t from = 0; from <= note.size();) {
    const std::size_t end = std::min(note.find(';', from), note.size());
    std::string_view piece = note.substr(from, end - from);
    while (piece.starts_with(' ')) piece.remove_prefix(1);
    while (piece.ends_with(' ')) piece.remove_suffix(1);
    for (const Words& words : in_notes)
      if (piece == words.piece) return std::string(words.rail);
    from = end + 1;
  }
  return "";
}

Rail modelled_rail(const Case& c) {
  const Modelled* found = find_modelled(rail_of(c));
  return found ? found->rail : Rail::engine;
}

std::string unmodelled_rail(const Case& c) {
  if (!is_energetic(c)) return "";
  const std::string rail = rail_of(c);
  if (rail.empty() || find_modelled(rail)) return "";
  return fmt::format("the {} rail is not modelled", printable(rail));
}

}  // namespace anesim::validate
