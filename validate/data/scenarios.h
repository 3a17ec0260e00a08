// Cases described in words, and what stands for them: ane-scenarios/1.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/config/yaml.h"
#include "sim/core/units.h"
#include "validate/data/measurement.h"

namespace anesim::validate {

/// What a measured value is of, where a trace has several calls.
enum class ScenarioValue {
  call,  ///< one call: the mean over all calls of all streams
  whole  ///< all of it: first call issued to last call returned
};

/// The clock goes from one value past another under continuous load: the time that takes.
struct ClockStep {
  Hertz from, until;
};

/// One wording (a workload's `description`): a trace, the workload that it means, a step of the
/// clock, or the reason why there is none of them.
struct ScenarioEntry {
  std::string words{};
  std::string trace{};  ///< path of an ane-trace/1 file; empty if there is none
  std::optional<Workload> workload{};
  std::optional<ClockStep> clock_step{};
  std::string unsupported{};
  ScenarioValue value = ScenarioValue::call;
};

using ScenarioCatalog = std::vector<ScenarioEntry>;

/// Checks a parsed file; traces are named relative to its folder and must exist. Throws UserError.
[[nodiscard]] ScenarioCatalog read_scenarios(const config::Node& root);
/// Reads `path`.
[[nodiscard]] ScenarioCatalog load_scenarios(const std::string& path);

/// The entry of this description, nullptr if there is none.
[[nodiscard]] const ScenarioEntry* find_scenario(const ScenarioCatalog&, std::string_view words);

/// Gives cases in words the workload that their words mean; clock, engines, supply and idle time
/// stay those of the case. Call it before requests are made.
void apply_workloads(std::vector<MeasurementFile>&, const ScenarioCatalog&);

}  // namespace anesim::validate
