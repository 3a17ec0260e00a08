// Repeats, errors, summaries, limits and reports, with numbers computed by hand.
#include "validate/judge/judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "sim/core/error.h"
#include "sim/core/text.h"
#include "tests/validate/fixture.h"
#include "validate/data/load.h"
#include "validate/judge/accuracy.h"
#include "validate/judge/report.h"
#include "validate/predict/known_chips.h"

namespace anesim::validate {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Requests that keep their files alive.
struct Study {
  explicit Study(std::vector<MeasurementFile> f)
      : files(std::move(f)), requests(requests_for(files)) {}
  std::vector<MeasurementFile> files;
  std::vector<CaseRequest> requests;
};

const std::string other_chain = "{kind: conv_chain, layers: 9, in_channels: 8}";

TEST(Repeats, MedianAcrossFilesAndUnits) {
  const Study study({test_file({{.id = "a", .value = 10}, {.id = "b", .value = 14}}, "first"),
                     test_file({{.id = "c", .unit = "ms", .value = 0.02, .more = "max: 0.025"},
                                {.id = "d", .workload = other_chain, .value = 5}},
                               "second")});
  const auto refs = references(study.requests);
  EXPECT_DOUBLE_EQ(refs[0].value, 14);
  EXPECT_DOUBLE_EQ(refs[0].min, 10);
  EXPECT_DOUBLE_EQ(refs[0].max, 25);
  EXPECT_EQ(refs[0].repeats, 3);
  EXPECT_DOUBLE_EQ(refs[2].value, 0.014);
  EXPECT_EQ(refs[2].group, refs[0].group);
  EXPECT_NE(refs[3].group, refs[0].group);
  EXPECT_EQ(refs[3].repeats, 1);
  EXPECT_DOUBLE_EQ(refs[3].value, 5);
}

TEST(Repeats, WhatSeparatesAndWhatDoesNot) {
  const auto same = [](const TestCase& a, const TestCase& b) {
    const Study study({test_file({a}, "first"), test_file({b}, "second")});
    return repeat_key(study.requests[0]) == repeat_key(study.requests[1]);
  };
  const std::string net = "{kind: model, name: Net, input: [1, 3, 8, 8], precision: ";
  EXPECT_TRUE(same({}, {.workload = "{kind: conv_chain, layers: 4, in_channels: 8, batch: 1, "
                                    "weights: unique, clock: call}"}));
  EXPECT_TRUE(same({.workload = net + "fp16}"},
                   {.workload = net + "FP16, batch: 1, macs: 300, params: 5}"}));
  EXPECT_TRUE(same({}, {.more = "conditions: {device_model: iPhone 13, os: iOS 17, trust: B}"}));
  EXPECT_FALSE(same({}, {.more = "conditions: {stack: private}"}));
  EXPECT_FALSE(same({}, {.more = "conditions: {zero_copy: true}"}));
  EXPECT_FALSE(same({}, {.workload = "{kind: conv_chain, layers: 4, in_channels: 8, engines: 2}"}));
  EXPECT_FALSE(same({}, {.metric = "throughput", .unit = "calls/s"}));
}

TEST(Repeats, SuspectAndSustained) {
  const Study study(
      {test_file({{.id = "a", .value = 10},
                  {.id = "b", .value = 90, .more = "conditions: {suspect: odd}"},
                  {.id = "c", .workload = other_chain, .value = 9, .more = "sustained: 8"},
                  {.id = "d",
                   .workload = "{kind: conv_chain, in_channels: 4}",
                   .value = 5,
                   .more = "sustained: 8"}})});
  const auto refs = references(study.requests);
  EXPECT_DOUBLE_EQ(refs[1].value, 10);
  EXPECT_EQ(refs[1].repeats, 1);
  EXPECT_DOUBLE_EQ(refs[2].value, 8);
  EXPECT_DOUBLE_EQ(references(study.requests, {.prefer_sustained = false})[2].value, 9);
  EXPECT_DOUBLE_EQ(refs[3].value, 5);  // the loop is slower: not the clock's doing
}

/// Errors +10 %, -20 %, 0 (a repeat), one suspect, one zero, one unsupported.
struct Judged {
  Study study{{test_file({{.id = "up", .value = 10},
                          {.id = "down", .workload = other_chain, .value = 5},
                          {.id = "again", .value = 10},
                          {.id = "odd",
                           .workload = "{kind: conv_chain, in_channels: 4}",
                           .value = 1,
                           .more = "conditions: {suspect: odd}"},
                          {.id = "idle",
                           .workload = "{kind: conv_chain, in_channels: 2}",
                           .scored_as = "power",
                           .metric = "power",
                           .unit = "W",
                           .value = 0},
                          {.id = "words",
                           .workload = "{kind: other, description: x}",
                           .scored_as = "other",
                           .value = 3}})}};
  std::vector<Prediction> predictions{predicted(11),  predicted(4),
                                      predicted(11),  predicted(2),
                                      predicted(0.5), Prediction::unsupported("in words")};
  Judged() {
    predictions[0].low = 9;
    predictions[0].high = 12;
    predictions[1].low = 3;
    predictions[1].high = 4.5;
    judgement = judge(study.requests, predictions);
  }
  Judgement judgement;
};

TEST(Judge, ErrorsAndScores) {
  const Judged j;
  const auto& c = j.judgement.cases;
  EXPECT_NEAR(*c[0].error, 0.1, 1e-12);
  EXPECT_NEAR(*c[1].error, -0.2, 1e-12);
  EXPECT_TRUE(c[0].scored);
  EXPECT_TRUE(c[1].scored);
  EXPECT_FALSE(c[2].scored);
  EXPECT_EQ(c[2].remark, "repeat of up");
  EXPECT_EQ(c[3].remark, "suspect: odd");
  EXPECT_DOUBLE_EQ(*c[4].error, 0.5);
  EXPECT_FALSE(c[4].scored);
  EXPECT_FALSE(c[5].error);
  EXPECT_EQ(c[5].remark, "in words");
}

TEST(Judge, ARowThatAParameterWasReadFromIsNoPredictionNorAreItsRepeats) {
  Judged j;
  // The third case repeats the first, which is the one scored.
  j.predictions[2].fitted_on = true;
  const Judgement told = judge(j.study.requests, j.predictions);
  EXPECT_TRUE(told.cases[0].fitted);
  EXPECT_FALSE(told.cases[1].fitted);
  const Statistics& s = told.by_class.at("call");
  EXPECT_EQ(s.scored, 2);
  EXPECT_EQ(s.unread_scored, 1);
  EXPECT_NEAR(*s.median_abs_error, 0.15, 1e-12);
  EXPECT_NEAR(*s.unread_median, 0.2, 1e-12);
  const json summary = json::parse(validation_json(told, {}))["summary"]["by_class"]["call"];
  EXPECT_EQ(summary["not_fitted_on"]["scored"], 1);
  EXPECT_NEAR(summary["not_fitted_on"]["p90_abs_error"].get<double>(), 0.2, 1e-12);
  EXPECT_THAT(validation_table(told, TableStyle::plain), HasSubstr("fitted, predicted"));
}

TEST(Judge, Summary) {
  const Judged j;
  const Statistics& s = j.judgement.by_class.at("call");
  EXPECT_EQ(s.cases, 4);
  EXPECT_EQ(s.predicted, 4);
  EXPECT_EQ(s.scored, 2);
  EXPECT_NEAR(*s.median_abs_error, 0.15, 1e-12);
  EXPECT_NEAR(*s.p90_abs_error, 0.19, 1e-12);
  EXPECT_NEAR(*s.bias, -0.05, 1e-12);
  EXPECT_NEAR(*s.worst_factor, 1.25, 1e-12);
  EXPECT_NEAR(*s.interval_coverage, 0.5, 1e-12);
  EXPECT_NEAR(*s.kendall_tau, 1, 1e-12);
  EXPECT_NEAR(*s.repeat_spread, 0, 1e-12);
  EXPECT_FALSE(j.judgement.by_class.at("power").median_abs_error);
  EXPECT_DOUBLE_EQ(*j.judgement.by_class.at("other").coverage(), 0);
  EXPECT_EQ(j.judgement.all.cases, 6);
  EXPECT_EQ(j.judgement.by_chip.at("M4").cases, 6);
  EXPECT_EQ(j.judgement.by_source.at("mine").predicted, 5);
}

TEST(Judge, PredictionsThatAreNoNumbersFail) {
  const Study study({test_file({{}})});
  for (const double value : {-1.0, std::numeric_limits<double>::infinity(), std::nan("")}) {
    const Judgement j = judge(study.requests, {predicted(value)});
    EXPECT_EQ(j.cases[0].prediction.status, Status::failed);
    EXPECT_FALSE(j.cases[0].error);
  }
  EXPECT_THROW((void)judge(study.requests, {}), InternalError);
}

TEST(Judge, GradeDIsShownNotScored) {
  const Study study({test_file({{}})});
  const Judgement j =
      judge(study.requests, {predicted(11)}, {.repeats = {}, .grades = {{"mine", "D"}}});
  EXPECT_EQ(j.cases[0].remark, "grade D: not scored");
  EXPECT_EQ(j.cases[0].trust, "D");
  EXPECT_EQ(j.all.scored, 0);
  EXPECT_EQ(j.all.predicted, 1);
}

TEST(Reports, JsonHasTheContractsFields) {
  const Judged j;
  const json root = json::parse(validation_json(
      judge(j.study.requests, j.predictions, {.repeats = {}, .grades = {{"mine", "A"}}}),
      {.version = "1.2.3"}));
  EXPECT_EQ(root["schema"], "anesim-validation/1");
  EXPECT_EQ(root["version"], "1.2.3");
  ASSERT_EQ(root["cases"].size(), 6u);
  const json expected = json::parse(R"({"baseline":null,"chip":"M4","class":"call","clock":"call",
    "error":0.1,"file":"mine","fitted_on":false,"id":"up","interval":[9.0,12.0],
    "kind":"conv_chain","measured":10.0,"metric":"latency","predicted":11.0,"reason":"",
    "reference":10.0,"reference_max":10.0,"reference_min":10.0,"repeats":2,"status":"ok",
    "trust":"A","unit":"us"})");
  json first = root["cases"][0];
  EXPECT_NEAR(first["error"].get<double>(), 0.1, 1e-12);
  first["error"] = 0.1;
  EXPECT_EQ(first, expected);
  EXPECT_TRUE(root["cases"][5]["predicted"].is_null());
  EXPECT_TRUE(root["cases"][5]["interval"].is_null());
  EXPECT_TRUE(root["cases"][5]["error"].is_null());
  EXPECT_EQ(root["cases"][5]["status"], "unsupported");
  EXPECT_EQ(root["summary"]["by_class"]["call"]["predicted"], 4);
  EXPECT_TRUE(root["summary"]["by_class"]["power"]["bias"].is_null());
}

