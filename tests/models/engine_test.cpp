// One engine with hand-made descriptors: exact times. Clocks are 1 GHz and the DMA engines move a
// byte a nanosecond, so cycles, bytes and nanoseconds are the same numbers.
#include "models/engine/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "models/context.h"
#include "sim/core/error.h"

namespace anesim::models {
namespace {

using compiler::Meeting;
using compiler::TaskDescriptor;
using compiler::Unit;

spec::DeviceSpec round_device() {
  spec::DeviceSpec d;
  d.engine.cores = 16;
  d.engine.clock = Hertz(1e9);
  d.planar.clock = Hertz(1e9);
  d.planar.overflow_rate = BytesPerSecond(1e9);
  d.kernel_dma.rate = BytesPerSecond(1e9);
  d.tile_dma.rate = BytesPerSecond(1e9);
  d.tile_dma.cached_rate = BytesPerSecond(2e9);
  d.dual.sync = Seconds(100e-9);
  d.dual.merge = Seconds(700e-9);
  // Memory of 100 bytes a nanosecond, so that the DMA engines alone limit.
  d.memory.sram_bandwidth = BytesPerSecond(100e9);
  d.memory.dram_channels = 1;
  d.memory.dram_channel_bits = 8;
  d.memory.dram_rate = 100e9;
  d.memory.dram_efficiency = 1;
  return d;
}

TaskDescriptor cores(double cycles, std::int64_t units = 1) {
  TaskDescriptor t;
  t.op = 0;
  t.unit = Unit::ne;
  t.busy_cores = 16;
  t.cycles_large = cycles;
  t.work_units = units;
  return t;
}

class EngineTest : public testing::Test, protected Completion {
 protected:
  EngineTest() {
    const PortId kernel = fabric.add_port("kernel", device.kernel_dma.rate);
    for (std::size_t e = 0; e < 2; ++e)
      engines.push_back(std::make_unique<Engine>(e == 0 ? "ane0" : "ane1", e, device, fabric,
                                                 kernel, exchange, recorder));
  }
  void completed(int tag) override {
    end_ns.at(static_cast<std::size_t>(tag)) =
        static_cast<double>(sc_core::sc_time_stamp().value()) * 1e-3;
  }
  void start(std::vector<TaskDescriptor> list, std::size_t e = 0, bool meetings = false) {
    lists.at(e) = std::move(list);
    engines[e]->run(lists[e], device.engine.clock, meetings, &ops, &labels, this,
                    static_cast<int>(e));
  }
  /// Nanoseconds of a list alone on the first engine.
  double time(std::vector<TaskDescriptor> list) {
    start(std::move(list));
    sc_core::sc_start();
    EXPECT_FALSE(engines[0]->busy());
    return end_ns[0];
  }
  /// Nanoseconds that the rule gives for one descriptor.
  double rule(const TaskDescriptor& t) const {
    return lone_descriptor_time(t, device, device.engine.clock).value * 1e9;
  }

  static constexpr double exact = 0.02;  ///< ns: a few roundings to picoseconds

