#include "validate/data/scenarios.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "sim/config/quantity.h"
#include "sim/core/error.h"
#include "sim/core/text.h"

namespace anesim::validate {
namespace {

Hertz frequency(const config::Node& n) {
  try {
    return Hertz(config::parse_quantity(n.text(), config::Dimension::frequency));
  } catch (const UserError& e) {
    n.fail(fmt::format("{}: {}", n.path(), e.what()));
  }
}

ClockStep clock_step(const config::Node& n) {
  n.only_keys({"from", "until"});
  const ClockStep step{frequency(n.require("from")), frequency(n.require("until"))};
  if (step.from.value < 0 || step.until <= step.from)
    n.fail("a step of the clock goes up: 'from' below 'until'");
  return step;
}

}  // namespace

ScenarioCatalog read_scenarios(const config::Node& root) {
  namespace fs = std::filesystem;
  root.only_keys({"schema", "scenarios"});
  const config::Node& schema = root.require("schema");
  if (schema.text() != "ane-scenarios/1") {
    schema.fail(fmt::format("schema '{}' is not 'ane-scenarios/1'", printable(schema.text())));
  }
  ScenarioCatalog catalog;
  std::set<std::string_view> seen;
  for (const config::Node& n : root.require("scenarios").sequence()) {
    n.only_keys({"words", "trace", "value", "workload", "clock_step", "unsupported"});
    ScenarioEntry entry;
    entry.words = n.require("words").text();
    if (!seen.insert(n.require("words").text()).second) {
      n.fail(fmt::format("the words '{}' stand here twice", printable(entry.words)));
    }
    const config::Node* trace = n.find("trace");
    const config::Node* workload = n.find("workload");
    const config::Node* step = n.find("clock_step");
    const config::Node* unsupported = n.find("unsupported");
    if ((trace != nullptr) + (workload != nullptr) + (step != nullptr) + (unsupported != nullptr) !=
        1) {
      n.fail(
          "an entry needs one of: a trace, a workload, a clock_step, the reason why it is "
          "unsupported");
    }
    if (step) entry.clock_step = clock_step(*step);
    if (workload) entry.workload = read_workload(*workload);
    if (unsupported) entry.unsupported = unsupported->text();
    if (trace) {
      const fs::path path = fs::path(n.place().file).parent_path() / trace->text();
      std::error_code ignored;
      if (!fs::is_regular_file(path, ignored)) {
        trace->fail(fmt::format("'{}' is not a file", printable(path.string(), 200)));
      }
      entry.trace = path.string();
    }
    if (const config::Node* value = n.find("value")) {
      if (!trace) value->fail("'value' is of a trace");
      if (value->text() == "whole") {
        entry.value = ScenarioValue::whole;
      } else if (value->text() != "call") {
        value->fail(fmt::format("'{}' is not a value (expected call or whole){}",
                                printable(value->text()),
                                did_you_mean(value->text(), {"call", "whole"})));
      }
    }
    catalog.push_back(std::move(entry));
  }
  return catalog;
}

ScenarioCatalog load_scenarios(const std::string& path) {
  return read_scenarios(config::read_yaml(path));
}

const ScenarioEntry* find_scenario(const ScenarioCatalog& catalog, std::string_view words) {
  const auto found = std::find_if(catalog.begin(), catalog.end(),
                                  [&](const ScenarioEntry& e) { return e.words == words; });
  return found == catalog.end() ? nullptr : &*found;
}

void apply_workloads(std::vector<MeasurementFile>& files, const ScenarioCatalog& catalog) {
  for (MeasurementFile& file : files)
    for (Case& c : file.cases) {
      if (c.workload.kind != Kind::other) continue;
      const ScenarioEntry* entry = find_scenario(catalog, c.workload.description.value_or(""));
      if (!entry || !entry->workload) continue;
      const Workload words = c.workload;
      c.workload = *entry->workload;
      if (words.rail) c.workload.rail = words.rail;
      if (words.clock) c.workload.clock = words.clock;
      if (words.engines) c.workload.engines = words.engines;
      if (words.idle_ms) c.workload.idle_s = static_cast<double>(*words.idle_ms) * 1e-3;
    }
}

}  // namespace anesim::validate
