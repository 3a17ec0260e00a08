// A step of several calls and host work: order, parts, phases.
#include <gtest/gtest.h>

#include "models/host/rules.h"
#include "tests/models/fixture.h"
#include "traces/scenario/scenario.h"

namespace anesim::models {
namespace {

scenario::Stream call(const std::string& name, const std::string& after, std::size_t phase = 0) {
  scenario::Stream s;
  s.name = name;
  s.after = after;
  s.phase = phase;
  return s;
}

scenario::Stream work(const std::string& name, double us) {
  scenario::Stream s;
  s.name = name;
  s.host = scenario::HostWork{0, 1000, us};
  return s;
}

scenario::Scenario step() {
  auto s = scenario::single_call(workload("conv_chain,in_channels=64,layers=4"));
  s.streams.clear();
  s.step.emplace();
  return s;
}

TEST(Step, HostWorkTakesItsTimeAndRunsBesideTheEngine) {
  const auto device = m6();
  auto s = step();
  s.streams = {work("beside", 500), call("first", "")};
  auto joined = call("second", "first");
  joined.also_after = {"beside"};
  s.streams.push_back(joined);
  const Result r = run(s, device);
  ASSERT_TRUE(r.step);
  const double host = agent_time(device.cpu, 0, 1000).value * 1e6 + 500;
  const auto done = [&](const std::string& name) {
    for (const auto& q : r.requests)
      if (q.stream == name) return q.done_us;
    return -1.0;
  };
  EXPECT_NEAR(done("beside"), host, 1e-3);
  const double one = done("first");
  EXPECT_LT(one, host);
  EXPECT_NEAR(done("second"), host + one, 0.01);  // waits for both
  EXPECT_NEAR(r.step->us, host + one, 0.01);
  EXPECT_NEAR(r.totals.simulated_us, r.step->us, 1e-9);
}

TEST(Step, APhaseCountsAsOftenAsItRepeats) {
  const auto device = m6();
  auto s = step();
  s.step->unit = "token";
  s.step->units = 6;
  s.step->repeats = {5, 1};
  s.streams = {call("chunk", ""), call("last", "chunk", 1)};
  const Result r = run(s, device);
  ASSERT_TRUE(r.step);
  const auto& q = r.requests;
  EXPECT_NEAR(r.step->us, 5 * (q[0].done_us - q[0].issued_us) + (q[1].done_us - q[1].issued_us),
              1e-6);
  EXPECT_EQ(r.totals.macs, 6 * 4 * 64 * 64);
  double parts = 0;
  for (const auto& p : r.step->parts) parts += p.us;
  EXPECT_NEAR(parts, r.step->us, 1e-3);
}

}  // namespace
}  // namespace anesim::models
