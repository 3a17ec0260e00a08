// `validate` as a user calls it: what it refuses, what it says, and its exit codes.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/e2e/program.h"

namespace anesim::e2e {
namespace {

using nlohmann::json;
using testing::HasSubstr;

std::string file_of(const Folder& folder, const std::string& chip, const std::string& workload,
                    const std::string& id = "mine") {
  return folder.write(id + ".yaml",
                      "schema: ane-measurements/1\nsource: {id: " + id +
                          ", title: t, authors: a, url: u, licence: MIT, retrieved: 2026-11-21}\n"
                          "device: {chip: " +
                          chip +
                          "}\nsoftware: {api: private, stack: private}\nmethod: by hand\n"
                          "cases:\n  - {id: a, workload: " +
                          workload +
                          ", class: call, metric: latency, unit: us, value: 100, at: here}\n");
}

const std::string chain = "{kind: conv_chain, layers: 4, in_channels: 256, height: 16, width: 16}";

TEST(Validate, RefusesAWrongSettingAtOnceInEveryForm) {
  const Folder folder;
  const std::string file = file_of(folder, "M4", chain);
  for (const char* set : {"engine.clok=2 GHz", "engine.clock=2", "engine.clock=-2 GHz"}) {
    for (const char* form : {"table", "md", "csv", "json", "jsonl"}) {
      const Ended ended = anesim({"validate", file, "--set", set, "-o", form});
      EXPECT_EQ(ended.code, 2) << set << " " << form;
      EXPECT_EQ(ended.out, "") << set << " " << form;
      EXPECT_THAT(ended.err, HasSubstr("engine.clo"));
    }
  }
}

TEST(Validate, CountsAChipItDoesNotKnow) {
  const Folder folder;
  for (const char* form : {"table", "json"}) {
    const Ended ended = anesim({"validate", file_of(folder, "M99", chain), "-o", form});
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_THAT(ended.out, HasSubstr("unknown chip 'M99'"));
    EXPECT_THAT(ended.out, HasSubstr("unsupported"));
  }
}

TEST(Validate, ShowsAGradeDSourceAndDoesNotScoreIt) {
  const Ended ended =
      anesim({"validate", "validate/measurements/fidpa-bert-m4pro.yaml", "-o", "json"});
  ASSERT_EQ(ended.code, 0) << ended.err;
  const json document = json::parse(ended.out);
  ASSERT_GE(document.at("cases").size(), 1u);
  for (const json& c : document.at("cases")) {
    EXPECT_EQ(c.at("trust"), "D");
    EXPECT_EQ(c.at("status"), "ok");
    EXPECT_EQ(c.at("reason"), "grade D: not scored");
  }
  EXPECT_EQ(document.at("summary").at("all").at("scored"), 0);
  const json other =
      json::parse(anesim({"validate", "validate/measurements/m6-overlap.yaml", "-o", "json"}).out);
  EXPECT_EQ(other.at("cases").at(0).at("trust"), "A");
  const Folder folder;
  const json own =
      json::parse(anesim({"validate", file_of(folder, "M4", chain), "-o", "json"}).out);
  EXPECT_EQ(own.at("cases").at(0).at("trust"), "");
}

TEST(Validate, PrintsTheBars) {
  const Ended ended = anesim({"validate", "validate/measurements/m6-conv-kernel-slopes.yaml"});
  ASSERT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.out, testing::ContainsRegex("bars +scored +median +bar +limit"));
  EXPECT_THAT(ended.out, testing::ContainsRegex("engine, one engine +[0-9]+ .* (yes|no) "));
  EXPECT_THAT(ended.out, HasSubstr("engine, two engines"));
  EXPECT_THAT(ended.out, testing::Not(HasSubstr("call, M6")));  // no case of these
}

TEST(Validate, LimitsWithoutCasesAreNotJudgedSilently) {
  const Folder folder;
  const std::string limits =
      folder.write("limits.yaml",
                   "schema: ane-accuracy/1\nlimits:\n  - {class: call, coverage: 50 %}\n"
                   "  - {class: power, interval_high: 95 %}\n");
  const Ended part =
      anesim({"validate", file_of(folder, "M4", chain), "--fail-over", limits, "-o", "csv"});
  EXPECT_EQ(part.code, 0);
  EXPECT_EQ(part.err, "not judged: power: no case of these in the given files\n");
  for (const auto& [rows, says] : std::vector<std::pair<std::string, std::string>>{
           {"[]", "has no limit"},
           {"[{class: call, chip: M66, median: 1 %}]", "did you mean 'M6'?"},
           {"[{class: cal, median: 1 %}]", "did you mean 'call'?"}}) {
    const std::string file =
        folder.write("wrong.yaml", "schema: ane-accuracy/1\nlimits: " + rows + "\n");
    const Ended ended = anesim({"validate", file_of(folder, "M4", chain), "--fail-over", file});
    EXPECT_EQ(ended.code, 2) << rows;
    EXPECT_THAT(ended.err, HasSubstr("wrong.yaml:2:")) << rows;
    EXPECT_THAT(ended.err, HasSubstr(says));
  }
}

TEST(Validate, WorstIsForFormsThatHaveAPlaceForIt) {
  const Folder folder;
  const std::string file = file_of(folder, "M4", chain);
  for (const char* form : {"csv", "jsonl"}) {
    const Ended ended = anesim({"validate", file, "--worst", "3", "-o", form});
    EXPECT_EQ(ended.code, 2);
    EXPECT_THAT(ended.err, HasSubstr("--worst has no place in -o " + std::string(form)));
  }
  const json document = json::parse(anesim({"validate", file, "--worst", "3", "-o", "json"}).out);
  EXPECT_EQ(document.at("worst").at(0).at("id"), "a");
  EXPECT_FALSE(document.at("worst").at(0).at("seconds_by_bound").empty());
}

TEST(Validate, NamesOperationsThatNoMeasurementCovers) {
  const Folder folder;
  const std::string file =
      file_of(folder, "M4", "{kind: activation, op: softsign, shape: [1, 64, 16, 16]}");
  const Ended ended = anesim({"validate", file});
  ASSERT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("no measurement covers: softsign (1 case)"));
  const Ended covered = anesim({"validate", file_of(folder, "M4", chain)});
  EXPECT_THAT(covered.out, testing::Not(HasSubstr("no measurement covers")));
}

