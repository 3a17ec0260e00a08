// Who worked in a call, and that energy is told only of what it is modelled for.
#include <gmock/gmock.h>

#include "models/host/rules.h"
#include "tests/models/fixture.h"

namespace anesim::models {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

/// An engine segment of 7 us or so between two stretches of another unit of one operation each.
compiler::Program mixed(compiler::Where other, bool engine) {
  compiler::TaskDescriptor t;
  t.op = 0;
  t.busy_cores = 16;
  t.weight_bytes = 1'000'000;
  compiler::Program p = program_of({{t}});
  p.ops.resize(2);
  p.ops[1].where = other;
  compiler::Segment stretch;
  stretch.where = other;
  stretch.agent = {{1, 1e6, 1000}};
  if (!engine) p.segments.clear();
  p.segments.insert(p.segments.begin(), stretch);
  p.segments.push_back(stretch);
  return p;
}

TEST(UnitTimes, OfEachUnitWithoutTheChangesBetween) {
  const auto d = m6();
  const Result r = run(mixed(compiler::Where::cpu, true), d, 2);
  const double stretch = agent_time(d.cpu, 1e6, 1000).value * 1e6 + d.cpu.start.value * 1e6;
  EXPECT_NEAR(unit_us(r.totals, "cpu"), 2 * stretch, 1e-3);
  EXPECT_NEAR(unit_us(r.totals, "engine"), 1e6 / d.kernel_dma.rate.value * 1e6, 0.1);
  EXPECT_EQ(unit_us(r.totals, "gpu"), 0);
  EXPECT_EQ(off_engine_units(r.totals), "CPU");
  const Result gpu = run(mixed(compiler::Where::gpu, true), d);
  EXPECT_EQ(unit_us(gpu.totals, "cpu"), 0);
  EXPECT_GT(unit_us(gpu.totals, "gpu"), 0);
  EXPECT_EQ(off_engine_units(gpu.totals), "GPU");
  EXPECT_EQ(off_engine_units(run("conv_chain,in_channels=64,layers=2", d).totals), "");
}

TEST(UnitTimes, EnergyIsTheEnginesOrUnknown) {
  const auto d = m6();
  const Result both = run(mixed(compiler::Where::cpu, true), d);
  EXPECT_GT(both.totals.energy_mj.value_or(0), 0);
  EXPECT_THAT(both.notes, Contains(HasSubstr("energy does not count")));
  const Result none = run(mixed(compiler::Where::cpu, false), d);
  EXPECT_FALSE(none.totals.energy_mj);
  EXPECT_THAT(none.notes, Contains(HasSubstr("energy is not modelled")));
  const Result engine = run("conv_chain,in_channels=64,layers=2", d);
  EXPECT_GT(engine.totals.energy_mj.value_or(0), 0);
  EXPECT_THAT(engine.notes, Not(Contains(HasSubstr("energy"))));
}

TEST(UnitTimes, AStepOnTheCpuDoesNotCountAsTasksOfTheEngine) {
  const auto d = m6();
  scenario::Scenario s;
  s.programs.push_back({"p", {}});
  s.step.emplace();
  s.step->repeats = {3};
  s.streams.resize(2);
  s.streams[0].name = "call";
  s.streams[1].name = "sampling";
  s.streams[1].after = "call";
  s.streams[1].host = scenario::HostWork{0, 1000, 50};
  const auto of = [&](bool engine) {
    const FreshContext context;
    return replay_compiled(s, {mixed(compiler::Where::cpu, engine)}, d, {plain_stack()});
  };
  const double stretch = agent_time(d.cpu, 1e6, 1000).value * 1e6 + d.cpu.start.value * 1e6;
  const double host = agent_time(d.cpu, 0, 1000).value * 1e6 + 50;
  const Result cpu = of(false);
  EXPECT_EQ(cpu.step->engine_us, 0);
  EXPECT_FALSE(cpu.totals.energy_mj);
  EXPECT_NEAR(unit_us(cpu.totals, "cpu"), 3 * (2 * stretch + host), 1e-2);
  const Result both = of(true);
  EXPECT_NEAR(both.step->engine_us, 3 * 1e6 / d.kernel_dma.rate.value * 1e6, 0.3);
  EXPECT_THAT(both.notes, Contains(HasSubstr("energy does not count")));
}

}  // namespace
}  // namespace anesim::models
