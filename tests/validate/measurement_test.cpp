// The reader of ane-measurements/1: everything published loads, everything wrong is refused.
#include "validate/data/measurement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "sim/core/text.h"
#include "validate/data/load.h"

namespace anesim::validate {
namespace {

using ::testing::HasSubstr;

const std::string data_folder = ANESIM_SOURCE_DIR "/validate/measurements";

constexpr const char* head = R"(schema: ane-measurements/1
source: {id: mine, title: t, url: u, licence: MIT, retrieved: 2026-11-21}
device: {chip: M4, ane_engines: 1, ane_cores: 16, memory_gb: 16}
software: {api: coreml, stack: coreml}
method: by hand
cases:
)";
constexpr const char* good_case = R"(  - id: one
    workload: {kind: conv_chain, layers: 4, in_channels: 256, kernel: [3, 3], clock: task, weights: shared}
    class: engine
    metric: latency
    unit: us
    value: 12.5
    min: 12
    max: 13
    n: 3
    at: table 1
)";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

std::string message_of(const std::string& text) {
  try {
    (void)parse_measurements(text, "mine.yaml");
  } catch (const UserError& error) {
    return error.what();
  }
  return "accepted";
}

/// Message for the good case with one thing changed.
std::string changed(const std::string& from, const std::string& to) {
  return message_of(replaced(std::string(head) + good_case, from, to));
}

TEST(Measurements, ReadsACase) {
  const auto file = parse_measurements(std::string(head) + good_case, "folder/mine.yaml");
  EXPECT_EQ(file.name, "mine");
  EXPECT_EQ(file.device.chip, "M4");
  ASSERT_EQ(file.cases.size(), 1u);
  const Case& c = file.cases[0];
  EXPECT_EQ(c.workload.kind, Kind::conv_chain);
  EXPECT_EQ(c.workload.layers, 4);
  EXPECT_EQ(c.workload.kernel, (std::vector<std::int64_t>{3, 3}));
  EXPECT_EQ(c.workload.clock, Clock::task);
  EXPECT_EQ(c.scored_as, Class::engine);
  EXPECT_EQ(c.unit, Unit::microseconds);
  EXPECT_DOUBLE_EQ(c.value, 12.5);
  EXPECT_EQ(c.n, 3);
  EXPECT_EQ(file.stack_of(c), "coreml");
  EXPECT_EQ(c.workload.canonical(),
            "clock=task;in_channels=256;kernel=3x3;kind=conv_chain;layers=4;weights=shared;");
}

TEST(Measurements, WholeFolderLoads) {
  const auto files = load_measurements({data_folder});
  EXPECT_EQ(files.size(), 97u);
  std::map<Class, int> by_class;
  std::size_t cases = 0;
  for (const auto& file : files) {
    EXPECT_EQ(file.name, file.source.id);
    cases += file.cases.size();
    for (const Case& c : file.cases) ++by_class[c.scored_as];
  }
  EXPECT_EQ(cases, 1790u);
  EXPECT_EQ(by_class[Class::call], 505);
  EXPECT_EQ(by_class[Class::formats], 212);
  EXPECT_EQ(by_class[Class::training], 14);
  EXPECT_TRUE(std::is_sorted(files.begin(), files.end(),
                             [](const auto& a, const auto& b) { return a.name < b.name; }));
}

TEST(Measurements, FileNamedTwiceIsReadOnce) {
  EXPECT_EQ(load_measurements({data_folder, data_folder + "/m6-int8.yaml"}).size(), 97u);
}

TEST(Measurements, EverySourceStandsInTheTable) {
  const std::string table = read_whole_file(data_folder + "/SOURCES.md");
  for (const auto& file : load_measurements({data_folder})) {
    EXPECT_THAT(table, HasSubstr("| " + file.name + " | " + file.device.chip + " | " +
                                 std::to_string(file.cases.size()) + " |"));
  }
}

