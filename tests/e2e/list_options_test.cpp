// Options that may stand several times take one word each: what follows is the input.
#include <gmock/gmock.h>

#include "tests/e2e/program.h"

namespace anesim::e2e {
namespace {

using testing::HasSubstr;

const std::string product = "workload:matmul,m=64,k=64,n=64";

struct Line {
  std::string name;
  std::vector<std::string> words;
  std::string shows;
};

void PrintTo(const Line& line, std::ostream* out) { *out << line.name; }

class ListOption : public testing::TestWithParam<Line> {};

TEST_P(ListOption, LeaveTheInputAlone) {
  const Ended e = anesim(GetParam().words);
  EXPECT_EQ(e.code, 0) << e.err;
  EXPECT_THAT(e.out, HasSubstr(GetParam().shows));
}

INSTANTIATE_TEST_SUITE_P(
    Verbs, ListOption,
    testing::Values(
        Line{"run_device", {"run", "-d", "m5", product}, "on m5"},
        Line{"run_devices", {"run", "-d", "m5,m6", product, "-o", "csv"}, "m6"},
        Line{"run_device_twice", {"run", "-d", "m5", "-d", "m6", product, "-o", "csv"}, "m6"},
        Line{"run_set", {"run", "--set", "engine.clock=1 GHz", product}, "m4"},
        Line{"explain_device", {"explain", "-d", "m5", product}, "1 of 1 operations"},
        Line{"compare_devices", {"compare", "-d", "m4,m6", product}, "m6"},
        Line{"list_device", {"list", "-d", "m1", "ops"}, "conv"},
        Line{"check_dim", {"check", "--dim", "x=1", "configs/devices/m4.yaml"}, "m4.yaml"},
        Line{"validate_set",
             {"validate", "--set", "engine.clock=1 GHz", "validate/measurements/m6-overlap.yaml"},
             "M6"}),
    [](const auto& test) { return test.param.name; });

TEST(ListOptions, OfInputsNameWhatIsWrongWithThemNotWithTheInput) {
  const Ended dim = anesim({"run", "--dim", "x=1", "traces/examples/conv_block.mil"});
  EXPECT_EQ(dim.code, 2);
  EXPECT_THAT(dim.err, HasSubstr("--dim x: input has the fixed shape"));
  const Ended graph = anesim({"validate", "--graph", "none=traces/examples/conv_block.mil",
                              "validate/measurements/m6-overlap.yaml"});
  EXPECT_EQ(graph.code, 2);
  EXPECT_THAT(graph.err, HasSubstr("--graph: no case is named 'none'"));
}

}  // namespace
}  // namespace anesim::e2e
