// Folds, residuals as data and intervals, with numbers computed by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <regex>

#include "tests/validate/fixture.h"
#include "validate/data/load.h"
#include "validate/uncertainty/coverage.h"
#include "validate/uncertainty/interval.h"

namespace anesim::validate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

FoldResiduals fold(const std::string& chip, const std::string& name, std::vector<double> errors,
                   Class scored_as = Class::call) {
  return {scored_as, chip, "coreml", Clock::call, name, std::move(errors)};
}

Residuals residuals(std::vector<FoldResiduals> folds) {
  Residuals r;
  r.generations = {{"M4", "h16"}, {"M4 Pro", "h16"}, {"M6", "h18"}};
  r.folds = std::move(folds);
  return r;
}

Conditioned at(const std::string& chip, const std::string& without = "") {
  return {Class::call, chip, chip == "M6" ? "h18" : "h16", "coreml", Clock::call, without};
}

double width(const Residuals& r, const Conditioned& c) { return std::log(*interval_factor(r, c)); }

TEST(Interval, SmallSampleQuantileOfMagnitudes) {
  // Ten errors of equal weight: level 0.9 (1 + 1/10) = 0.99, so the largest of ten.
  std::vector<double> ten, twenty;
  for (int i = 1; i <= 10; ++i) ten.push_back(i % 2 == 0 ? 0.01 * i : -0.01 * i);
  EXPECT_NEAR(width(residuals({fold("M4", "a", ten)}), at("M4")), 0.10, 1e-12);
  // Twenty: 0.9 * 1.05 = 0.945, the 19th of 20.
  for (int i = 1; i <= 20; ++i) twenty.push_back(0.01 * i);
  EXPECT_NEAR(width(residuals({fold("M4", "a", twenty)}), at("M4")), 0.19, 1e-12);
}

TEST(Interval, OwnFoldDoesNotCount) {
  const Residuals r = residuals({fold("M4", "own", {0.5, 0.6}), fold("M4", "other", {0.1, 0.2})});
  EXPECT_NEAR(width(r, at("M4")), 0.6, 1e-12);
  EXPECT_NEAR(width(r, at("M4", "own")), 0.2, 1e-12);
  // The same name on another chip is another fold.
  EXPECT_NEAR(width(residuals({fold("M6", "own", {0.5})}), at("M4", "own")), 0.5 * 1.25, 1e-12);
}

TEST(Interval, AnotherStackOfTheChipIsNoStudyOfThisOne) {
  FoldResiduals linux_call = fold("M4", "other", {0.1});
  linux_call.stack = "linux";
  // Host costs are of chip and stack, so the interval is widened ...
  EXPECT_NEAR(width(residuals({linux_call}), at("M4")), 0.1 * 1.25, 1e-12);
  // ... but what the engine draws does not depend on who calls it.
  linux_call.scored_as = Class::power;
  auto power = at("M4");
  power.scored_as = Class::power;
  EXPECT_NEAR(width(residuals({linux_call}), power), 0.1, 1e-12);
}

TEST(Interval, ChipOfOneStudyUsesItsGenerationWidened) {
  std::vector<double> near(20, 0.1), far(20, 0.4);
  const Residuals r = residuals({fold("M4", "own", std::vector<double>(20, 0.01)),
                                 fold("M4 Pro", "near", near), fold("M6", "far", far)});
  // Weights 0.5 and 0.1: 20 of 120 parts are far, so the 90 % level still lies among them.
  EXPECT_NEAR(width(r, at("M4", "own")), 0.4 * 1.25, 1e-12);
  const Residuals less =
      residuals({fold("M4", "own", std::vector<double>(20, 0.01)),
                 fold("M4 Pro", "near", std::vector<double>(200, 0.1)), fold("M6", "far", far)});
  EXPECT_NEAR(width(less, at("M4", "own")), 0.1 * 1.25, 1e-12);
}

TEST(Interval, NothingForAClassNobodyMeasured) {
  const Residuals r = residuals({fold("M4", "a", {0.1}, Class::engine)});
  EXPECT_FALSE(interval_factor(r, at("M4")));
}

TEST(Interval, CasesGetTheirsFromOtherFolds) {
  const std::vector<MeasurementFile> files{
      test_file({{.id = "a", .value = 10}}, "mine"),
      test_file({{.id = "b", .workload = "{kind: conv_chain, layers: 9}", .value = 20}}, "yours",
                "M6")};
  const auto requests = requests_for(files);
  std::vector<Prediction> predictions{predicted(10), Prediction::unsupported("why")};
  add_intervals(requests, predictions, residuals({fold("M4", "u", {3.0}), fold("M4", "v", {0.2})}));
  EXPECT_NEAR(*predictions[0].low, 10 / std::exp(0.2), 1e-9);  // its own fold is "u"
  EXPECT_NEAR(*predictions[0].high, 10 * std::exp(0.2), 1e-9);
  EXPECT_FALSE(predictions[1].low);
}

