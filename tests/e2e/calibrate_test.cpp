// `anesim calibrate` as a user meets it: its patch applies, outputs are checked first, Ctrl-C is
// clean, and the program itself does not load the solver.
#include <gmock/gmock.h>

#include "tests/e2e/program.h"

namespace anesim::e2e {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string one_file = "validate/measurements/aneforge-m2pro.yaml";

TEST(CalibrateVerb, WritesAPatchThatAppliesAndTouchesNothing) {
  const Folder folder;
  const std::string patch = folder.path("m2.patch");
  const std::string before = file_text(source("configs/devices/m2.yaml"));
  const Ended first = anesim({"calibrate", one_file, "-d", "m2", "--patch", patch});
  EXPECT_EQ(first.code, 0) << first.err;
  EXPECT_THAT(first.out, HasSubstr("power.mac"));
  EXPECT_THAT(first.out, HasSubstr("1 case in 1 fold"));
  EXPECT_EQ(first.err, "");
  EXPECT_EQ(file_text(source("configs/devices/m2.yaml")), before);
  const Ended again = anesim({"calibrate", one_file, "-d", "m2", "--patch", "-"});
  EXPECT_EQ(again.out, file_text(patch));
  EXPECT_EQ(anesim({"calibrate", one_file, "-d", "m2"}).out, first.out);
  // A bare Debian has neither tool.
  std::string apply = "git apply --check ";
  if (shell("command -v git").code != 0) {
    if (shell("command -v patch").code != 0) GTEST_SKIP() << "neither git nor patch is installed";
    apply = "patch --dry-run -p1 -i ";
  }
  const Ended applies = shell(apply + patch);
  EXPECT_EQ(applies.code, 0) << applies.err << file_text(patch);
}

TEST(CalibrateVerb, TakesFilesAfterTheDevice) {
  const Ended before = anesim({"calibrate", one_file, "-d", "m2", "-o", "csv"});
  const Ended after = anesim({"calibrate", "-d", "m2", one_file, "-o", "csv"});
  EXPECT_EQ(after.code, 0) << after.err;
  EXPECT_EQ(after.out, before.out);
  const Ended twice = anesim({"calibrate", "-d", "m2", "--stack", "linux", one_file, "-o", "csv"});
  EXPECT_EQ(twice.code, 0) << twice.err;
}

TEST(CalibrateVerb, KeepsAValueWhoseFitIsWorse) {
  const std::string file = "validate/measurements/aneforge-m5base.yaml";
  const Ended e = anesim({"calibrate", "-d", "m5", "--all-cases", file, "--patch", "-"});
  EXPECT_EQ(e.code, 0) << e.err;
  EXPECT_EQ(e.out, "") << "the fit of power.mac raises the median error";
  const Ended told = anesim({"calibrate", "-d", "m5", "--all-cases", file});
  EXPECT_THAT(told.out, HasSubstr("not better"));
}

TEST(CalibrateVerb, FormsForPrograms) {
  const Ended json = anesim({"calibrate", one_file, "-d", "m2", "-o", "json"});
  EXPECT_THAT(json.out, HasSubstr("\"schema\": \"anesim-fit/1\""));
  EXPECT_THAT(json.out, HasSubstr("\"verdict\": \"fitted\""));
  const Ended csv = anesim({"calibrate", one_file, "-d", "m2", "-o", "csv"});
  EXPECT_THAT(csv.out, HasSubstr("unit,parameter,value,fitted,"));
}

TEST(CalibrateVerb, RefusesBeforeItWorks) {
  const auto refused = [](const std::vector<std::string>& more) {
    std::vector<std::string> words{"calibrate"};
    words.insert(words.end(), more.begin(), more.end());
    const Ended e = anesim(words, {.seconds = 30});  // a fit of all devices takes minutes
    EXPECT_EQ(e.code, 2);
    EXPECT_EQ(e.out, "");
    return e.err;
  };
  EXPECT_THAT(refused({"--patch", "/nowhere/x.patch"}), HasSubstr("cannot write into folder"));
  EXPECT_THAT(refused({"--residuals", "/nowhere/x.yaml"}), HasSubstr("cannot write into folder"));
  EXPECT_THAT(refused({"--patch", source("configs/devices/m6.yaml")}),
              HasSubstr("would overwrite its input"));
  EXPECT_THAT(refused({"--residuals", source(one_file), source(one_file)}),
              HasSubstr("would overwrite its input"));
  EXPECT_THAT(refused({"-d", "m66"}), HasSubstr("did you mean 'm6'?"));
  EXPECT_THAT(refused({"--residuals", "r.yaml", "--patch", "p"}), HasSubstr("present values"));
}

TEST(CalibrateVerb, CtrlCLeavesNoPatch) {
  const Folder folder;
  const Ended e = shell("timeout --preserve-status -s INT 1 anesim calibrate -d m6 --patch " +
                        folder.path("p.patch"));
  EXPECT_EQ(e.code, 130) << e.err;
  EXPECT_TRUE(folder.names().empty());
}

TEST(CalibrateVerb, TheProgramDoesNotLoadTheSolver) {
  const Ended e = shell("ldd \"$(readlink -f \"$(command -v anesim)\")\"");
  if (e.code != 0) GTEST_SKIP() << e.err;
  EXPECT_THAT(e.out, Not(HasSubstr("libceres")));
}

}  // namespace
}  // namespace anesim::e2e
