// Small measurement files for the tests of the judge.
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "validate/judge/judge.h"

namespace anesim::validate {

/// One case of a synthetic file, with what the tests vary.
struct TestCase {
  std::string id = "one";
  std::string workload = "{kind: conv_chain, layers: 4, in_channels: 8}";
  std::string scored_as = "call";
  std::string metric = "latency";
  std::string unit = "us";
  double value = 10;
  std::string more = "";  ///< further keys, one a line, e.g. "min: 9"
};

inline MeasurementFile test_file(const std::vector<TestCase>& cases, const std::string& id = "mine",
                                 const std::string& chip = "M4") {
  std::string text = fmt::format(
      "schema: ane-measurements/1\n"
      "source: {{id: {}, title: t, url: u, licence: MIT, retrieved: 2026-11-21}}\n"
      "device: {{chip: {}}}\nsoftware: {{api: coreml, stack: coreml}}\nmethod: by hand\ncases:\n",
      id, chip);
  for (const TestCase& c : cases) {
    text += fmt::format(
        "  - id: {}\n    workload: {}\n    class: {}\n    metric: {}\n    unit: {}\n    value: {}\n"
        "    at: here\n",
        c.id, c.workload, c.scored_as, c.metric, c.unit, c.value);
    if (!c.more.empty()) text += "    " + c.more + "\n";
  }
  return parse_measurements(text, id + ".yaml");
}

inline Prediction predicted(double value) {
  Prediction p;
  p.status = Status::ok;
  p.value = value;
  return p;
}

}  // namespace anesim::validate
