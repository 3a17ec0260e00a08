// The sentence: what takes most of the time, and what would help against it.
#include "models/headline.h"

#include <gmock/gmock.h>

#include "tests/models/fixture.h"

namespace anesim::models {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using Kind = TimeShare::Kind;

graph::StorageFormat fp16() { return {}; }
graph::StorageFormat int8() {
  return {.encoding = graph::Encoding::affine, .stored = graph::DType::int8, .bits = 8};
}
graph::StorageFormat lut(int bits) { return {.encoding = graph::Encoding::palette, .bits = bits}; }

/// A call of 100 us on m6 whose shares are given.
Result call(std::map<std::string, double> bounds, double cpu_us = 0, double gpu_us = 0) {
  Result r;
  r.device = "m6";
  r.input = "net";
  r.totals.simulated_us = 100;
  r.totals.share_by_bound = std::move(bounds);
  double engine = 0;
  for (const auto& [bound, share] : r.totals.share_by_bound)
    if (bound != "host") engine += 100 * share;
  r.totals.unit_us = {{"engine", engine}, {"cpu", cpu_us}, {"gpu", gpu_us}};
  r.totals.share_on_engine = engine > 0 ? 1 : 0;
  return r;
}

HeadlineFacts stored(const graph::StorageFormat& format) {
  HeadlineFacts f;
  f.weights = {{format, 1e6}};
  return f;
}

const TimeShare weights_bound{Kind::bound, "weights", 0.8};

TEST(Headline, LargestShareCountsUnitsAndCallsApart) {
  EXPECT_EQ(largest_share(call({{"weights", 0.6}, {"host", 0.4}})).name, "weights");
  // Of 70 % host time 50 are operations of the CPU.
  const TimeShare cpu = largest_share(call({{"weights", 0.3}, {"host", 0.7}}, 50));
  EXPECT_EQ(cpu.kind, Kind::cpu);
  EXPECT_DOUBLE_EQ(cpu.share, 0.5);
  EXPECT_EQ(largest_share(call({{"weights", 0.3}, {"host", 0.7}}, 5, 40)).kind, Kind::gpu);
  const TimeShare calls = largest_share(call({{"weights", 0.3}, {"host", 0.7}}, 10));
  EXPECT_EQ(calls.kind, Kind::calls);
  EXPECT_NEAR(calls.share, 0.6, 1e-12);
}

TEST(Headline, PartsOfAStepCountEach) {
  Result r = call({{"activations", 0.1}, {"host", 0.8}}, 70);
  r.step.emplace();
  r.step->us = 100;
  r.step->unit = "step";
  r.step->parts = {{"weight gradients", 47, 84, 0, true},
                   {"surfaces", 23, 144, 0, true},
                   {"calls", 7, 72, 0, false}};
  const TimeShare most = largest_share(r);
  EXPECT_EQ(most.kind, Kind::host_part);
  EXPECT_EQ(most.name, "weight gradients");
  EXPECT_EQ(headline(r, {}, m6()),
            "net runs at 1e+04 step/s on m6 (100 us a step): bound by weight gradients on the CPU "
            "(47 % of the time), 100 % of the programs' work on the engine; less or faster work of "
            "the CPU there would help most");
  // Without them the operations of the programs on the CPU are left.
  r.totals.unit_us["cpu"] = 23 + 30;
  r.step->parts.erase(r.step->parts.begin());
  EXPECT_EQ(largest_share(r).kind, Kind::cpu);
  EXPECT_DOUBLE_EQ(largest_share(r).share, 0.3);
}

TEST(Headline, CallsOrChangesOfUnit) {
  const auto d = m6();
  const Result r = call({{"weights", 0.3}, {"host", 0.7}});
  HeadlineFacts facts;
  EXPECT_THAT(headline(r, facts, d),
              EndsWith(": bound by host (70 % of the time), 100 % of the work on the engine; "
                       "fewer, larger calls would help most"));
  facts.segments = 14;
  EXPECT_THAT(headline(r, facts, d),
              EndsWith("fewer changes between the units (14 stretches a call) would help most"));
}

TEST(Headline, WorkOfCpuAndGpu) {
  const auto d = m6();
  HeadlineFacts facts;
  const Result cpu = call({{"host", 1}}, 95);
  EXPECT_THAT(headline(cpu, facts, d),
              HasSubstr("bound by operations on the CPU (95 % of the time), all of the work on the "
                        "CPU; operations that the engine takes ('explain' says why each is on the "
                        "CPU) or fewer of them would help most"));
  facts.engine_excluded = true;
  EXPECT_THAT(headline(cpu, facts, d), EndsWith("letting the engine work (--compute-units all) or "
                                                "less work for the CPU would help most"));
  EXPECT_THAT(headline(call({{"host", 1}}, 20, 75), facts, d),
              HasSubstr("bound by operations on the GPU (75 % of the time), all of the work on the "
                        "CPU and GPU; "));
}

// Bytes by the rate of the path to the cores, or of memory where that is slower.
TEST(Headline, StreamOfAWeight) {
  const auto slow = m6({"kernel_dma.compressed_efficiency=0.5", "kernel_dma.rate=50 GB/s"});
  EXPECT_DOUBLE_EQ(stream_seconds(fp16(), slow), 2 / 50e9);
  EXPECT_DOUBLE_EQ(stream_seconds(int8(), slow), 1 / 25e9);
  EXPECT_DOUBLE_EQ(stream_seconds(lut(4), slow), 0.5 / 25e9);
  auto memory = m6();
  memory.memory.dram_rate = 100e6;
  const double dram = memory.memory.dram_peak().value * memory.memory.dram_efficiency;
  ASSERT_LT(dram, memory.kernel_dma.rate.value * memory.kernel_dma.compressed_efficiency);
  EXPECT_DOUBLE_EQ(stream_seconds(int8(), memory), 1 / dram);
}

TEST(Headline, OnlyFormatsThatStreamFasterAreNamed) {
  const HeadlineFacts plain = stored(fp16());
  const auto half = m6({"kernel_dma.compressed_efficiency=0.5"});
  EXPECT_EQ(
      advice(weights_bound, plain, half),
      "weights in 4-bit palettes (streamed 2 times as fast) or a wider batch would help most");
  const auto full = m6({"kernel_dma.compressed_efficiency=1"});
  EXPECT_EQ(advice(weights_bound, plain, full),
            "INT8 weights (streamed 2 times as fast), weights in 4-bit palettes (streamed 4 times "
            "as fast) or a wider batch would help most");
  EXPECT_EQ(
      advice(weights_bound, stored(int8()), full),
      "weights in 4-bit palettes (streamed 2 times as fast) or a wider batch would help most");
  EXPECT_EQ(advice(weights_bound, stored(lut(4)), full),
            "fewer weights or a wider batch would help most");
  // No quarter of the rate is won where the path is four times slower for what is packed.
  EXPECT_EQ(advice(weights_bound, plain, m6({"kernel_dma.compressed_efficiency=0.25"})),
            "fewer weights or a wider batch would help most");
}

TEST(Headline, DevicesThatUnpackBeforeTheStreamGainNothing) {
  auto d = m6();
  d.engine.streams_int8 = d.engine.streams_palette = false;
  EXPECT_EQ(advice(weights_bound, stored(fp16()), d),
            "fewer weights or a wider batch would help most");
}

TEST(Headline, NoWiderBatchWhereTilesStreamTheWeightsAgain) {
  const auto d = m6({"kernel_dma.compressed_efficiency=0.5"});
  HeadlineFacts facts = stored(fp16());
  facts.restreamed = true;
  EXPECT_EQ(advice(weights_bound, facts, d),
            "weights in 4-bit palettes (streamed 2 times as fast) would help most");
  EXPECT_THAT(run("matmul,m=64,k=4096,n=4096", m6()).headline, HasSubstr("wider batch"));
  EXPECT_THAT(run("matmul,m=8192,k=8192,n=8192", m6()).headline, Not(HasSubstr("wider batch")));
}

TEST(Headline, DramIsRelievedOfWhatPassesMost) {
  const TimeShare dram{Kind::bound, "dram", 0.8};
  const auto d = m6({"kernel_dma.compressed_efficiency=0.5"});
  HeadlineFacts facts = stored(fp16());
  EXPECT_EQ(
      advice(dram, facts, d),
      "weights in 4-bit palettes (streamed 2 times as fast) or a wider batch would help most");
  facts.more_activations = true;
  EXPECT_EQ(advice(dram, facts, d), "smaller activations between layers would help most");
  facts.other_traffic = true;
  EXPECT_EQ(advice(dram, facts, d),
            "smaller activations between layers, or less memory traffic of others would help most");
}

TEST(Headline, CheaperMacsAsTheDeviceHasThem) {
  const TimeShare compute{Kind::bound, "compute", 0.9};
  HeadlineFacts facts;
  auto d = m6();
  d.engine.macs_fp16 = 256;
  d.engine.macs_int8 = 512;
  d.engine.sparse_zero_skip = d.engine.streams_sparse = true;
  EXPECT_EQ(advice(compute, facts, d),
            "fewer MACs, INT8 weights and activations or sparse weights would help most");
  facts.int8 = true;
  EXPECT_EQ(advice(compute, facts, d), "fewer MACs or sparse weights would help most");
  facts.int8 = false;
  d.engine.macs_int8 = 256;
  d.engine.sparse_zero_skip = false;
  EXPECT_EQ(advice(compute, facts, d), "fewer MACs would help most");
}

// What a replay fills in: formats of the graph, stretches, what the compute units exclude.
TEST(Headline, OfAReplay) {
  const auto d = m6({"kernel_dma.compressed_efficiency=0.5"});
  const char* const shape =
      "conv_chain,layers=4,in_channels=4096,out_channels=4096,height=1,width=1";
  EXPECT_THAT(run(shape, d).headline, HasSubstr("; weights in 4-bit palettes (streamed 2 times"));
  EXPECT_THAT(run(std::string(shape) + ",weight_dtype=lut4", d).headline,
              HasSubstr("; fewer weights or a wider batch"));
  ReplayOptions o;
  o.compiler.units = compiler::ComputeUnits::cpu_only;
  EXPECT_THAT(run(calls_of(workload(shape)), d, o).headline,
              HasSubstr("letting the engine work (--compute-units all)"));
  auto small = workload("conv_chain,layers=1,in_channels=8,out_channels=8,height=1,width=1");
  small.kernel = false;  // the segmenter decides: it does not pay on the engine
  const std::string text = run(calls_of(small), d, ReplayOptions{}).headline;
  EXPECT_THAT(text, HasSubstr("all of the work on the "));
  EXPECT_THAT(text, Not(HasSubstr("letting the engine work")));
}

}  // namespace
}  // namespace anesim::models
