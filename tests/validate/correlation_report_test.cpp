// What the correlation report holds; how it looks in a browser is tests/e2e/correlation_page_test.
#include "validate/report/correlation_report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sim/report/embedded.h"
#include "tests/validate/fixture.h"
#include "validate/judge/prediction_line.h"

namespace anesim::validate {
namespace {

using nlohmann::json;

json data_of(const std::string& page) {
  const std::string open = "<script type=\"application/json\" id=\"data\">";
  const std::size_t begin = page.find(open) + open.size();
  return json::parse(page.substr(begin, page.find("</script>", begin) - begin));
}

struct Study {
  std::vector<MeasurementFile> files{test_file(
      {{.id = "a", .value = 10, .more = "min: 9"}, {.id = "words", .workload = "{kind: model}"}})};
  std::vector<CaseRequest> requests = requests_for(files);
  std::vector<Prediction> predictions{predicted(11), Prediction::unsupported("no graph")};
  std::string page() { return correlation_page(judge(requests, predictions), {.version = "1"}); }
};

TEST(CorrelationReport, CarriesCasesAndBreakdown) {
  Study study;
  study.predictions[0].low = 9.5;
  study.predictions[0].high = 12;
  study.predictions[0].breakdown = {
      .macs = 1000, .bytes = 50, .seconds_by_bound = {{"host", 7e-6}, {"weights", 4e-6}}};
  const json data = data_of(study.page());
  ASSERT_EQ(data["cases"].size(), 2u);
  const json& first = data["cases"][0];
  EXPECT_EQ(first["id"], "a");
  EXPECT_EQ(first["reference_min"], 9);
  EXPECT_EQ(first["predicted"], 11);
  EXPECT_EQ(first["interval"], (json{9.5, 12}));
  EXPECT_NEAR(first["error"].get<double>(), 0.1, 1e-12);
  EXPECT_EQ(first["scored"], true);
  EXPECT_EQ(first["seconds_by_bound"], (json{{"host", 7e-6}, {"weights", 4e-6}}));
  EXPECT_EQ(data["cases"][1]["predicted"], nullptr);
  EXPECT_EQ(data["cases"][1]["reason"], "no graph");
  EXPECT_EQ(data["sources"]["mine"], "t");
}

TEST(CorrelationReport, NeedsNothingFromOutside) {
  const std::string page = Study{}.page();
  EXPECT_EQ(page.find(" src="), std::string::npos);
  EXPECT_EQ(page.find("url(http"), std::string::npos);
  EXPECT_EQ(page.find("https://"), std::string::npos);
  EXPECT_EQ(page.find("http://localhost"), std::string::npos);
  EXPECT_NE(page.find("default-src 'none'"), std::string::npos);
}

TEST(CorrelationReport, ScriptsCanStandInAPage) {
  for (const std::string_view script : {embedded::charts_js, embedded::correlation_js}) {
    EXPECT_FALSE(script.empty());
    EXPECT_EQ(script.find("</script"), std::string_view::npos);
    EXPECT_EQ(script.find("<!--"), std::string_view::npos);
  }
  EXPECT_LT(embedded::charts_js.size(), 600'000u);
}

TEST(CorrelationReport, BreakdownTravelsBetweenProcesses) {
  Prediction p = predicted(3);
  p.breakdown = {.macs = 12, .bytes = 5, .seconds_by_bound = {{"compute", 1e-6}, {"host", 2e-6}}};
  const auto back = parse_prediction_line(prediction_line(4, p));
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->second.breakdown.macs, 12);
  EXPECT_EQ(back->second.breakdown.bytes, 5);
  EXPECT_EQ(back->second.breakdown.seconds_by_bound, p.breakdown.seconds_by_bound);
}

TEST(CorrelationReport, ShowsTheGradeAndDoesNotScoreD) {
  Study study;
  const auto first_with = [&](const Grades& grades) {
    const auto judgement =
        judge(study.requests, study.predictions, {.repeats = {}, .grades = grades});
    return data_of(correlation_page(judgement, {}))["cases"][0];
  };
  const json distrusted = first_with({{"mine", "D"}});
  EXPECT_EQ(distrusted["trust"], "D");
  EXPECT_EQ(distrusted["scored"], false);
  EXPECT_EQ(first_with({{"mine", "B"}})["trust"], "B");
  EXPECT_EQ(first_with({})["trust"], "");
  EXPECT_EQ(first_with({})["scored"], true);
}

TEST(CorrelationReport, SaysThatItIsNotWhole) {
  Study study;
  auto judgement = judge(study.requests, study.predictions);
  EXPECT_EQ(correlation_page(judgement, {}).find("id=\"interrupted\""), std::string::npos);
  judgement.complete = false;
  EXPECT_NE(correlation_page(judgement, {}).find("id=\"interrupted\""), std::string::npos);
}

}  // namespace
}  // namespace anesim::validate