TEST(Residuals, FoldsAreStudiesAndNetworkGroups) {
  auto file = test_file({{.more = "conditions: {part: p 1}"}});
  file.source.url = "https://github.com/owner/repo/tree/main/x";
  const auto request = request_for(file, file.cases[0]);
  EXPECT_EQ(fold_of(request, {}), "owner/repo/p_1");
  EXPECT_EQ(fold_of(request, {file.source.url}), "mine/conv_chain/8");
  file.source.url = "https://docs.example.org/en/latest/";
  EXPECT_EQ(fold_of(request, {}), "docs.example.org/en/p_1");
  std::vector<MeasurementFile> many;
  for (int i = 0; i < 8; ++i) many.push_back(test_file({{}}, "f" + std::to_string(i)));
  EXPECT_THAT(split_studies(many), ElementsAre("u"));
  many.pop_back();
  EXPECT_THAT(split_studies(many), ElementsAre());
}

TEST(Residuals, ScoredCasesByConditionsAndBackFromText) {
  const std::vector<MeasurementFile> files{test_file(
      {{.id = "a", .value = 10},
       {.id = "b", .workload = "{kind: conv_chain, layers: 9, in_channels: 8}", .value = 20},
       {.id = "c", .more = "conditions: {suspect: odd}"}})};
  const auto requests = requests_for(files);
  const auto j = judge(requests, {predicted(10), predicted(40), predicted(1)});
  Residuals r = residuals_of(j, {});
  ASSERT_EQ(r.folds.size(), 1u);
  EXPECT_THAT(r.folds[0].log_errors, ElementsAre(std::log(0.5), 0.0));
  r.generations = {{"M4", "h16"}};
  r.covered_ops = covered_ops(j);
  EXPECT_THAT(r.covered_ops, ::testing::Contains("conv"));
  const std::string text = residuals_text(r);
  EXPECT_THAT(text, HasSubstr("\"coreml call u\": \"-693 0\""));
  const Residuals back = read_residuals(config::parse_yaml(text, "r.yaml"));
  EXPECT_EQ(residuals_text(back), text);
}

std::string message(const std::string& key, const std::string& value) {
  try {
    (void)read_residuals(config::parse_yaml(
        "schema: ane-residuals/1\ngenerations: {M4: h16}\nsplit_studies: []\ncovered_ops: []\n"
        "log_errors:\n  call:\n    M4:\n      \"" +
            key + "\": \"" + value + "\"\n",
        "r.yaml"));
  } catch (const UserError& e) {
    return e.what();
  }
  return "";
}

TEST(Residuals, BrokenFilesAreNamed) {
  EXPECT_EQ(message("coreml call f", "1 -2"), "");
  EXPECT_THAT(message("coreml f", "1"), HasSubstr("r.yaml:8:7: 'coreml f' is not a stack"));
  EXPECT_THAT(message("coreml lunch f", "1"), HasSubstr("is not a stack, a clock and a fold"));
  EXPECT_THAT(message("coreml call f", "1 x"), HasSubstr("'x' is not a log error"));
  EXPECT_THAT(message("coreml call f", "9000"), HasSubstr("expected -8000 to 8000"));
  EXPECT_THAT(message("coreml call f", " "), HasSubstr("no log error"));
  EXPECT_THAT(message("coreml call f", "99999999999999"), HasSubstr("is not a log error"));
}

TEST(Residuals, ShippedFileIsReadAndOfItsForm) {
  const Residuals r = load_residuals(std::string(ANESIM_SOURCE_DIR) + "/validate/residuals.yaml");
  EXPECT_GT(r.folds.size(), 100u);
  EXPECT_THAT(r.covered_ops, ::testing::Contains("conv"));
  EXPECT_THAT(r.split_studies, ::testing::SizeIs(1));  // the M6 study
  // Every chip of the data has its generation, and a class of single calls an interval below 3.
  for (const auto& [chip, generation] : r.generations)
    EXPECT_TRUE(std::regex_match(generation, std::regex("h1[1-8]"))) << chip;
  const auto factor = interval_factor(r, {Class::call, "M6", "h18", "coreml", Clock::call, ""});
  ASSERT_TRUE(factor);
  EXPECT_GT(*factor, 1.02);
  EXPECT_LT(*factor, 3);
}

}  // namespace
}  // namespace anesim::validate
