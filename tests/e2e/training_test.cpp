// Training steps as a user runs them: host path, vocabulary and what the result says of both.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/e2e/program.h"

namespace anesim::e2e {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

nlohmann::json result_of(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "run");
  arguments.insert(arguments.end(), {"-d", "m4", "-o", "json"});
  const Ended ended = anesim(arguments);
  EXPECT_EQ(ended.code, 0) << ended.err;
  return nlohmann::json::parse(ended.out);
}
std::vector<std::string> notes_of(const nlohmann::json& result) { return result.at("notes"); }
double us_of(const nlohmann::json& result) { return result.at("totals").at("simulated_us"); }

TEST(Training, DynamicStepIsThatOfTheMeasuredPrograms) {
  const auto plain = result_of({"training:stories110m"});
  const auto spelled = result_of({"training:stories110m,vocabulary=9205", "--stack", "private"});
  EXPECT_EQ(us_of(plain), us_of(spelled));
  EXPECT_THAT(notes_of(plain), AllOf(Contains(HasSubstr("9205 words of the data")),
                                     Contains(HasSubstr("(update=rewrite)"))));
  EXPECT_THAT(notes_of(spelled), Not(Contains(HasSubstr("words of the data"))));
  // All on the engine, although the segmenter of Core ML would take a part off it.
  EXPECT_EQ(plain.at("totals").at("share_on_engine"), 1);
}

TEST(Training, AHostPathOfTheUsersWins) {
  const auto table = [](std::vector<std::string> more) {
    more.insert(more.begin(), {"run", "training:stories110m,pipeline=static", "-d", "m4"});
    return anesim(more).out;
  };
  EXPECT_THAT(table({}), HasSubstr("m4, stack private"));
  EXPECT_THAT(table({"--stack", "coreml"}), HasSubstr("m4, stack coreml"));
  EXPECT_THAT(anesim({"run", "network:starnet_s1", "-d", "m4"}).out, HasSubstr("stack coreml"));
}

TEST(Training, StaticStepSaysWhatAnUpdateCosts) {
  const auto plain = result_of({"training:stories110m,pipeline=static"});
  EXPECT_THAT(notes_of(plain),
              Contains(AllOf(StartsWith("the step leaves out optimiser and recompilation of 60 "
                                        "programs, "),
                             HasSubstr(" s (update=recompile), or optimiser and reload of 60 "
                                       "programs, "),
                             HasSubstr("ms (update=reload)"))));
  const auto with = result_of({"training:stories110m,pipeline=static,update=reload"});
  EXPECT_THAT(notes_of(with), Not(Contains(HasSubstr("leaves out"))));
  // The note's figure is what the parameter adds.
  for (const std::string& note : notes_of(plain)) {
    const auto end = note.find(" ms (update=reload)");
    if (end == std::string::npos) continue;
    const double said = std::stod(note.substr(note.rfind(' ', end - 1) + 1));
    EXPECT_NEAR(said, (us_of(with) - us_of(plain)) * 1e-3, 0.01 * said);
  }
}

TEST(Training, PartsThatOverlapSaySo) {
  const std::string table = anesim({"run", "training:stories110m", "-d", "m4"}).out;
  EXPECT_THAT(table, HasSubstr("spent on      parts that overlap, 1"));
}

}  // namespace
}  // namespace anesim::e2e
