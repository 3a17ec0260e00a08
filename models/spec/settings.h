// Values of a device or stack file as they are written there: text, place, evidence, source, range.
// Within models/spec only: what resolve.h makes specs of.
#pragma once

#include <map>
#include <string>
#include <type_traits>
#include <vector>

#include "models/spec/parameters.h"
#include "sim/config/yaml.h"

namespace anesim::spec {

/// A value as written, with where it stands and what supports it.
struct Setting {
  std::string text;
  std::string origin;
  Place place;
  std::string evidence;
  std::string source;
  double low = 0, high = 0;  ///< `range`; equal if there is none
  Place range_place;
  std::vector<std::string> fitted_on;
  std::string follows;
  std::string note;
  bool of_chip = false;
};
using Settings = std::map<std::string, Setting>;

/// The parameters of a DeviceSpec or a StackSpec.
template <class Spec>
[[nodiscard]] const std::vector<Parameter<Spec>>& table() {
  if constexpr (std::is_same_v<Spec, DeviceSpec>)
    return device_parameters();
  else
    return stack_parameters();
}

template <class Spec>
const Parameter<Spec>* find_parameter(const std::string& path) {
  for (const auto& p : table<Spec>())
    if (p.path == path) return &p;
  return nullptr;
}

template <class Spec>
std::vector<std::string> all_paths() {
  std::vector<std::string> paths;
  for (const auto& p : table<Spec>()) paths.push_back(p.path);
  return paths;
}

/// The parameter's value in base units; throws with the text's place.
template <class Spec>
[[nodiscard]] double parse_value(const Parameter<Spec>&, const std::string& text, const Place&);

/// Adds the values below a map to `out`; paths begin with `prefix`. Throws UserError.
template <class Spec>
void collect(const config::Node&, const std::string& prefix, Settings& out);

/// A value that follows another is equal to it in the file, and moves with it when that is set.
template <class Spec>
void lead_followers(Settings&);

}  // namespace anesim::spec