TEST(Reports, JsonHasTheKeysOfItsSchema) {
  const json schema = json::parse(
      read_whole_file(ANESIM_SOURCE_DIR "/configs/schemas/anesim-validation-1.schema.json"));
  const Judged j;
  json root = json::parse(validation_json(j.judgement, {.worst = 1}));
  const auto same_keys = [](const json& value, const json& properties) {
    for (const auto& [key, unused] : value.items()) EXPECT_TRUE(properties.contains(key)) << key;
    for (const auto& [key, unused] : properties.items()) EXPECT_TRUE(value.contains(key)) << key;
  };
  same_keys(root, schema["properties"]);
  same_keys(root["cases"][0], schema["$defs"]["case"]["properties"]);
  same_keys(root["summary"]["all"], schema["$defs"]["statistics"]["properties"]);
  same_keys(root["summary"], schema["properties"]["summary"]["properties"]);
}

TEST(Reports, TableAndMarkdown) {
  const Judged j;
  const std::string table = validation_table(j.judgement, TableStyle::plain);
  EXPECT_THAT(table, HasSubstr("class  cases"));
  EXPECT_THAT(table, HasSubstr("15.0 %"));
  EXPECT_THAT(table, HasSubstr("unsupported: in words"));
  EXPECT_THAT(validation_table(j.judgement, TableStyle::markdown), HasSubstr("| class |"));
  const std::string worst = worst_table(j.judgement, 1, TableStyle::plain);
  EXPECT_THAT(worst, HasSubstr("mine/down"));
  EXPECT_THAT(worst, HasSubstr("1.25"));
  EXPECT_THAT(worst, ::testing::Not(HasSubstr("mine/up")));
}

