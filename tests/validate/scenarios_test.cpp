// Cases in words: the catalog of traces, and what they are predicted from.
#include "validate/data/scenarios.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <set>

#include "tests/e2e/program.h"
#include "tests/validate/fixture.h"
#include "validate/data/load.h"
#include "validate/predict/predictor.h"

namespace anesim::validate {
namespace {

using testing::HasSubstr;

const std::string index_path = ANESIM_SOURCE_DIR "/validate/scenarios/index.yaml";

std::string error_of(const std::string& rows) {
  try {
    (void)read_scenarios(
        config::parse_yaml("schema: ane-scenarios/1\nscenarios:\n" + rows, index_path));
  } catch (const UserError& e) {
    return e.what();
  }
  return "accepted";
}

TEST(Scenarios, RefusesWithPlace) {
  EXPECT_EQ(error_of("  - {words: a, trace: peak_fp16.yaml}\n"), "accepted");
  EXPECT_THAT(error_of("  - {words: a, trace: nowhere.yaml}\n"), HasSubstr("is not a file"));
  EXPECT_THAT(error_of("  - {words: a}\n"), HasSubstr("index.yaml:3:5: "));
  EXPECT_THAT(error_of("  - {words: a, trace: peak_fp16.yaml, unsupported: b}\n"),
              HasSubstr("needs one of"));
  EXPECT_THAT(error_of("  - {words: a, unsupported: b}\n  - {words: a, unsupported: c}\n"),
              HasSubstr("index.yaml:4:5: "));
  EXPECT_THAT(error_of("  - {words: a, trace: peak_fp16.yaml, value: whol}\n"),
              HasSubstr("did you mean 'whole'?"));
}

TEST(Scenarios, AWorkloadIsReadLikeThatOfACase) {
  EXPECT_EQ(error_of("  - {words: a, workload: {kind: model, name: b}}\n"), "accepted");
  EXPECT_THAT(error_of("  - {words: a, workload: {kind: modl, name: b}}\n"),
              HasSubstr("index.yaml:3:"));
  EXPECT_THAT(error_of("  - {words: a, value: whole, workload: {kind: model, name: b}}\n"),
              HasSubstr("'value' is of a trace"));
}

TEST(Scenarios, AStepOfTheClockGoesUp) {
  const auto step = [](const std::string& text) {
    return error_of("  - {words: a, clock_step: " + text + "}\n");
  };
  EXPECT_EQ(step("{from: 852 MHz, until: 2448 MHz}"), "accepted");
  EXPECT_THAT(step("{from: 2448 MHz, until: 852 MHz}"), HasSubstr("index.yaml:3:"));
  EXPECT_THAT(step("{from: 852 MHz, until: 2448}"), HasSubstr("'2448' has no unit"));
  EXPECT_THAT(step("{from: 852 MHz, until: 2448 ms}"), HasSubstr("index.yaml:3:"));
  EXPECT_THAT(step("{from: 852 MHz}"), HasSubstr("until"));
  EXPECT_THAT(error_of("  - {words: a, unsupported: b, clock_step: {from: 1 Hz, until: 2 Hz}}\n"),
              HasSubstr("needs one of"));
}

TEST(Scenarios, AStepOfTheClockTakesTheTimeOfTheRule) {
  const auto rise = [](const std::string& chip, const std::string& unit) {
    const auto file = test_file({{.workload = "{kind: other, description: words}",
                                  .scored_as = "other",
                                  .metric = "other",
                                  .unit = unit}},
                                "mine", chip);
    const ScenarioCatalog catalog{
        {.words = "words", .clock_step = ClockStep{Hertz(852e6), Hertz(2580e6)}}};
    const auto request = request_for(file, file.cases.at(0), catalog);
    return machine_predictor({ANESIM_SOURCE_DIR, {}})(request);
  };
  const Prediction p = rise("M6", "ms");
  ASSERT_EQ(p.status, Status::ok) << p.reason;
  EXPECT_NEAR(p.value, 180, 1e-9);
  EXPECT_NEAR(rise("M6", "us").value, 180e3, 1e-6);
  EXPECT_EQ(rise("M6", "MHz").status, Status::unsupported);
}

TEST(Scenarios, AWorkloadTakesThePlaceOfTheWords) {
  std::vector<MeasurementFile> files{
      test_file({{.id = "a",
                  .workload = "{kind: other, description: 'two words', rail: system, idle_ms: 30}"},
                 {.id = "b", .workload = "{kind: other, description: 'other words'}"},
                 {.id = "c", .workload = "{kind: conv_chain, layers: 4, in_channels: 8}"}})};
  ScenarioCatalog catalog(1);
  catalog[0].words = "two words";
  catalog[0].workload = Workload{};
  catalog[0].workload->kind = Kind::model;
  catalog[0].workload->name = "ResNet-50";
  apply_workloads(files, catalog);
  const auto& cases = files[0].cases;
  EXPECT_EQ(cases[0].workload.kind, Kind::model);
  EXPECT_EQ(cases[0].workload.name, "ResNet-50");
  EXPECT_EQ(cases[0].workload.rail, "system") << "the supply is the case's";
  EXPECT_EQ(cases[0].workload.idle_s, 0.03);
  EXPECT_EQ(cases[1].workload.kind, Kind::other);
  EXPECT_EQ(cases[2].workload.kind, Kind::conv_chain);
}

/// All pairs would take the time limit.
TEST(Scenarios, ManyEntriesAreRead) {
  std::string rows;
  for (int i = 100'000; i < 200'000; ++i)
    rows += "  - {words: " + std::to_string(i) + ", unsupported: b}\n";
  const auto root = config::parse_yaml("schema: ane-scenarios/1\nscenarios:\n" + rows, index_path);
  EXPECT_EQ(read_scenarios(root).size(), 100'000u);
}

TEST(Scenarios, EveryEntryIsOfACase) {
  const auto catalog = load_scenarios(index_path);
  std::set<std::string> words;
  for (const auto& file : load_measurements({ANESIM_SOURCE_DIR "/validate/measurements"})) {
    for (const Case& c : file.cases) words.insert(c.workload.description.value_or(""));
  }
  for (const ScenarioEntry& entry : catalog) EXPECT_EQ(words.count(entry.words), 1u) << entry.words;
}

/// Predicts a case of kind other on an M6 by the trace in `text`.
Prediction by_trace(const std::string& text, ScenarioValue value, const std::string& unit = "us") {
  const e2e::Folder folder;
  const auto file = test_file({{.workload = "{kind: other, description: words, engines: 1}",
                                .scored_as = "other",
                                .metric = unit == "us" ? "latency" : "other",
                                .unit = unit}},
                              "mine", "M6");
  const ScenarioCatalog catalog{
      {.words = "words", .trace = folder.write("t.yaml", text), .value = value}};
  const auto request = request_for(file, file.cases.at(0), catalog);
  return machine_predictor({ANESIM_SOURCE_DIR, {}})(request);
}

constexpr const char* two_calls =
    "schema: ane-trace/1\n"
    "programs: [{name: net, workload: conv_chain, parameters: {in_channels: 64, layers: 4}}]\n"
    "streams:\n  - {name: a, program: net}\n  - {name: b, program: net, after: a}\n";

TEST(Scenarios, ACallOrTheWhole) {
  const Prediction call = by_trace(two_calls, ScenarioValue::call);
  const Prediction whole = by_trace(two_calls, ScenarioValue::whole);
  ASSERT_EQ(call.status, Status::ok) << call.reason;
  ASSERT_EQ(whole.status, Status::ok) << whole.reason;
  EXPECT_NEAR(whole.value, 2 * call.value, 1e-6 * whole.value);
  EXPECT_EQ(call.breakdown.macs, 4 * 64 * 64);
  EXPECT_EQ(whole.breakdown.macs, 2 * 4 * 64 * 64);
}

Prediction on_m6(const std::string& workload, const std::string& scored_as = "queue") {
  const auto file = test_file({{.workload = workload, .scored_as = scored_as}}, "mine", "M6");
  return machine_predictor({ANESIM_SOURCE_DIR, {}})(request_for(file, file.cases.at(0)));
}

TEST(Company, AnotherProcessOnTheSecondEngineOnlySharesMemory) {
  const std::string weights =
      "kind: conv_chain, layers: 40, in_channels: 512, height: 1, width: 16, engines: 1, "
      "clock: task";
  const double alone = on_m6("{" + weights + "}").value;
  const double beside =
      on_m6("{" + weights + ", concurrent: a second process running the same model}").value;
  EXPECT_GT(beside, 1.2 * alone) << "both stream weights";
  EXPECT_LT(beside, 2.1 * alone) << "but each has an engine";
}

TEST(Clocks, AGapIsWhatACycleHasBesideTheTimeFromSubmitToEnd) {
  for (const char* engines : {"1", "2"}) {
    const std::string chain =
        "{kind: conv_chain, layers: 8, in_channels: 512, height: 16, width: 32, engines: " +
        std::string(engines) + ", clock: ";
    const double submit = on_m6(chain + "submit}").value, gap = on_m6(chain + "gap}").value;
    EXPECT_NEAR(submit + gap, on_m6(chain + "call}").value, 1e-3) << engines;
    EXPECT_GT(gap, 100) << engines;
  }
}

TEST(Company, TheGpuTakesMemoryBandwidth) {
  const std::string stream =
      "kind: stream, bytes: 50331648, direction: read, what: weights, engines: 1, clock: submit";
  const double alone = on_m6("{" + stream + "}").value;
  const double beside = on_m6("{" + stream + ", concurrent: GPU reading 1 GiB}").value;
  EXPECT_GT(beside, 1.3 * alone);
  const Prediction unknown = on_m6("{" + stream + ", concurrent: the weather}");
  EXPECT_EQ(unknown.status, Status::unsupported);
  EXPECT_EQ(unknown.reason, "other memory traffic: the weather");
}

}  // namespace
}  // namespace anesim::validate