TEST(Validate, CountsTheParametersOfHostPaths) {
  // The A14 has no fitted value of its own; its host path has one.
  const Ended ended = anesim({"validate", "validate/measurements/vision-a14.yaml"});
  ASSERT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("parameters (device + host paths)"));
  EXPECT_THAT(ended.out,
              testing::ContainsRegex("A14 +[0-9]+ \\+ [0-9]+ +[0-9]+ \\+ [0-9]+ +0 \\+ 1 "));
}

TEST(Run, EnergyHasAnInterval) {
  const Ended ended =
      anesim({"run", "workload:matmul,m=512,k=512,n=512", "-d", "m4", "-o", "json"});
  ASSERT_EQ(ended.code, 0) << ended.err;
  const json totals = json::parse(ended.out).at("totals");
  const double energy = totals.at("energy_mj");
  ASSERT_TRUE(totals.at("energy_interval_mj").is_array());
  EXPECT_LT(totals.at("energy_interval_mj").at(0).get<double>(), energy);
  EXPECT_GT(totals.at("energy_interval_mj").at(1).get<double>(), energy);
  const double machine = totals.at("machine_energy_mj");
  EXPECT_GT(machine, energy + totals.at("idle_energy_mj").get<double>());
  EXPECT_LT(totals.at("machine_energy_interval_mj").at(0).get<double>(), machine);
  EXPECT_GT(totals.at("machine_energy_interval_mj").at(1).get<double>(), machine);
  // Powers are predicted less well than times.
  EXPECT_GT(totals.at("energy_interval_mj").at(1).get<double>() / energy,
            totals.at("interval_us").at(1).get<double>() / totals.at("simulated_us").get<double>());
  EXPECT_THAT(anesim({"run", "workload:matmul,m=512,k=512,n=512", "-d", "m4"}).out,
              testing::ContainsRegex("energy +[0-9.]+ mJ \\(90 % interval "));
}

}  // namespace
}  // namespace anesim::e2e