TEST(Reports, NamesAreHostile) {
  const Study study({test_file({{.id = "\"=cmd|'x'!A1, \\e[31m<b>\""}})});
  const Judgement j = judge(study.requests, {predicted(11)});
  EXPECT_THAT(validation_csv(j), HasSubstr("\"'=cmd|'x'!A1, "));
  EXPECT_EQ(worst_table(j, 5, TableStyle::plain).find('\x1b'), std::string::npos);
  EXPECT_THAT(worst_table(j, 5, TableStyle::markdown), HasSubstr("\\|"));
  EXPECT_THAT(worst_table(j, 5, TableStyle::markdown), HasSubstr("\\<b>"));
}

TEST(Reports, CsvHasARowForEachCase) {
  const Judged j;
  const std::string csv = validation_csv(j.judgement);
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 7);
  EXPECT_THAT(csv, HasSubstr("mine,words,M4,other,other,latency,us,call,,3,3,3,3,1,,,,,unsupported,"
                             "in words,false,\n"));
}

std::string limits_file(const std::string& rows) {
  const auto path = std::filesystem::path(testing::TempDir()) / "anesim_limits.yaml";
  std::ofstream(path) << "schema: ane-accuracy/1\nlimits:\n" << rows;
  return path.string();
}

TEST(Limits, MissedOnesAreSentences) {
  const Judged j;
  const auto missed = [&](const std::string& rows) {
    return missed_limits(j.judgement, read_limits(limits_file(rows)));
  };
  EXPECT_TRUE(missed("  - {class: call, median: 15.1 %, p90: 20 %, coverage: 95 %}\n").empty());
  EXPECT_THAT(missed("  - {class: call, median: 14 %, p90: 10 %}\n"),
              ElementsAre("call: median error 15 % (limit 14 %)",
                          "call: 90th percentile error 19 % (limit 10 %)"));
  EXPECT_THAT(missed("  - {class: other, coverage: 95 %}\n"),
              ElementsAre("other: coverage 0 % (limit 95 %)"));
  EXPECT_THAT(missed("  - {class: other, tau: 0.75}\n"),
              ElementsAre("other: no cases to take Kendall's tau of"));
  EXPECT_THAT(missed("  - {class: other, median: 5 %}\n"),
              ElementsAre("other: no case to take the median error of (limit 5 %)"));
  // Without a case every number would hold.
  EXPECT_THAT(missed("  - {class: call, engines: 2, interval_high: 95 %}\n"),
              ElementsAre("call, 2 engines: no case of these was judged"));
  EXPECT_THAT(missed("  - {class: call, not_chip: M4, median: 5 %}\n"),
              ElementsAre("call, chips other than M4: no case of these was judged"));
}