TEST(Measurements, ErrorsNamePlaceAndCase) {
  EXPECT_THAT(changed("kind: conv_chain", "kind: conv_chian"), HasSubstr("mine.yaml:8:"));
  EXPECT_THAT(changed("kind: conv_chain", "kind: conv_chian"),
              HasSubstr("unknown kind of workload 'conv_chian' (did you mean 'conv_chain'?)"));
  EXPECT_THAT(changed("kind: conv_chain", "kind: conv_chian"), HasSubstr("(case 'one')"));
  EXPECT_THAT(changed("    unit: us\n", ""), HasSubstr("unit"));
  EXPECT_THAT(changed("value: 12.5", "value: -1"), HasSubstr("-1"));
  EXPECT_THAT(changed("value: 12.5", "value: .nan"), HasSubstr("value"));
  EXPECT_THAT(changed("layers: 4", "layer: 4"), HasSubstr("did you mean 'layers'?"));
  EXPECT_THAT(changed("layers: 4", "layers: -4"), HasSubstr("-4"));
  EXPECT_THAT(
      changed("unit: us", "unit: GB/s"),
      HasSubstr("unit 'GB/s' does not fit metric 'latency' (expected ms, ms/token, s, us)"));
  EXPECT_THAT(changed("clock: task", "clock: tsak"),
              HasSubstr("unknown clock 'tsak' (did you mean 'task'?)"));
  EXPECT_THAT(changed("class: engine", "class: engines"), HasSubstr("did you mean 'engine'?"));
  EXPECT_THAT(changed("min: 12", "min: 14"), HasSubstr("min 14 is above max 13"));
  EXPECT_THAT(changed("measurements/1", "measurements/2"), HasSubstr("ane-measurements/1"));
  EXPECT_THAT(changed("kernel: [3, 3]", "kv_heads: 3"), HasSubstr("kv_heads"));
  EXPECT_THAT(changed("weights: shared", "weights: same"), HasSubstr("expected one of shared"));
  EXPECT_THAT(changed("stack: coreml", "stack: windows"), HasSubstr("windows"));
  EXPECT_THAT(message_of(std::string(head) + good_case + good_case),
              HasSubstr("duplicate id 'one'"));
  EXPECT_THAT(message_of(head + std::string("  - 5\n")), HasSubstr("mine.yaml:7"));
  EXPECT_NE(message_of(""), "accepted");
}

TEST(Measurements, ValuesThatCannotBeAreRefused) {
  EXPECT_THAT(changed("min: 12", "min: 12.6"),
              HasSubstr("value 12.5 is below min 12.6 (expected it between min and max)"));
  EXPECT_THAT(changed("max: 13", "max: 12.4"), HasSubstr("value 12.5 is above max 12.4"));
  EXPECT_EQ(changed("min: 12", "min: 12.5"), "accepted");
  for (const char* key : {"value: 12.5", "min: 12", "max: 13", "n: 3"}) {
    const std::string name(key, std::string_view(key).find(':'));
    EXPECT_THAT(changed(key, (name == "n" ? "sustained" : name) + ": 1e308"),
                testing::AllOf(HasSubstr("1e+308 is out of range"), HasSubstr("case 'one'")))
        << key;
  }
  EXPECT_THAT(changed("value: 12.5\n    min: 12\n", "value: 1e-300\n"), HasSubstr("1e-300"));
  EXPECT_EQ(changed("value: 12.5\n    min: 12\n", "value: 0\n"), "accepted");
  // A million seconds are the end, in any unit of time.
  EXPECT_EQ(
      changed("unit: us\n    value: 12.5\n    min: 12\n    max: 13\n", "unit: s\n    value: 1e6\n"),
      "accepted");
  EXPECT_THAT(changed("unit: us\n    value: 12.5\n    min: 12\n    max: 13\n",
                      "unit: s\n    value: 1.1e6\n"),
              HasSubstr("1100000 is out of range (expected 0..1000000)"));
}

TEST(Measurements, DatesAndCasesMustBeThere) {
  for (const char* date : {"yesterday", "2026-13-01", "2026-02-30", "2026-1-01", "20261121", "''"})
    EXPECT_THAT(changed("2026-11-21", date), HasSubstr("mine.yaml:2:")) << date;
  EXPECT_THAT(changed("2026-11-21", "yesterday"),
              HasSubstr("'yesterday' is not a date (expected YYYY-MM-DD, or unstated)"));
  EXPECT_EQ(changed("2026-11-21", "unstated"), "accepted");  // an import without --retrieved
  EXPECT_THAT(message_of(std::string(head).replace(std::string(head).rfind('\n'), 1, " []\n")),
              HasSubstr("holds no case"));
}

TEST(Measurements, SuspectIsAReasonOrAFlag) {
  const std::string text = std::string(head) + good_case;
  EXPECT_EQ(parse_measurements(text + "    conditions: {suspect: short warm-up}\n", "x.yaml")
                .cases[0]
                .conditions.suspect,
            "short warm-up");
  EXPECT_TRUE(parse_measurements(text + "    conditions: {suspect: true}\n", "x.yaml")
                  .cases[0]
                  .conditions.suspect);
  EXPECT_FALSE(parse_measurements(text + "    conditions: {suspect: false}\n", "x.yaml")
                   .cases[0]
                   .conditions.suspect);
}

TEST(Measurements, EmptyFolderAndDoubledSource) {
  const auto folder = std::filesystem::path(testing::TempDir()) / "anesim_measurements";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  try {
    (void)load_measurements({folder.string()});
    FAIL();
  } catch (const UserError& error) {
    EXPECT_THAT(error.what(), HasSubstr("no measurement file in this folder"));
  }
  for (const char* name : {"a.yaml", "b.yaml"}) {
    std::ofstream(folder / name) << head << good_case;
  }
  try {
    (void)load_measurements({folder.string()});
    FAIL();
  } catch (const UserError& error) {
    EXPECT_THAT(error.what(), HasSubstr("source id 'mine' also stands in"));
  }
}

}  // namespace
}  // namespace anesim::validate
