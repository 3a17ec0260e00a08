// Powers and energies of a rail that the model has not are not judged against the engine's.
#include "validate/judge/rail.h"

#include <gtest/gtest.h>

#include "tests/validate/fixture.h"

namespace anesim::validate {
namespace {

/// Why the case is unsupported; "" if it is predicted.
std::string reason(const std::string& rail, const std::string& note,
                   const std::string& metric = "power", const std::string& unit = "W") {
  const auto file = test_file({{.workload = "{kind: conv_chain, layers: 4, in_channels: 8" +
                                            (rail.empty() ? "" : ", rail: " + rail) + "}",
                                .scored_as = "power",
                                .metric = metric,
                                .unit = unit,
                                .more = note.empty() ? "" : "note: '" + note + "'"}});
  return request_for(file, file.cases[0]).unsupported;
}

TEST(Rail, OfTheEngineIsModelled) {
  for (const char* rail : {"", "ANE net", "ANE net above powered-on idle", "PP0b", "memory"})
    EXPECT_EQ(reason(rail, ""), "") << rail;
  EXPECT_EQ(reason("ANE net plus memory", "", "energy", "pJ/B"), "");
  EXPECT_EQ(reason("", "engine rail, 6 s loop"), "");
  EXPECT_EQ(reason("", "ANE counter only; CPU+GPU+ANE is 0.01019"), "");
}

TEST(Rail, OthersAreUnsupportedByName) {
  EXPECT_EQ(reason("system", ""), "the system rail is not modelled");
  EXPECT_EQ(reason("package", "", "energy", "mJ"), "the package rail is not modelled");
  EXPECT_EQ(reason("", "API: coreai; CPU+GPU+ANE counters"),
            "the package (CPU, GPU and engine) rail is not modelled");
  EXPECT_EQ(reason("", "whole system minus idle"), "the system rail is not modelled");
}

TEST(Rail, OfATimeSaysNothing) { EXPECT_EQ(reason("memory", "", "latency", "us"), ""); }

}  // namespace
}  // namespace anesim::validate