TEST(Limits, WithoutCasesAreNamedWhereAPartIsJudged) {
  const Judged j;
  const auto limits = read_limits(
      limits_file("  - {class: call, median: 14 %}\n  - {class: training, median: 1 %}\n"
                  "  - {class: call, chip: M6, row: calls of the M6, median: 1 %}\n"));
  const Applicable some = applicable(j.judgement, limits);
  EXPECT_THAT(some.without_cases, ElementsAre("training", "calls of the M6"));
  ASSERT_EQ(some.limits.size(), 1u);
  EXPECT_THAT(missed_limits(j.judgement, some.limits),
              ElementsAre("call: median error 15 % (limit 14 %)"));
  EXPECT_EQ(missed_limits(j.judgement, limits).size(), 3u);
}

TEST(Bars, StandBesideWhatIsReached) {
  const Judged j;
  const auto limits = read_limits(
      limits_file("  - {class: call, median: 16 %, bar: {median: 15.1 %, p90: 20 %}}\n"
                  "  - {class: call, row: strict calls, bar: {median: 1 %}}\n"
                  "  - {class: other, bar: {p90: 5 %}}\n"
                  "  - {class: training, bar: {p90: 5 %}}\n  - {class: call, median: 1 %}\n"));
  const auto rows = bar_rows(j.judgement, limits);
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].name, "call");
  EXPECT_EQ(rows[0].reached.scored, 2);
  EXPECT_TRUE(rows[0].met.value());
  EXPECT_EQ(rows[1].name, "strict calls");
  EXPECT_FALSE(rows[1].met.value());
  EXPECT_FALSE(rows[2].met);  // nothing is scored
  const std::string table = bars_table(rows, TableStyle::plain);
  EXPECT_THAT(table, ::testing::ContainsRegex(
                         "call +2 +15.0 % +15.1 % +16 % +19.0 % +20 % +- +yes +- +-\n"));
  EXPECT_THAT(table, ::testing::ContainsRegex("strict calls .* no "));
  EXPECT_THAT(bars_table(rows, TableStyle::markdown), HasSubstr("| strict calls |"));
  EXPECT_THAT(validation_table(j.judgement, TableStyle::plain, rows), HasSubstr(table));
  const json bars = json::parse(validation_json(j.judgement, {.bars = rows}))["summary"]["bars"];
  EXPECT_EQ(bars[1]["row"], "strict calls");
  EXPECT_EQ(bars[1]["met"], false);
  EXPECT_EQ(bars[1]["bar"], (json{{"median", 0.01}, {"p90", nullptr}}));
  EXPECT_EQ(bars[0]["limit"], (json{{"median", 0.16}, {"p90", nullptr}}));
  EXPECT_EQ(bars[2]["met"], nullptr);
  EXPECT_EQ(bars[0]["reached"]["scored"], 2);
}

