// Chips the model does not know, and --set that no device takes.
#include "validate/predict/known_chips.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/core/error.h"
#include "tests/validate/fixture.h"

namespace anesim::validate {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

const std::string root = ANESIM_SOURCE_DIR;

TEST(KnownChips, AnUnknownOneIsUnsupportedWithTheNearestName) {
  const std::vector files{test_file({{}}, "a", "M99"), test_file({{}}, "b", "M4 Max"),
                          test_file({{}}, "c", "M5 Prow"), test_file({{}}, "d", "/etc/passwd")};
  auto requests = requests_for(files);
  mark_unknown_chips(requests, root);
  EXPECT_THAT(requests[0].unsupported, HasSubstr("unknown chip 'M99'"));
  EXPECT_EQ(requests[1].unsupported, "");
  EXPECT_EQ(requests[2].unsupported, "unknown chip 'M5 Prow' (did you mean 'm5-pro'?)");
  EXPECT_THAT(requests[3].unsupported, HasSubstr("unknown chip '/etc/passwd'"));
}

TEST(KnownChips, EveryMeasuredNameIsThere) {
  EXPECT_THAT(known_chips(root), Contains("M6"));
  EXPECT_THAT(known_chips(root), Contains("M1 Max"));
}

std::string refused(const std::string& path, const std::string& value) {
  const std::vector files{test_file({{}}, "a", "M99"), test_file({{}}, "b", "M4")};
  try {
    require_overrides(requests_for(files), root, {{path, value}});
  } catch (const UserError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Overrides, AreCheckedBeforeTheRun) {
  EXPECT_EQ(refused("engine.clock", "2 GHz"), "accepted");
  EXPECT_EQ(refused("stack.submit", "10 us"), "accepted");
  EXPECT_THAT(refused("engine.clok", "2 GHz"), HasSubstr("did you mean 'engine.clock'?"));
  EXPECT_THAT(refused("engine.clock", "2"), HasSubstr("has no unit"));
  EXPECT_THAT(refused("stack.submitt", "10 us"), HasSubstr("submit"));
  EXPECT_NE(refused("engine.clock", "-2 GHz"), "accepted");
}

}  // namespace
}  // namespace anesim::validate
