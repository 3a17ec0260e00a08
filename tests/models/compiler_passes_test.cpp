// Passes of the compiler on small programs: what fuses, what is split, what is placed where, what
// leaves L2. Expected values are worked out beside each case.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/compiler/compile.h"
#include "models/compiler/lower.h"
#include "models/compiler/passes.h"
#include "models/compiler/rules.h"
#include "tests/models/fixture.h"
#include "traces/graph/builder.h"
#include "traces/workloads/pieces.h"

namespace anesim::compiler {
namespace {

using graph::Builder;
using graph::TensorId;
using models::m6;
using models::workload;
using ::testing::ElementsAre;

std::vector<Layer> fused(const graph::Graph& g) { return fuse(g, lower(g, m6(), {})); }

std::vector<std::size_t> ops_of(const std::vector<Layer>& layers) {
  std::vector<std::size_t> n;
  for (const auto& l : layers) n.push_back(l.ops.size());
  return n;
}

TensorId unary(Builder& b, const char* op, TensorId x) { return b.op(op, {{"x", {x}}}); }
TensorId binary(Builder& b, const char* op, TensorId x, TensorId y) {
  return b.op(op, {{"x", {x}}, {"y", {y}}});
}
TensorId point_conv(Builder& b, TensorId x, std::int64_t in, std::int64_t out) {
  return workloads::conv(b, x, b.weight("w", {out, in, 1, 1}), std::nullopt, {},
                         "conv_" + std::to_string(out));
}

TEST(Fuse, ConvolutionBiasAndActivation) {
  // The bias is a parameter of the convolution ...
  EXPECT_THAT(ops_of(fused(workload("conv_chain,in_channels=32,nonlinearity=relu"))),
              ElementsAre(2));
  // ... or an addition of a constant behind it.
  Builder b("bias");
  TensorId x = point_conv(b, b.input("x", {1, 32, 4, 4}), 32, 64);
  x = binary(b, "add", x, b.weight("bias", {1, 64, 1, 1}));
  const auto layers = fused(b.finish({unary(b, "relu", x)}));
  ASSERT_THAT(ops_of(layers), ElementsAre(3));
  EXPECT_EQ(layers[0].kind, LayerKind::convolution);
  EXPECT_EQ(layers[0].output_bytes, 64 * 16 * 2);
}

TEST(Fuse, PostStageTakesOneActivation) {
  Builder b("two");
  TensorId x = point_conv(b, b.input("x", {1, 32, 4, 4}), 32, 64);
  x = unary(b, "relu", unary(b, "sigmoid", x));
  EXPECT_THAT(ops_of(fused(b.finish({x}))), ElementsAre(2, 1));
}

TEST(Fuse, PairsOfPlanarOperations) {
  auto chain = [](int n) {
    Builder b("chain");
    TensorId x = b.input("x", {1, 64, 8, 8});
    for (int i = 0; i < n; ++i) x = unary(b, i % 2 ? "relu" : "abs", x);
    return ops_of(fused(b.finish({x})));
  };
  EXPECT_THAT(chain(1), ElementsAre(1));
  EXPECT_THAT(chain(2), ElementsAre(2));
  EXPECT_THAT(chain(3), ElementsAre(2, 1));
  EXPECT_THAT(chain(4), ElementsAre(2, 2));
}

/// Layers of two 8-bit convolutions that share their quantised input; so does the operation
/// `third`, with itself, if any.
std::vector<Layer> shared_int8(const char* third) {
  Builder b("shared");
  const TensorId x = workloads::quantize_pair(b, b.input("x", {1, 32, 4, 4}), "q");
  graph::StorageFormat int8;
  int8.encoding = graph::Encoding::affine;
  int8.stored = graph::DType::int8;
  int8.bits = 8;
  std::vector<TensorId> results;
  for (const char* name : {"one", "two"}) {
    const TensorId w = b.weight(std::string(name) + "_w", {64, 32, 1, 1}, int8);
    results.push_back(workloads::conv(b, x, w, std::nullopt, {}, name));
  }
  if (third) results.push_back(binary(b, third, x, x));
  return fused(b.finish(results));
}

TEST(Fuse, ConvolutionsShareAQuantisedInput) {
  auto layers = shared_int8(nullptr);
  ASSERT_EQ(layers.size(), 4u);
  EXPECT_EQ(layers[1].kind, LayerKind::view);
  EXPECT_TRUE(layers[2].int8_activations);
  EXPECT_EQ(layers[3].input_bytes, 32 * 16);
  layers = shared_int8("mul");  // the product needs the numbers as fp16
  ASSERT_EQ(layers.size(), 5u);
  EXPECT_EQ(layers[1].kind, LayerKind::planar);
  EXPECT_TRUE(layers[3].int8_activations);
}

TEST(Fuse, AnAdditionReadsBytes) {
  const auto layers = shared_int8("add");
  ASSERT_EQ(layers.size(), 5u);
  EXPECT_EQ(layers[1].kind, LayerKind::view);
  EXPECT_EQ(layers[4].kind, LayerKind::planar);
  EXPECT_EQ(layers[4].input_bytes, 32 * 16);  // one tensor, read twice
  EXPECT_EQ(layers[4].output_bytes, 2 * 32 * 16);
}

// A dequantise that became the gain of a convolution is no layer whose bytes could be read.
TEST(Fuse, AnAdditionLeavesOthersAlone) {
  Builder b("gain");
  const TensorId x = b.input("x", {1, 32, 4, 4}), y = b.input("y", {1, 32, 4, 4});
  const TensorId d =
      b.op("dequantize", {{"input", {point_conv(b, x, 32, 32)}}, {"scale", {b.number(0.1)}}});
  const TensorId s = b.op("softmax", {{"x", {y}}, {"axis", {b.integer(1)}}});
  auto layers = fused(b.finish({binary(b, "add", d, s)}));
  ASSERT_GE(layers.size(), 3u);
  for (const Layer& l : layers) EXPECT_NE(l.kind, LayerKind::view) << l.type;
  const TensorId z = b.input("z", {1, 32, 4, 4});
  const TensorId e =
      b.op("dequantize", {{"input", {point_conv(b, b.input("w", {1, 32, 4, 4}), 32, 32)}},
                          {"scale", {b.number(0.1)}}});
  layers = fused(b.finish({binary(b, "add", e, z)}));  // none behind the convolution
  ASSERT_EQ(layers.size(), 2u);
  EXPECT_EQ(layers[1].input_bytes, 2 * 2 * 32 * 16);
}

TEST(Fuse, AnActivationWritesBytes) {
  Builder b("residual");
  const TensorId sum = binary(b, "add", b.input("x", {1, 32, 4, 4}), b.input("y", {1, 32, 4, 4}));
  const auto layers = fused(b.finish({workloads::quantize_pair(b, unary(b, "relu", sum), "q")}));
  ASSERT_EQ(layers.size(), 3u);  // the sum; relu and quantise; dequantise
  EXPECT_EQ(layers[1].ops.size(), 2u);
  EXPECT_EQ(layers[1].output_bytes, 32 * 16);
}

TEST(Fuse, NotOverATensorWithTwoReaders) {
  Builder b("fork");
  const TensorId c = point_conv(b, b.input("x", {1, 32, 4, 4}), 32, 64);
  const TensorId y = binary(b, "add", unary(b, "relu", c), c);
  EXPECT_THAT(ops_of(fused(b.finish({y}))), ElementsAre(1, 1, 1));
  // A program's result is read by the caller.
  const TensorId d = point_conv(b, b.input("x", {1, 32, 4, 4}), 32, 64);
  const TensorId r = unary(b, "relu", d);
  EXPECT_THAT(ops_of(fused(b.finish({d, r}))), ElementsAre(1, 1));
  const TensorId a = unary(b, "abs", b.input("x", {1, 32, 4, 4}));
  const TensorId s = unary(b, "relu", a);
  EXPECT_THAT(ops_of(fused(b.finish({s, a}))), ElementsAre(1, 1));
}

TEST(Fuse, TwoLiveOperandsStayApart) {
  Builder b("residual");
  const TensorId x = b.input("x", {1, 64, 4, 4});
  const TensorId y = binary(b, "add", point_conv(b, x, 64, 64), x);
  EXPECT_THAT(ops_of(fused(b.finish({y}))), ElementsAre(1, 1));
}

// --- split -------------------------------------------------------------------------------------

/// Layers of `length` convolutions 256 -> 256.
std::vector<Layer> chain256(const char* kernel, int height, int width, int length) {
  return fused(
      workload(fmt::format("conv_chain,in_channels=256,kernel={},height={},width={},layers={}",
                           kernel, height, width, length)));
}
SplitPlan split(const std::vector<Layer>& layers, const spec::DeviceSpec& d, int forced = 0) {
  return plan_split(layers, 0, layers.size(), forced, d);
}

/// An M6 on which a 1x5 layer of 256 channels and 8x32 positions takes the given time: 16 channels
/// a core x 256 inputs x 5 taps x 256 positions / 256 MAC a cycle = 20,480 cycles.
spec::DeviceSpec with_layer_time(double us) {
  auto d = m6();
  d.engine.task_cycles = 0;
  d.engine.fill_work_units = 0;
  d.engine.array_efficiency = 1;
  d.engine.clock = Hertz(20480 / (us * 1e-6));
  return d;
}

// m6-study 5: one work unit a half, so copy and merge count: 0.35 us a KiB, 128 KiB: 44.8 us.
TEST(Split, ThresholdOfTheStudy) {
  const auto five = chain256("1x5", 8, 32, 5);
  EXPECT_NEAR(estimate_layer(five[0], with_layer_time(8.8)) * 1e6, 8.8, 1e-9);
  EXPECT_FALSE(split(five, with_layer_time(44.0 / 5)).use_both);
  EXPECT_FALSE(split(five, with_layer_time(44.7 / 5)).use_both);
  EXPECT_TRUE(split(five, with_layer_time(44.9 / 5)).use_both);
  EXPECT_TRUE(split(five, with_layer_time(48.0 / 5)).use_both);
  // The same with the M6's own clock: 7.9 us and its fill a layer.
  EXPECT_FALSE(split(five, m6()).use_both);
  EXPECT_TRUE(split(chain256("1x5", 8, 32, 6), m6()).use_both);
}

TEST(Split, NeedsTwoWorkUnits) {
  for (const char* kernel : {"1x1", "1x5", "3x3", "5x5"}) {
    SCOPED_TRACE(kernel);
    EXPECT_FALSE(split(chain256(kernel, 4, 32, 200), m6()).use_both);
    EXPECT_FALSE(split(chain256(kernel, 1, 1, 200), m6()).use_both);
  }
  EXPECT_TRUE(split(chain256("1x1", 16, 32, 200), m6()).use_both);
}

TEST(Split, ForcedAndImpossible) {
  EXPECT_FALSE(split(chain256("1x5", 32, 32, 50), m6(), 1).use_both);
  EXPECT_TRUE(split(chain256("1x5", 8, 32, 1), m6(), 2).use_both);
  EXPECT_FALSE(split(chain256("1x5", 4, 32, 1), m6(), 2).use_both);  // nothing to divide
  EXPECT_FALSE(split(chain256("1x5", 32, 32, 50), m6({"engine.count=1"})).use_both);
}

// MODEL.md 2 and m6-conv-kernel-slopes: which kernels of 256 channels run on one engine, which read
// their weights once (by channel) and which twice (by rows).
TEST(Split, KernelsOfTheStudy) {
  auto how = [](const char* kernel, int height) {
    return split(chain256(kernel, height, 32, 40), m6()).layers.at(0);
  };
  for (const char* kernel : {"3x3", "5x1", "11x1", "1x11", "1x12", "1x13", "1x14"})
    EXPECT_EQ(how(kernel, 8), Split::single) << kernel;
  for (const char* kernel : {"1x1", "1x2", "1x3", "1x4", "1x5", "1x6", "1x7", "1x8"})
    EXPECT_EQ(how(kernel, 8), Split::rows) << kernel;
  for (const char* kernel : {"5x5", "13x1", "15x1"})
    EXPECT_EQ(how(kernel, 8), Split::channels) << kernel;
  for (const char* kernel : {"1x12", "1x13"}) EXPECT_EQ(how(kernel, 16), Split::channels) << kernel;
  for (const char* kernel : {"1x1", "3x1", "5x1", "9x1", "1x11"})
    EXPECT_EQ(how(kernel, 16), Split::rows) << kernel;
  for (const char* kernel : {"1x1", "3x3", "1x9", "1x10", "1x11", "1x12", "1x14", "1x15"})
    EXPECT_EQ(how(kernel, 32), Split::rows) << kernel;
}

// --- memory ------------------------------------------------------------------------------------

std::vector<LayerPlan> plan(const graph::Graph& g, int engines = 1) {
  const auto layers = fused(g);
  return plan_memory(g, layers, 0, layers.size(), engines, m6(), RegionRule::greedy);
}

TEST(MemoryPlan, OnlyTheEndsOfAChainLeaveL2) {
  const auto p = plan(workload("conv_chain,in_channels=64,layers=3,height=16,width=16"));
  ASSERT_EQ(p.size(), 3u);
  const std::int64_t tensor = 64 * 256 * 2;
  EXPECT_EQ(p[0].read_bytes, tensor);
  EXPECT_EQ(p[0].write_bytes, 0);
  EXPECT_EQ(p[1].read_bytes + p[1].write_bytes, 0);
  EXPECT_EQ(p[2].read_bytes, 0);
  EXPECT_EQ(p[2].write_bytes, tensor);
  for (const auto& l : p) EXPECT_EQ(l.tiles, 1);
}

TEST(MemoryPlan, LargeChainsRunTileByTile) {
  // 256 channels x 8192 positions: 1 KiB a position in and out together, 2048 positions a tile.
  const auto p = plan(workload("conv_chain,in_channels=256,layers=4,width=8192"));
  for (const auto& l : p) {
    EXPECT_EQ(l.tiles, 4);
    EXPECT_EQ(l.region, 0);
  }
  EXPECT_EQ(p[1].read_bytes + p[1].write_bytes, 0);  // "no DRAM traffic" (m6-study 2.6)
}

// Without tiles of columns every layer of a map of height 1 reads and writes memory (M1); rows
// chain as ever.
TEST(MemoryPlan, ColumnsChainWhereTheCompilerTilesThem) {
  spec::DeviceSpec d = m6();
  d.l2.column_chains = false;
  const auto of = [&](const std::string& text) {
    const graph::Graph g = workload(text);
    const auto layers = fused(g);
    return plan_memory(g, layers, 0, layers.size(), 1, d, RegionRule::greedy);
  };
  const std::int64_t map = 256 * 8192 * 2;
  for (const auto& l : of("conv_chain,in_channels=256,layers=4,width=8192")) {
    EXPECT_EQ(l.read_bytes, map);
    EXPECT_EQ(l.write_bytes, map);
  }
  const auto rows = of("conv_chain,in_channels=256,layers=4,height=64,width=128");
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows[1].read_bytes + rows[1].write_bytes, 0);
  EXPECT_EQ(rows[1].tiles, 4);
}

TEST(MemoryPlan, SquareMatmulTiles) {
  for (const auto& [n, tiles] : {std::pair{512, 1}, {2048, 8}, {4096, 32}, {8192, 128}}) {
    SCOPED_TRACE(n);
    const auto p = plan(workload(fmt::format("matmul,m={0},k={0},n={0}", n)));
    EXPECT_EQ(p.at(0).tiles, tiles);
    EXPECT_EQ(p[0].read_bytes, std::int64_t{2} * n * n);
    EXPECT_EQ(p[0].write_bytes, std::int64_t{2} * n * n);
  }
}

TEST(MemoryPlan, AResultThatLeavesNeedsNoRoomBeyondItsInput) {
  // 2560 channels of input: 5 KiB a position, twice that in L2, 204 positions fit, 192 are used.
  const auto alone = plan(workload("conv_chain,in_channels=2560,out_channels=10240,width=1024"));
  EXPECT_EQ(alone.at(0).tiles, 6);
  // Where the result stays for a second layer it takes its 20 KiB: 81 positions fit, 64 are used.
  Builder b("mlp");
  TensorId x = b.input("x", {1, 2560, 1, 1024});
  x = point_conv(b, point_conv(b, x, 2560, 10240), 10240, 2560);
  EXPECT_EQ(plan(b.finish({x})).at(0).tiles, 16);
}

TEST(MemoryPlan, ATensorLeavesUnderItsOtherName) {
  // The output is a cast of what the convolution writes: fp32 in memory, 4 bytes an element.
  Builder b("cast");
  TensorId x = b.input("x", {1, 64, 16, 16});
  x = point_conv(b, x, 64, 32);
  x = b.op("cast", {{"x", {x}}, {"dtype", {b.text("fp32")}}});
  const auto p = plan(b.finish({x}));
  EXPECT_EQ(p.at(0).read_bytes, 64 * 256 * 2);
  EXPECT_EQ(p.at(0).write_bytes, 32 * 256 * 4);
}

TEST(MemoryPlan, TheOneNeededLastGivesWay) {
  // Six tensors of 0.5 MiB stay alive until their additions at the end: block and live ones pass
  // 2 MiB, so some are written to memory and read back by their addition.
  Builder b("live");
  TensorId x = b.input("x", {1, 256, 32, 32});
  std::vector<TensorId> kept;
  for (int i = 0; i < 6; ++i) {
    x = workloads::conv(b, x, b.weight("w", {256, 256, 1, 1}), std::nullopt, {},
                        "conv_" + std::to_string(i));
    kept.push_back(x);
  }
  for (int i = 4; i >= 0; --i) x = binary(b, "add", x, kept[static_cast<std::size_t>(i)]);
  const auto g = b.finish({x});
  const auto p = plan(g);
  std::int64_t spilled = 0, reread = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    if (i > 0) reread += p[i].read_bytes;
    if (i + 1 < p.size()) spilled += p[i].write_bytes;
  }
  const std::int64_t tensor = 256 * 1024 * 2;
  EXPECT_GT(spilled, 0);
  EXPECT_EQ(spilled % tensor, 0);
  EXPECT_EQ(reread, spilled);
  EXPECT_EQ(p[0].write_bytes, tensor);  // conv_0 is needed last
}

// Buffers of the engine hold rows padded to 64 bytes; a single row has nothing behind it.
TEST(PaddedRows, OfResultsByTheirWidth) {
  const auto padded = [](graph::Shape shape, graph::DType type = graph::DType::fp16) {
    Builder b("padded");
    Options o;
    o.force_engine = true;
    const Program p =
        compile(b.finish({b.op("relu", {{"x", {b.input("x", shape, type)}}})}), m6(), o);
    return p.padded_output_bytes;
  };
  EXPECT_EQ(padded({1, 64, 8, 32}), 0);
  EXPECT_EQ(padded({1, 64, 8, 30}), 64 * 8 * 30 * 2);
  EXPECT_EQ(padded({1, 64, 8, 33}), 64 * 8 * 33 * 2);
  EXPECT_EQ(padded({1, 1000}), 0);
  EXPECT_EQ(padded({2, 1000}), 4000);
  EXPECT_EQ(padded({1, 64, 8, 32}, graph::DType::fp32), 0) << "16 bits an element in the engine";
}

}  // namespace
}  // namespace anesim::compiler