TEST(Limits, FileIsReadStrictly) {
  const auto message = [](const std::string& rows) -> std::string {
    try {
      (void)read_limits(limits_file(rows), {"M4", "M6"});
    } catch (const UserError& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_THAT(message("  - {class: calls, median: 2 %}\n"), HasSubstr("did you mean 'call'?"));
  EXPECT_THAT(message("  - {class: call, medain: 2 %}\n"), HasSubstr("did you mean 'median'?"));
  EXPECT_THAT(message("  - {class: call}\n"), HasSubstr("limits nothing"));
  EXPECT_THAT(message("  - {class: call, tau: 2}\n"), HasSubstr("expected 0..1"));
  EXPECT_THAT(message("  - {class: call, bar: {}}\n"), HasSubstr("expected median, p90 or both"));
  EXPECT_THAT(message("  - {class: call, bar: {mean: 2 %}}\n"), HasSubstr("anesim_limits.yaml:3:"));
  EXPECT_THAT(message("  []\n"), HasSubstr("has no limit"));
  EXPECT_THAT(message("  - {class: call, chip: M66, median: 2 %}\n"),
              HasSubstr("unknown chip 'M66' (did you mean 'M6'?) "
                        "(expected M4, M6)"));
  EXPECT_THAT(message("  - {class: call, not_chip: m6x, median: 2 %}\n"),
              HasSubstr("unknown chip 'm6x'"));
  EXPECT_THAT(message("  - {class: call, median: 2 kg}\n"), HasSubstr("anesim_limits.yaml:3:"));
}

TEST(Limits, ShareInTheInterval) {
  const Study study({test_file({{.id = "a", .value = 10}, {.id = "b", .workload = other_chain}})});
  Prediction inside = predicted(11), outside = predicted(30);
  inside.low = outside.low = 9;
  inside.high = outside.high = 12;
  outside.low = 20;
  const Judgement half = judge(study.requests, {inside, outside});
  Limit limit;
  limit.scored_as = Class::call;
  limit.interval_low = 0.5;
  limit.interval_high = 0.95;
  EXPECT_TRUE(missed_limits(half, {limit}).empty());
  limit.interval_low = 0.85;
  ASSERT_EQ(missed_limits(half, {limit}).size(), 1u);
  EXPECT_THAT(missed_limits(half, {limit})[0],
              HasSubstr("call: 50 % of the cases are in their 90 % interval (limits 85 % to 95 %"));
}

TEST(Limits, ShippedFilesRead) {
  const auto limits =
      read_limits(ANESIM_SOURCE_DIR "/validate/accuracy.yaml", known_chips(ANESIM_SOURCE_DIR));
  EXPECT_EQ(limits.size(), 23u);
  std::vector<std::string> bars;
  for (const Limit& limit : limits)
    if (limit.bar) bars.push_back(limit.name());
  EXPECT_THAT(bars, ElementsAre("engine, one engine", "engine, two engines", "intercept",
                                "call, M6", "call, other chips and stacks", "formats", "movement"));
  const Grades grades = read_grades(ANESIM_SOURCE_DIR "/validate/grades.yaml");
  for (const auto& file : load_measurements({ANESIM_SOURCE_DIR "/validate/measurements"})) {
    EXPECT_TRUE(grades.contains(file.source.id)) << file.source.id;
  }
  EXPECT_EQ(grades.size(), 97u);
}

TEST(Reports, WorstCasesAreListedOnRequest) {
  const Judged j;
  EXPECT_FALSE(json::parse(validation_json(j.judgement, {})).contains("worst"));
  const json worst = json::parse(validation_json(j.judgement, {.worst = 1}))["worst"];
  ASSERT_EQ(worst.size(), 1u);
  EXPECT_EQ(worst[0]["id"], "down");
  EXPECT_NEAR(worst[0]["factor"].get<double>(), 1.25, 1e-12);
}

TEST(Reports, AnInterruptedOneSaysSo) {
  Judged j;
  EXPECT_EQ(json::parse(validation_json(j.judgement, {}))["complete"], true);
  EXPECT_THAT(validation_table(j.judgement, TableStyle::plain),
              ::testing::Not(HasSubstr("interrupted")));
  j.judgement.complete = false;
  EXPECT_EQ(json::parse(validation_json(j.judgement, {}))["complete"], false);
  EXPECT_TRUE(validation_table(j.judgement, TableStyle::markdown).starts_with("interrupted: "));
}

TEST(Reports, NamesUncoveredOperations) {
  Judged j;
  EXPECT_EQ(uncovered_line(j.judgement), "");
  j.judgement.uncovered_ops = {{"gru", 3}, {"tanh", 1}};
  EXPECT_EQ(uncovered_line(j.judgement), "no measurement covers: gru (3 cases), tanh (1 case)\n");
  EXPECT_THAT(validation_table(j.judgement, TableStyle::plain), HasSubstr("tanh (1 case)"));
}

/// `count` cases of a class, predicted in the order they were measured, or the reverse.
void add_ranked(std::vector<TestCase>& cases, std::vector<Prediction>& predictions,
                const std::string& scored_as, int count, bool reversed) {
  for (int i = 0; i < count; ++i) {
    cases.push_back({.id = fmt::format("{}{}", scored_as, i),
                     .workload = fmt::format("{{kind: conv_chain, layers: {}, in_channels: {}}}",
                                             i + 1, scored_as.size()),
                     .scored_as = scored_as,
                     .value = 10.0 + i});
    predictions.push_back(predicted(reversed ? 100.0 - i : 10.0 + i));
  }
}

TEST(Order, IsOfNetworksAndLanguageModelsByChip) {
  std::vector<TestCase> cases;
  std::vector<Prediction> predictions;
  add_ranked(cases, predictions, "network", 5, false);
  add_ranked(cases, predictions, "language", 6, true);
  add_ranked(cases, predictions, "call", 9, true);
  const Study study({test_file(cases)});
  const Judgement j = judge(study.requests, predictions);
  ASSERT_EQ(j.order.size(), 1u);
  const ChipOrder& order = j.order.at("M4");
  EXPECT_EQ(order.network.cases, 5);
  EXPECT_NEAR(order.network.kendall_tau.value(), 1, 1e-12);
  EXPECT_EQ(order.language.cases, 6);
  EXPECT_NEAR(order.language.kendall_tau.value(), -1, 1e-12);
  EXPECT_THAT(order_table(j, TableStyle::plain),
              ::testing::ContainsRegex("M4 +5 +1.00 +6 +-1.00\n"));
  EXPECT_EQ(json::parse(validation_json(j, {}))["summary"]["order"]["M4"]["network"],
            (json{{"cases", 5}, {"kendall_tau", 1.0}}));
}

TEST(Order, FourCasesAreTooFew) {
  std::vector<TestCase> cases;
  std::vector<Prediction> predictions;
  add_ranked(cases, predictions, "network", 4, false);
  const Study study({test_file(cases)});
  const Judgement j = judge(study.requests, predictions);
  EXPECT_EQ(j.order.at("M4").network.cases, 4);
  EXPECT_FALSE(j.order.at("M4").network.kendall_tau);
  EXPECT_THAT(order_table(j, TableStyle::plain), ::testing::ContainsRegex("M4 +4 +- +0 +-\n"));
}

TEST(Judge, RepeatsExplainWhatLiesInsideTheirBar) {
  // Errors of a factor 2 each; one bar reaches the prediction, the other has none on its side.
  const Study study(
      {test_file({{.id = "a", .value = 10, .more = "max: 20"},
                  {.id = "b", .workload = other_chain, .value = 10, .more = "max: 20"},
                  {.id = "c", .workload = "{kind: conv_chain, in_channels: 2}"}})});
  const Judgement j = judge(study.requests, {predicted(20), predicted(5), predicted(11)});
  EXPECT_EQ(j.all.with_bar, 2);
  EXPECT_NEAR(j.all.repeats_explain.value(), 0.5, 1e-12);
}

}  // namespace
}  // namespace anesim::validate
