// What run, explain and compare say where the engine does not do all the work.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/e2e/program.h"

namespace anesim::e2e {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

const char* const network = "network:mobilenet_v2";

TEST(Units, RunWithoutTheEngine) {
  const Ended text = anesim({"run", network, "-d", "m4", "--compute-units", "cpu_only"});
  ASSERT_EQ(text.code, 0) << text.err;
  EXPECT_THAT(text.out, HasSubstr("all of the work on the CPU"));
  EXPECT_THAT(text.out, ContainsRegex("\nwork .*MAC/s, all on the CPU\n"));
  EXPECT_THAT(text.out, ContainsRegex("\nran on +CPU [0-9.]+ us\n"));
  EXPECT_THAT(text.out, ContainsRegex("\nenergy +not modelled: nothing runs on the engine\n"));
  EXPECT_THAT(text.out, Not(HasSubstr("0 mJ")));
  const Ended json = anesim(
      {"run", "network:resnet50", "-d", "m4", "--compute-units", "cpu_and_gpu", "-o", "json"});
  ASSERT_EQ(json.code, 0) << json.err;
  const auto totals = nlohmann::json::parse(json.out).at("totals");
  EXPECT_TRUE(totals.at("energy_mj").is_null());
  EXPECT_EQ(totals.at("unit_us").at("engine"), 0);
  EXPECT_GT(totals.at("unit_us").at("gpu"), 0);
}

TEST(Units, StepWithoutTheEngine) {
  const char* const input = "llm:qwen3-0.6b,phase=decode,context=64";
  const Ended text = anesim({"run", input, "-d", "m4", "--compute-units", "cpu_only"});
  ASSERT_EQ(text.code, 0) << text.err;
  EXPECT_THAT(text.out, ContainsRegex("\nengine +idle\n"));
  EXPECT_THAT(text.out, Not(HasSubstr("of tasks")));
  EXPECT_THAT(text.out, Not(HasSubstr(" mJ")));
  const Ended json =
      anesim({"run", input, "-d", "m4", "--compute-units", "cpu_only", "-o", "json"});
  const auto result = nlohmann::json::parse(json.out);
  EXPECT_TRUE(result.at("step").at("energy_mj_per_unit").is_null());
  EXPECT_EQ(result.at("step").at("engine_us"), 0);
}

TEST(Units, ExplainSumsEachUnit) {
  const auto last = [](const std::string& units) {
    const Ended ended =
        anesim({"explain", "network:distilbert", "-d", "a15", "--compute-units", units});
    EXPECT_EQ(ended.code, 0) << ended.err;
    return ended.out.substr(ended.out.find("operations one after the other"));
  };
  EXPECT_THAT(last("cpu_only"),
              ContainsRegex("^operations one after the other: [0-9.]+ ms on the CPU\n"));
  EXPECT_THAT(last("cpu_and_ne"), ContainsRegex("^operations one after the other: [0-9.]+ ms on "
                                                "the engine \\(90 %: .*\\), [0-9.]+ [mu]s on the "
                                                "CPU\n"));
  const Ended json =
      anesim({"explain", network, "-d", "m4", "--compute-units", "cpu_only", "-o", "json"});
  const auto program = nlohmann::json::parse(json.out).at("programs").at(0);
  EXPECT_EQ(program.at("engine_us"), 0);
  EXPECT_TRUE(program.at("interval_us").is_null());
  EXPECT_GT(program.at("cpu_us"), 0);
}

TEST(Units, CompareLeavesOutUnknownEnergy) {
  const auto energy_rows = [](const std::string& units) {
    const Ended ended = anesim({"compare", network, "-d", "m1,m4", "--compute-units", units});
    EXPECT_EQ(ended.code, 0) << ended.err;
    return ended.out.find("energy a call") != std::string::npos;
  };
  EXPECT_TRUE(energy_rows("cpu_and_ne"));
  EXPECT_FALSE(energy_rows("cpu_only"));
}

}  // namespace
}  // namespace anesim::e2e