  FreshContext context;
  spec::DeviceSpec device = round_device();
  Recorder recorder{true};
  Fabric fabric{"fabric", device.memory, recorder};
  Exchange exchange{"exchange", device.dual, 2};
  std::vector<std::unique_ptr<Engine>> engines;
  std::vector<std::vector<TaskDescriptor>> lists{2};
  std::vector<OpRecord> ops{1};
  std::vector<int> labels{0};
  std::vector<double> end_ns{-1, -1};
};

TEST_F(EngineTest, NothingToDo) {
  start({});
  EXPECT_EQ(end_ns[0], 0);
  EXPECT_FALSE(engines[0]->busy());
}

TEST_F(EngineTest, ComputeOnly) {
  TaskDescriptor t = cores(1000);
  t.fill_cycles = 50;
  EXPECT_NEAR(time({t}), 1050, exact);
  EXPECT_NEAR(rule(t), 1050, exact);
  EXPECT_EQ(engines[0]->statistics().descriptors, 1);
  EXPECT_NEAR(engines[0]->statistics().busy_s, 1050e-9, 1e-12);
  EXPECT_NEAR(engines[0]->statistics().bound_s[static_cast<int>(Bound::compute)], 1050e-9, 1e-12);
}

TEST_F(EngineTest, CoresWithLessWorkWait) {
  TaskDescriptor t = cores(1600);
  t.busy_cores = 10;
  t.cycles_small = 1500;
  EXPECT_NEAR(time({t}), 1600, exact);
  for (std::size_t c = 0; c < 16; ++c)
    EXPECT_NEAR(engines[0]->cores()[c]->statistics().busy_s * 1e9, c < 10 ? 1600 : 1500, exact);
}

TEST_F(EngineTest, IdleCores) {
  TaskDescriptor t = cores(1600);
  t.busy_cores = 5;
  EXPECT_NEAR(time({t}), 1600, exact);
  for (std::size_t c = 0; c < 16; ++c)
    EXPECT_NEAR(engines[0]->cores()[c]->statistics().busy_s * 1e9, c < 5 ? 1600 : 0, exact);
}

TEST_F(EngineTest, DescriptorsDoNotOverlap) {
  TaskDescriptor load = cores(100);
  load.weight_bytes = 6400;
  // 6400 ns of weights and the last 64th of the cycles, three times; nothing is fetched ahead.
  EXPECT_NEAR(time({load, load, load}), 3 * (6400 + 100 / 64.0), 3 * exact);
}

TEST_F(EngineTest, WeightBound) {
  TaskDescriptor t = cores(6400);
  t.weight_bytes = 64000;
  // The last of 64 pieces is computed on after its arrival.
  EXPECT_NEAR(time({t}), 64000 + 100, exact);
  EXPECT_NEAR(rule(t), 64100, exact);
  EXPECT_NEAR(engines[0]->statistics().core_stall_s, 1000e-9, 1e-12);  // the first piece
  EXPECT_NEAR(engines[0]->kernel_dma().statistics().busy_s, 64e-6, 1e-11);
  EXPECT_NEAR(engines[0]->statistics().bound_s[static_cast<int>(Bound::weights)], 64.1e-6, 1e-10);
}

TEST_F(EngineTest, ComputeBoundWithWeights) {
  TaskDescriptor t = cores(64000);
  t.weight_bytes = 6400;
  EXPECT_NEAR(time({t}), 100 + 64000, exact);
}

TEST_F(EngineTest, ASlowStreamTakesLongerOverTheSameLink) {
  TaskDescriptor t = cores(0);
  t.weight_bytes = 6400;
  t.weight_seconds_per_byte_scale = 1.25;
  EXPECT_NEAR(time({t}), 8000, exact);
  EXPECT_EQ(engines[0]->kernel_dma().statistics().bytes, 6400);
}

TEST_F(EngineTest, ReadsArePipelinedByWorkUnit) {
  TaskDescriptor t = cores(8000, 4);
  t.read_bytes = 4000;
  EXPECT_NEAR(time({t}), 1000 + 8000, exact);  // the first quarter, then all cycles
}

TEST_F(EngineTest, ReadBound) {
  TaskDescriptor t = cores(4000, 4);
  t.read_bytes = 8000;
  EXPECT_NEAR(time({t}), 8000 + 1000, exact);
}

TEST_F(EngineTest, OneWorkUnitAddsUp) {
  TaskDescriptor t = cores(4000, 1);
  t.read_bytes = 3000;
  t.write_bytes = 2000;
  EXPECT_NEAR(time({t}), 3000 + 4000 + 2000, exact);
  EXPECT_NEAR(rule(t), 9000, exact);
}

TEST_F(EngineTest, WritesFollowTheWorkUnits) {
  TaskDescriptor t = cores(8000, 4);
  t.write_bytes = 4000;
  EXPECT_NEAR(time({t}), 8000 + 1000, exact);  // the last quarter after the last cycles
}

TEST_F(EngineTest, WriteBound) {
  TaskDescriptor t = cores(4000, 4);
  t.write_bytes = 8000;
  EXPECT_NEAR(time({t}), 1000 + 8000, exact);  // after the first unit the writes never rest
}

TEST_F(EngineTest, ReadsAndWritesShareTheTileDma) {
  TaskDescriptor t = cores(4000, 4);
  t.read_bytes = 4000;
  t.write_bytes = 4000;
  // Read: 2000 B alone until 2000 ns, 2000 B at half rate until 6000 ns; a last unit of cycles
  // until 7000 ns. Write: three quarters from 2000 ns, 2000 B at half rate, 1000 B alone until
  // 7000 ns, then the last quarter.
  EXPECT_NEAR(time({t}), 8000, exact);
  EXPECT_NEAR(rule(t), 8000, exact);
}

TEST_F(EngineTest, CachedDataIsFaster) {
  TaskDescriptor t = cores(0, 1);
  t.read_bytes = 4000;
  t.cached_fraction = 1;
  EXPECT_NEAR(time({t}), 2000, exact);
  EXPECT_NEAR(fabric.links()[1].bytes, 4000, 1e-6);  // over the SRAM, not DRAM
  EXPECT_NEAR(fabric.links()[0].bytes, 0, 1e-6);
}

TEST_F(EngineTest, PartlyCached) {
  TaskDescriptor t = cores(0, 1);
  t.read_bytes = 4000;
  t.cached_fraction = 0.25;
  EXPECT_NEAR(time({t}), 1000 / 2.0 + 3000, exact);
  EXPECT_NEAR(fabric.links()[1].bytes, 1000, 1e-6);  // each byte on one of the two ways
  EXPECT_NEAR(fabric.links()[0].bytes, 3000, 1e-6);
  EXPECT_NEAR(engines[0]->tile_read().statistics().bytes, 4000, 1e-6);
}

TEST_F(EngineTest, PlanarTask) {
  TaskDescriptor t;
  t.op = 0;
  t.unit = Unit::planar;
  t.planar_cycles = 1000;
  t.planar_fixed_us = 0.35;
  EXPECT_NEAR(time({t}), 1350, exact);
  EXPECT_NEAR(engines[0]->planar().statistics().busy_s, 1350e-9, 1e-12);
  EXPECT_EQ(engines[0]->cores()[0]->statistics().busy_s, 0);
}

TEST_F(EngineTest, PlanarOperandsBeyondL2) {
  TaskDescriptor t;
  t.op = 0;
  t.unit = Unit::planar;
  t.planar_cycles = 640;
  t.overflow_bytes = 6400;
  EXPECT_NEAR(time({t}), 6400 + 10, exact);
}

TEST_F(EngineTest, L2BesideTheCores) {
  TaskDescriptor t = cores(1000);
  t.l2_cycles = 1500;
  EXPECT_NEAR(time({t}), 1500, exact);
  EXPECT_NEAR(engines[0]->statistics().bound_s[static_cast<int>(Bound::l2)], 1500e-9, 1e-12);
}

TEST_F(EngineTest, ExposedPartOfL2) {
  device.l2.exposed = 0.1;
  TaskDescriptor t = cores(1000);
  t.l2_cycles = 500;
  EXPECT_NEAR(time({t}), 1050, exact);
  EXPECT_NEAR(rule(t), 1050, exact);
  EXPECT_NEAR(engines[0]->l2().statistics().busy_s * 1e9, 550, exact);
  EXPECT_NEAR(engines[0]->cores()[0]->statistics().busy_s * 1e9, 1000, exact);
}

TEST_F(EngineTest, CoresWaitForTheExposedPartOfASlowL2) {
  device.l2.exposed = 0.1;
  TaskDescriptor t = cores(1000);
  t.l2_cycles = 2000;
  EXPECT_NEAR(time({t}), 2200, exact);
  // The cores work from 200 to 1200 ns.
  for (const auto& slice : recorder.slices)
    if (recorder.tracks[static_cast<std::size_t>(slice.track)] == "ANE0 core 0") {
      EXPECT_NEAR(static_cast<double>(slice.start_ps) * 1e-3, 200, exact);
      EXPECT_NEAR(static_cast<double>(slice.end_ps) * 1e-3, 1200, exact);
    }
  EXPECT_NEAR(time({t, t}), 2200 + 4400, exact);  // free again for the next descriptor
}

TEST_F(EngineTest, InputsThatEndWhileTheCoresWaitForL2) {
  device.l2.exposed = 1;
  TaskDescriptor t = cores(1000);
  t.l2_cycles = 800;
  t.weight_bytes = 64;  // there after 64 ns, the cores start at 1 + 800 ns
  EXPECT_NEAR(time({t}), 1 + 800 + 1000, exact);
}

TEST_F(EngineTest, AMoveWithoutCompute) {
  TaskDescriptor t;
  t.op = 0;
  t.unit = Unit::dma;
  t.work_units = 4;
  t.read_bytes = 4000;
  t.write_bytes = 4000;
  // Read and write share the channel: 8000 bytes at one a nanosecond.
  EXPECT_NEAR(time({t}), 8000, exact);
}

TEST_F(EngineTest, TwoEnginesShareTheWeightStream) {
  TaskDescriptor t = cores(0);
  t.weight_bytes = 6400;
  start({t}, 0);
  start({t}, 1);
  sc_core::sc_start();
  EXPECT_NEAR(end_ns[0], 12800, exact);
  EXPECT_NEAR(end_ns[1], 12800, exact);
}

TEST_F(EngineTest, TwoEnginesHaveTheirOwnTileDma) {
  TaskDescriptor t = cores(0);
  t.read_bytes = 6400;
  start({t}, 0);
  start({t}, 1);
  sc_core::sc_start();
  EXPECT_NEAR(end_ns[0], 6400, exact);
  EXPECT_NEAR(end_ns[1], 6400, exact);
}

TEST_F(EngineTest, TheFasterEngineWaits) {
  TaskDescriptor first = cores(1000), longer = cores(1600), second = cores(500);
  second.meeting = Meeting::merge;
  start({first, second}, 0, true);
  start({longer, second}, 1, true);
  sc_core::sc_start();
  EXPECT_NEAR(end_ns[0], 1600 + 700 + 500, exact);
  EXPECT_NEAR(end_ns[1], 1600 + 700 + 500, exact);
  EXPECT_NEAR(exchange.waited_s(), 600e-9, 1e-12);
}

TEST_F(EngineTest, WaitsBelongToTheEngineWaitedFor) {
  // Engine 0 works 1600 ns, engine 1 only meets it; both then exchange for 700 ns and compute 500.
  TaskDescriptor longer = cores(1600), second = cores(500), nothing;
  nothing.op = 0;
  nothing.unit = compiler::Unit::dma;
  nothing.meeting = second.meeting = Meeting::merge;
  start({longer, second}, 0, true);
  start({nothing}, 1, true);
  sc_core::sc_start();
  const auto dispatch = static_cast<std::size_t>(Bound::dispatch);
  EXPECT_NEAR(engines[0]->statistics().bound_s[dispatch], 700e-9, 1e-12);
  EXPECT_EQ(engines[1]->statistics().bound_s[dispatch], 0);
  EXPECT_NEAR(ops[0].seconds[static_cast<int>(Bound::compute)], 2100e-9, 1e-12);
  EXPECT_NEAR(ops[0].seconds[static_cast<int>(Bound::dispatch)], 700e-9, 1e-12);
}

TEST_F(EngineTest, AloneThereIsNothingToMeet) {
  TaskDescriptor t = cores(500);
  t.meeting = Meeting::merge;
  EXPECT_NEAR(time({t, t}), 1000, exact);
}

TEST_F(EngineTest, RunsOneListAtATime) {
  start({cores(100)});
  EXPECT_THROW(start({cores(100)}), InternalError);
}

TEST_F(EngineTest, RunsAgainAfterTheLast) {
  time({cores(100)});
  EXPECT_NEAR(time({cores(100)}), 200, exact);
  EXPECT_NEAR(engines[0]->statistics().busy_s, 200e-9, 1e-12);
}

TEST_F(EngineTest, SlicesOfATrackDoNotOverlap) {
  TaskDescriptor t = cores(4000, 4);
  t.weight_bytes = 3000;
  t.read_bytes = 4000;
  t.write_bytes = 4000;
  time({t, t, t});
  std::map<int, std::int64_t> end;
  for (const auto& s : recorder.slices) {
    EXPECT_GE(s.start_ps, end[s.track]) << recorder.tracks[static_cast<std::size_t>(s.track)];
    EXPECT_GT(s.end_ps, s.start_ps);
    end[s.track] = s.end_ps;
  }
}

TEST_F(EngineTest, RecordsOfTheOperation) {
  TaskDescriptor t = cores(1000);
  t.weight_bytes = 6400;
  t.macs = 77;
  time({t, t});
  EXPECT_EQ(ops[0].start_ps, 0);
  EXPECT_NEAR(static_cast<double>(ops[0].end_ps) * 1e-3, end_ns[0], exact);
  EXPECT_EQ(ops[0].weight_bytes, 12800);
  EXPECT_NEAR(ops[0].seconds[static_cast<int>(Bound::weights)] * 1e9, end_ns[0], exact);
  EXPECT_EQ(engines[0]->statistics().macs, 154);
  const auto& p = device.power;
  EXPECT_NEAR(ops[0].joules, 154 * p.joules_per_mac + 12800 * p.joules_per_weight_byte, 1e-15);
}

}  // namespace
}  // namespace anesim::models
