// Ctrl-C: exit code 130, what is finished is kept and says that it is not all.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/e2e/program.h"

namespace anesim::e2e {
namespace {

using nlohmann::json;
using testing::HasSubstr;

/// `timeout` sends the signal; its own exit code would be 124.
Ended interrupted_after(const std::string& seconds, const std::string& arguments) {
  return shell("timeout -s INT --preserve-status " + seconds + " anesim " + arguments);
}

/// As late as it takes for something to be done: a busy machine may need longer than seconds.
Ended interrupted_with_results(const std::string& arguments) {
  Ended ended;
  for (const char* seconds : {"2", "8", "25"}) {
    ended = interrupted_after(seconds, arguments);
    if (!ended.out.empty()) break;
  }
  return ended;
}

/// A call that takes hours to replay; what comes before it is done in time.
const std::string endless = "traces/examples/vit_encoder.mil --calls 1000000";

TEST(Interrupt, KeepsCallsThatHaveReturned) {
  const Ended ended = interrupted_with_results("run " + endless + " -o json");
  EXPECT_EQ(ended.code, 130);
  EXPECT_THAT(ended.err, HasSubstr("interrupted: the calls that had returned are kept"));
  const json result = json::parse(ended.out, nullptr, false);
  ASSERT_FALSE(result.is_discarded());
  EXPECT_EQ(result.at("complete"), false);
  EXPECT_GE(result.at("requests").size(), 1u);
  EXPECT_LT(result.at("requests").size(), 1000000u);
  EXPECT_THAT(result.at("notes").dump(), HasSubstr(" of 1000000 calls"));
}

TEST(Interrupt, KeepsDevicesThatAreDone) {
  const Folder folder;
  const std::string trace = folder.write(
      "t.yaml",
      "schema: ane-trace/1\nprograms: [{name: a, workload: matmul, parameters: {m: 64, k: 64, n: "
      "64}}]\nstreams: [{name: s, program: a, count: 2000}]\n");
  std::string devices = "m4";
  for (int i = 1; i < 1000; ++i) devices += ",m4";
  const Ended ended = interrupted_with_results("run " + trace + " -d " + devices + " -o json");
  EXPECT_EQ(ended.code, 130);
  EXPECT_THAT(ended.err, HasSubstr(" of 1000 devices are kept"));
  const json results = json::parse(ended.out, nullptr, false);
  ASSERT_TRUE(results.is_array()) << ended.out.substr(0, 200);
  EXPECT_GE(results.size(), 1u);
  EXPECT_LT(results.size(), 1000u);
  for (const json& result : results) EXPECT_EQ(result.at("complete"), false);
}

TEST(Interrupt, BeforeAnythingIsDoneEndsAtOnce) {
  const Ended ended = interrupted_after("0.5", "calibrate --quiet");
  EXPECT_EQ(ended.code, 130);
}

TEST(Interrupt, LinesLeaveWhenTheyAreDone) {
  const Ended ended = shell("anesim run workload:matmul,m=64,k=64,n=64 -d m1,m4,m6 -o jsonl");
  EXPECT_EQ(ended.code, 0);
  EXPECT_EQ(std::count(ended.out.begin(), ended.out.end(), '\n'), 3);
}

}  // namespace
}  // namespace anesim::e2e
