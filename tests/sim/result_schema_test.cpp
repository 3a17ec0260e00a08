#include <gtest/gtest.h>

#include <functional>

#include "sim/core/text.h"
#include "sim/report/report.h"
#include "tests/sim/json_schema.h"
#include "tests/sim/sample_result.h"

namespace anesim {
namespace {

using nlohmann::json;

json schema() {
  return json::parse(read_whole_file(std::string(ANESIM_SOURCE_DIR) +
                                     "/configs/schemas/anesim-result-1.schema.json"));
}

json sample() { return json::parse(report::json(sample_result())); }

TEST(ResultSchema, HoldsForReports) {
  Result step = sample_result();
  step.step = StepResult{.unit = "token", .units = 1, .us = 2, .parts = {{"ffn", 1, 2, 3}}};
  for (const Result& r : {sample_result(), Result{}, step}) {
    for (const std::string& wrong : schema_violations(schema(), json::parse(report::json(r)))) {
      ADD_FAILURE() << wrong;
    }
  }
}

TEST(ResultSchema, NamesEveryBound) {
  std::vector<std::string> names;
  for (int i = 0; i <= static_cast<int>(Bound::host); ++i) names.push_back(name(Bound(i)));
  EXPECT_EQ(schema()["$defs"]["bound"]["enum"], json(names));
}

TEST(ResultSchema, RefusesWhatDiffers) {
  const auto first = [](const std::function<void(json&)>& change) {
    json value = sample();
    change(value);
    const auto found = schema_violations(schema(), value);
    return found.empty() ? std::string("nothing") : found.front();
  };
  EXPECT_EQ(first([](json&) {}), "nothing");
  EXPECT_EQ(first([](json& j) { j["schema"] = "x"; }), "schema: is not \"anesim-result/1\"");
  EXPECT_EQ(first([](json& j) { j.erase("ops"); }), ": lacks \"ops\"");
  EXPECT_EQ(first([](json& j) { j["extra"] = 1; }), "extra: is not expected");
  EXPECT_EQ(first([](json& j) { j["ops"][0]["bound"] = "magic"; }),
            "ops[0].bound: is none of the allowed values");
  EXPECT_EQ(first([](json& j) { j["ops"][0]["macs"] = 1.5; }),
            "ops[0].macs: is not of type \"integer\"");
  EXPECT_EQ(first([](json& j) { j["totals"]["share_on_engine"] = 1.2; }),
            "totals.share_on_engine: is too large");
  EXPECT_EQ(first([](json& j) { j["totals"]["interval_us"] = {1}; }),
            "totals.interval_us: has too few items");
  EXPECT_EQ(first([](json& j) { j["totals"]["share_by_bound"]["luck"] = 0; }),
            "totals.share_by_bound.luck: is none of the allowed values");
}

}  // namespace
}  // namespace anesim
