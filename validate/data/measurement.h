// Measurements of real chips: the typed form of an ane-measurements/1 file.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/config/yaml.h"
#include "validate/data/vocabulary.h"
#include "validate/data/workload.h"

namespace anesim::validate {

/// Where the numbers come from. A file can hold several papers: `parts`.
struct Source {
  std::string id, title, authors, url, licence, retrieved;
  std::vector<std::map<std::string, std::string>> parts;
};

struct Device {
  std::string chip;
  std::optional<std::int64_t> ane_engines, ane_cores;
  std::optional<double> memory_gb;
  std::optional<std::string> os;
};

struct Software {
  std::string api;
  std::string stack;  ///< aneforge, private, coreml, coreai, linux or mixed
  std::optional<std::string> compute_units, toolchain;
};

/// Conditions of one case that differ from, or add to, those of its file.
struct Conditions {
  std::optional<std::string> compute_units, device_model, host, os, part, stack, trust;
  std::optional<std::string> suspect;  ///< why the number should not be scored or fitted
  std::optional<bool> host_transfer, per_engine, serve, zero_copy;
};

struct Case {
  std::string id;
  Workload workload;
  Class scored_as = Class::other;
  Metric metric = Metric::other;
  Unit unit = Unit::ratio;
  double value = 0;
  std::optional<double> min, max;
  std::optional<std::int64_t> n;
  std::optional<double> sustained;  ///< mean of a long loop, same unit as `value`
  std::string at;                   ///< where in the source the value stands
  std::string note;
  Conditions conditions;
  Place place;
};

struct MeasurementFile {
  std::string name;  ///< file name without folder and ending, "-" for standard input
  std::string path;
  Source source;
  Device device;
  Software software;
  std::string method;
  std::vector<Case> cases;

  /// Host path of a case: its own if it names one, else the file's.
  [[nodiscard]] const std::string& stack_of(const Case& c) const {
    return c.conditions.stack ? *c.conditions.stack : software.stack;
  }
};

/// Checks and converts a parsed file. Throws UserError with file, case and reason.
[[nodiscard]] MeasurementFile read_measurements(const config::Node& root, const std::string& path);
/// Parses text; `path` is what messages name.
[[nodiscard]] MeasurementFile parse_measurements(std::string_view text, const std::string& path);

}  // namespace anesim::validate
