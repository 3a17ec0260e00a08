// Powers and energies of a rail that the model has not are not judged against the engine's.
#include "validate/judge/rail.h"

#include <gtest/gtest.h>

#include "models/spec/resolve.h"
#include "tests/validate/fixture.h"
#include "validate/predict/predictor.h"
#include "validate/predict/run.h"

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

TEST(Rail, IsModelled) {
  for (const char* rail : {"", "ANE net", "ANE net above powered-on idle", "PP0b", "memory",
                           "package", "system", "system minus idle"})
    EXPECT_EQ(reason(rail, ""), "") << rail;
  EXPECT_EQ(reason("ANE net plus memory", "", "energy", "pJ/B"), "");
  EXPECT_EQ(reason("", "engine rail, 6 s loop"), "");
  EXPECT_EQ(reason("", "ANE counter only; CPU+GPU+ANE is 0.01019"), "");
}

TEST(Rail, InTheWordsOfANote) {
  const auto rail = [](const std::string& note) {
    const auto file = test_file({{.workload = "{kind: conv_chain, layers: 4, in_channels: 8}",
                                  .scored_as = "power",
                                  .metric = "power",
                                  .unit = "W",
                                  .more = "note: '" + note + "'"}});
    return modelled_rail(file.cases[0]);
  };
  EXPECT_EQ(rail("API: coreai; CPU+GPU+ANE counters"), Rail::package);
  EXPECT_EQ(rail("whole system minus idle"), Rail::machine_above_idle);
  EXPECT_EQ(rail("ANE counter only; CPU+GPU+ANE is 0.01019"), Rail::engine);
}

TEST(Rail, OthersAreUnsupportedByName) {
  EXPECT_EQ(reason("GPU", ""), "the GPU rail is not modelled");
  EXPECT_EQ(reason("display", "", "energy", "mJ"), "the display rail is not modelled");
}

TEST(Rail, SuppliesAddUp) {
  Totals t;
  t.energy_mj = 10;
  t.memory_energy_mj = 2;
  t.call_energy_mj = 1;
  t.idle_energy_mj = 3;
  t.machine_energy_mj = 20;
  EXPECT_DOUBLE_EQ(joules_of(t, Rail::engine), 0.010);
  EXPECT_DOUBLE_EQ(joules_of(t, Rail::engine_and_memory), 0.012);
  EXPECT_DOUBLE_EQ(joules_of(t, Rail::memory), 0.002);
  EXPECT_DOUBLE_EQ(joules_of(t, Rail::package), 0.011);
  EXPECT_DOUBLE_EQ(joules_of(t, Rail::machine), 0.020);
  EXPECT_DOUBLE_EQ(joules_of(t, Rail::machine_above_idle), 0.017);
}

/// Watts on a rail of a short chain called every 10 ms and more.
double sleeping(const std::string& rail) {
  const auto file = test_file({{.workload = "{kind: conv_chain, layers: 64, in_channels: 512, "
                                            "width: 32, sleep_us: 10000, rail: " +
                                            rail + "}",
                                .scored_as = "power",
                                .metric = "power",
                                .unit = "W"}},
                              "mine", "M6");
  return machine_predictor({ANESIM_SOURCE_DIR, {}})(request_for(file, file.cases[0])).value;
}

TEST(Rail, AMachineWhoseCallerSleepsDrawsItsIdlePower) {
  const double idle = spec::resolve_device(ANESIM_SOURCE_DIR, "m6", {}).power.idle.value;
  EXPECT_NEAR(sleeping("system"), idle + sleeping("system minus idle"), 0.02 * idle);
}

TEST(Rail, OfATimeSaysNothing) { EXPECT_EQ(reason("memory", "", "latency", "us"), ""); }

}  // namespace
}  // namespace anesim::validate
