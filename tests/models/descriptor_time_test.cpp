// The closed form of a lone descriptor, by hand and against the event model.
#include "models/engine/descriptor_time.h"

#include <fmt/format.h>

#include <cmath>

#include "tests/models/fixture.h"

namespace anesim::models {
namespace {

using compiler::TaskDescriptor;
using compiler::Unit;

/// A cycle, a planar cycle and a byte over each DMA engine take a nanosecond.
spec::DeviceSpec round_device() {
  spec::DeviceSpec d;
  d.engine.clock = d.planar.clock = Hertz(1e9);
  d.kernel_dma.rate = d.tile_dma.rate = d.planar.overflow_rate = BytesPerSecond(1e9);
  d.tile_dma.cached_rate = BytesPerSecond(4e9);
  d.memory.sram_bandwidth = BytesPerSecond(100e9);
  return d;
}

double ns(const TaskDescriptor& t) {
  const auto d = round_device();
  return lone_descriptor_time(t, d, d.engine.clock).value * 1e9;
}

Bound bound(const TaskDescriptor& t) {
  const auto d = round_device();
  return descriptor_bound(t, descriptor_times(t, d, d.engine.clock));
}

TEST(LoneDescriptor, Parts) {
  EXPECT_EQ(ns({}), 0);
  EXPECT_NEAR(ns({.cycles_large = 1000, .fill_cycles = 50}), 1050, 1e-6);
  EXPECT_NEAR(ns({.cycles_large = 1000, .l2_cycles = 1500}), 1500, 1e-6);
  EXPECT_NEAR(ns({.cycles_large = 6400, .weight_bytes = 64000}), 64000 + 100, 1e-6);
  EXPECT_NEAR(ns({.cycles_large = 64000, .weight_bytes = 6400}), 64000 + 100, 1e-6);
  EXPECT_NEAR(ns({.unit = Unit::planar, .planar_cycles = 1000, .planar_fixed_us = 0.5}), 1500,
              1e-6);
  EXPECT_NEAR(ns({.unit = Unit::planar, .planar_cycles = 640, .overflow_bytes = 6400}), 6410, 1e-6);
}

// m6-overlap: a transpose moves at twice the rate of what is computed on, at most as the SRAM
// allows.
TEST(LoneDescriptor, WhatOnlyMovesReadsBesideItsWrites) {
  auto d = round_device();
  d.tile_dma.move_speed = 2;
  const auto of = [&](Unit unit, double cached) {
    const TaskDescriptor t{
        .unit = unit, .read_bytes = 8000, .write_bytes = 8000, .cached_fraction = cached};
    return descriptor_times(t, d, d.engine.clock).read.value * 1e9;
  };
  EXPECT_NEAR(of(Unit::planar, 0), 8000, 1e-6);
  EXPECT_NEAR(of(Unit::dma, 0), 4000, 1e-6);
  EXPECT_NEAR(of(Unit::dma, 1), 2000, 1e-6);
  d.tile_dma.cached_rate = BytesPerSecond(1e9);
  EXPECT_NEAR(of(Unit::dma, 1), 4000, 1e-6);
}

TEST(LoneDescriptor, OneWorkUnitAddsTransfers) {
  EXPECT_NEAR(ns({.cycles_large = 4000, .read_bytes = 3000, .write_bytes = 2000}), 9000, 1e-6);
  EXPECT_NEAR(
      ns({.cycles_large = 4000, .read_bytes = 3000, .write_bytes = 2000, .cached_fraction = 1}),
      4000 + 750 + 500, 1e-6);
}

TEST(LoneDescriptor, WorkUnitsPipelineTransfers) {
  EXPECT_NEAR(ns({.cycles_large = 8000, .work_units = 4, .read_bytes = 4000}), 9000, 1e-6);
  EXPECT_NEAR(ns({.cycles_large = 4000, .work_units = 4, .read_bytes = 8000}), 9000, 1e-6);
  EXPECT_NEAR(ns({.cycles_large = 8000, .work_units = 4, .write_bytes = 4000}), 9000, 1e-6);
  EXPECT_NEAR(ns({.cycles_large = 4000, .work_units = 4, .write_bytes = 8000}), 9000, 1e-6);
  // Half the write (100) shares the DMA with the read, which ends at 2100; a unit of cycles (10),
  // then the other half of the write.
  EXPECT_NEAR(ns({.cycles_large = 20, .work_units = 2, .read_bytes = 2000, .write_bytes = 200}),
              2000 + 100 + 10 + 100, 1e-6);
}

TEST(DescriptorBound, TheLargestPart) {
  EXPECT_EQ(bound({}), Bound::dispatch);
  EXPECT_EQ(bound({.cycles_large = 1000, .l2_cycles = 900, .weight_bytes = 800}), Bound::compute);
  EXPECT_EQ(bound({.cycles_large = 1000, .l2_cycles = 1100, .weight_bytes = 800}), Bound::l2);
  EXPECT_EQ(bound({.cycles_large = 1000, .weight_bytes = 1100}), Bound::weights);
  EXPECT_EQ(bound({.cycles_large = 1000, .read_bytes = 600, .write_bytes = 600}),
            Bound::activations);
  EXPECT_EQ(bound({.unit = Unit::planar, .planar_cycles = 1000}), Bound::planar);
  EXPECT_EQ(bound({.unit = Unit::planar, .planar_cycles = 1000, .overflow_bytes = 1200}),
            Bound::activations);
}

TEST(DescriptorBound, ADramSlowerThanTheDmaEngines) {
  auto d = round_device();
  d.memory.dram_channels = 1;
  d.memory.dram_channel_bits = 8;
  d.memory.dram_rate = 0.5e9;
  d.memory.dram_efficiency = 1;
  const auto of = [&](const TaskDescriptor& t) {
    return descriptor_bound(t, descriptor_times(t, d, d.engine.clock));
  };
  EXPECT_EQ(of({.weight_bytes = 1000}), Bound::dram);
  EXPECT_EQ(of({.read_bytes = 1000}), Bound::dram);
  EXPECT_EQ(of({.cycles_large = 1900, .weight_bytes = 1000}), Bound::dram);
  EXPECT_EQ(of({.cycles_large = 2100, .weight_bytes = 1000}), Bound::compute);
  EXPECT_EQ(of({.weight_bytes = 1000, .weights_in_sram = true}), Bound::weights);
  EXPECT_EQ(of({.read_bytes = 1000, .cached_fraction = 0.9}), Bound::activations);
}

/// Every combination of the parts on an M6.
TEST(LoneDescriptor, EventModelAgreesWithinAPercent) {
  const auto d = m6();
  int cases = 0;
  for (const auto unit : {Unit::ne, Unit::planar, Unit::dma})
    for (const double cycles : {0.0, 3e3, 6e4, 1e6})
      for (const double second : {0.0, 5e4, 1e6, 2e7})  // weights, or operands beyond L2
        for (const std::int64_t read : {0, 20'000, 3'000'000})
          for (const std::int64_t write : {0, 20'000, 3'000'000})
            for (const std::int64_t units : {1, 2, 8, 64}) {
              TaskDescriptor t;
              t.unit = unit;
              t.busy_cores = 16;
              (unit == Unit::ne ? t.cycles_large : t.planar_cycles) = cycles;
              if (unit == Unit::ne)
                t.weight_bytes = static_cast<std::int64_t>(second);
              else
                t.overflow_bytes = second;
              t.read_bytes = read;
              t.write_bytes = write;
              t.work_units = units;
              const double rule = to_us(lone_descriptor_time(t, d, d.engine.clock));
              if (rule <= 0) continue;
              ++cases;
              EXPECT_NEAR(percent(task_us(run(program_of({{t}}), d)), rule), 0, 1)
                  << fmt::format("{}: {} cycles, {} B, read {}, write {}, {} units", name(unit),
                                 cycles, second, read, write, units);
            }
  EXPECT_GT(cases, 1000);
}

/// The chips as they are: on some of them kernel and tile DMA together want more than the DRAM
/// gives, so that weights, reads and writes of one descriptor contend.
TEST(LoneDescriptor, EventModelAgreesOnTheChipsAsTheyAre) {
  int contending = 0;
  for (const auto& listed : spec::list_devices(ANESIM_SOURCE_DIR)) {
    const std::string& name = listed.name;
    const auto d = chip(name);
    contending += d.kernel_dma.rate.value + d.tile_dma.rate.value >
                  d.memory.dram_peak().value * d.memory.dram_efficiency;
    for (const double cycles : {6e4, 1e6})
      for (const std::int64_t weights : {0, 1'000'000, 20'000'000})
        for (const std::int64_t read : {0, 3'000'000})
          for (const std::int64_t write : {0, 3'000'000})
            for (const std::int64_t units : {1, 2, 64}) {
              TaskDescriptor t;
              t.unit = Unit::ne;
              t.busy_cores = 16;
              t.cycles_large = cycles;
              t.cached_fraction = read > 0 && d.memory.sram_size.value > 0 ? 0.3 : 0;
              t.l2_cycles = cycles / 3;
              t.weight_bytes = weights;
              t.read_bytes = read;
              t.write_bytes = write;
              t.work_units = units;
              const double rule = to_us(lone_descriptor_time(t, d, d.engine.clock));
              EXPECT_NEAR(percent(task_us(run(program_of({{t}}), d)), rule), 0, 1)
                  << fmt::format("{}: {} cycles, {} B, read {}, write {}, {} units", name, cycles,
                                 weights, read, write, units);
            }
  }
  EXPECT_GE(contending, 3);
}

/// Transfers of a few blocks, which use a few DRAM channels only.
TEST(LoneDescriptor, EventModelAgreesOnSmallTransfers) {
  const auto d = m6({"memory.dram.channels=64", "memory.dram.interleave=1 KiB"});
  double slowest = 0;
  for (const std::int64_t bytes : {100, 1'000, 3'000, 10'000, 40'000})
    for (const std::int64_t units : {1, 2, 4}) {
      TaskDescriptor t;
      t.busy_cores = 16;
      t.weight_bytes = bytes;
      t.read_bytes = bytes / 2;
      t.write_bytes = bytes / 3;
      t.work_units = units;
      const double rule = lone_descriptor_time(t, d, d.engine.clock).value * 1e6;
      EXPECT_NEAR(percent(task_us(run(program_of({{t}}), d)), rule), 0, 1) << bytes << " " << units;
      const double stream = static_cast<double>(bytes) / d.kernel_dma.rate.value * 1e6;
      slowest = std::max(slowest, rule / stream);
    }
  EXPECT_GT(slowest, 5);  // than the kernel DMA alone
}

/// Weights that arrive a little before, with and after the activations.
TEST(LoneDescriptor, EventModelAgreesWhereInputsEndTogether) {
  const auto d = m6();
  const double ratio = d.kernel_dma.rate.value / d.tile_dma.rate.value;
  for (const double share : {0.8, 0.95, 0.99, 1.0, 1.01, 1.05, 1.2})
    for (const std::int64_t units : {1, 2, 3, 4, 16}) {
      TaskDescriptor t;
      t.busy_cores = 16;
      t.cycles_large = 1e5;
      t.read_bytes = 1'000'000;
      t.weight_bytes = static_cast<std::int64_t>(share * ratio * 1e6);
      t.work_units = units;
      const double rule = lone_descriptor_time(t, d, d.engine.clock).value * 1e6;
      EXPECT_NEAR(percent(task_us(run(program_of({{t}}), d)), rule), 0, 1) << share << " " << units;
      // The last unit is computed after the last activations, whatever the weights do.
      const double reads = 1e6 / d.tile_dma.rate.value * 1e6;
      EXPECT_GE(rule, reads + 1e5 / d.engine.clock.value * 1e6 / static_cast<double>(units) - 1e-6);
    }
}

/// On the M6 itself the weight stream (153 GB/s) and a tile DMA (35) pass one DRAM (162): while a
/// descriptor reads both, the stream gets what is left. 10 MB of weights beside as many
/// bytes of activations, which last longer: at 162 - 35 GB/s.
TEST(LoneDescriptor, OwnStreamsContendAtDram) {
  const auto d = m6({"memory.sram.allocate=none"});
  const double dram = d.memory.dram_peak().value * d.memory.dram_efficiency;
  const double left = dram - d.tile_dma.rate.value;
  ASSERT_LT(left, d.kernel_dma.rate.value);
  TaskDescriptor t;
  t.weight_bytes = 10'000'000;
  t.read_bytes = 10'000'000;
  t.work_units = 64;
  const double together = 10e6 / left * 1e6;
  const double reads = 10e6 / d.tile_dma.rate.value * 1e6;
  ASSERT_GT(reads, together);
  const auto r = run(program_of({{t}}), d);
  EXPECT_NEAR(statistic(r, "ane0.kernel_dma.busy") * 1e6, together, 0.001 * together);
  EXPECT_NEAR(task_us(r), reads, 0.001 * reads);
}

}  // namespace
}  // namespace anesim::models
