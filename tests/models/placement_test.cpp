// Which unit executes what: segment costs, support by generation, limits, order, reasons.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "models/compiler/layer_graph.h"
#include "models/compiler/passes.h"
#include "tests/models/fixture.h"
#include "traces/graph/builder.h"
#include "traces/graph/shape_rules.h"

namespace anesim::compiler {
namespace {

using graph::Builder;
using graph::DType;
using graph::Graph;
using graph::TensorId;
using models::workload;

spec::DeviceSpec device(const std::string& name) {
  return spec::resolve_device(ANESIM_SOURCE_DIR, name);
}

// --- segment costs --------------------------------------------------------------------------

/// 4096 MAC a cycle at 1 GHz against a CPU of 1 T MAC/s: 512 -> 512 channels take 64 ns a position
/// on the engine and 262.144 ns on the CPU, so a position saves 198.144 ns.
spec::DeviceSpec slow_cpu() {
  spec::DeviceSpec d;
  d.engine.cores = 16;
  d.engine.macs_fp16 = 256;
  d.engine.clock = Hertz(1e9);
  d.engine.task_cycles = 0;
  d.kernel_dma.rate = BytesPerSecond(1e15);
  d.placement.cpu_pointwise = 2e12;
  d.placement.engine_pointwise = 2 * 16 * 256 * 1e9;
  d.placement.bandwidth = BytesPerSecond(1e15);
  d.placement.weight_rate = BytesPerSecond(1e15);
  d.gpu.start = Seconds(1);  // never worth it here
  return d;
}

Layer placed_conv(std::int64_t positions) {
  Layer l;
  l.kind = LayerKind::convolution;
  l.belief = Belief::pointwise;
  l.in_channels = l.out_channels = 512;
  l.out_w = l.in_w = positions;
  l.weight_elements = 512 * 512;
  return l;
}
Layer host_layer() {
  Layer l;
  l.kind = LayerKind::host;
  return l;
}

/// The layers as a chain, each reading what the one before made; the last makes the result.
struct Chain {
  Graph graph;
  std::vector<Layer> layers;
};
Chain chain(std::vector<Layer> layers) {
  Chain c;
  c.graph.tensors.resize(layers.size() + 1);
  for (std::size_t i = 0; i < layers.size(); ++i) {
    layers[i].inputs = {TensorId{static_cast<std::int32_t>(i)}};
    layers[i].outputs = {TensorId{static_cast<std::int32_t>(i + 1)}};
  }
  c.graph.outputs = {TensorId{static_cast<std::int32_t>(layers.size())}};
  c.layers = std::move(layers);
  return c;
}

bool on_engine(std::vector<Layer> layers, std::size_t index, PlaceOptions options = {}) {
  Chain c = chain(std::move(layers));
  return place(c.graph, c.layers, slow_cpu(), options)[index].kind == LayerKind::convolution;
}

// m6-study 8.1: a segment at an end must save 0.25 ms, one in the middle 0.375 ms.
TEST(Placement, SavingsThatASegmentNeeds) {
  // 0.25 ms / 198.144 ns = 1261.7 positions, 0.375 ms: 1892.6.
  EXPECT_FALSE(on_engine({placed_conv(1248), host_layer()}, 0));
  EXPECT_TRUE(on_engine({placed_conv(1264), host_layer()}, 0));
  EXPECT_FALSE(on_engine({host_layer(), placed_conv(1248)}, 1));
  EXPECT_TRUE(on_engine({host_layer(), placed_conv(1264)}, 1));
  EXPECT_FALSE(on_engine({host_layer(), placed_conv(1888), host_layer()}, 1));
  EXPECT_TRUE(on_engine({host_layer(), placed_conv(1904), host_layer()}, 1));
  // Two layers of a segment save together.
  EXPECT_TRUE(on_engine({host_layer(), placed_conv(960), placed_conv(960), host_layer()}, 1));
  // A whole graph: its start and its result.
  EXPECT_FALSE(on_engine({placed_conv(1248)}, 0));
  EXPECT_TRUE(on_engine({placed_conv(1264)}, 0));
}

TEST(Placement, WithoutASegmenterAllStaysThatCan) {
  EXPECT_TRUE(on_engine({placed_conv(16)}, 0, {.segmenter = false}));
  EXPECT_TRUE(on_engine({placed_conv(16), host_layer()}, 0, {.segmenter = false}));
}

TEST(Placement, ExcludedUnits) {
  EXPECT_TRUE(on_engine({placed_conv(100000)}, 0, {.units = ComputeUnits::cpu_and_ne}));
  EXPECT_FALSE(on_engine({placed_conv(100000)}, 0, {.units = ComputeUnits::cpu_only}));
  EXPECT_FALSE(on_engine({placed_conv(100000)}, 0, {.units = ComputeUnits::cpu_and_gpu}));
}

TEST(Placement, ReasonOfASegmentThatDoesNotPay) {
  Chain c = chain({placed_conv(160), placed_conv(160), host_layer()});
  const auto layers = place(c.graph, c.layers, slow_cpu(), {});
  // 320 positions x 198.144 ns.
  EXPECT_EQ(
      layers[0].reason,
      "2 operations on the engine would save 63.4 us in Core ML's estimate (157 us as modelled), "
      "start and switches cost 250 us");
  ASSERT_EQ(layers[0].estimates.size(), 3u);
  EXPECT_EQ(layers[0].estimates[0].where, Where::ane);
  EXPECT_DOUBLE_EQ(layers[0].estimates[0].time.value, 160 * 64e-9);
}

// --- views ------------------------------------------------------------------------------------

TEST(Stretches, ViewsLieWithTheirSource) {
  Graph g;
  g.tensors.resize(4);
  std::vector<Layer> layers(3);
  layers[0].kind = LayerKind::host;
  layers[1].kind = LayerKind::view;
  layers[2].kind = LayerKind::convolution;
  for (int i = 0; i < 3; ++i) {
    layers[static_cast<std::size_t>(i)].inputs = {TensorId{i}};
    layers[static_cast<std::size_t>(i)].outputs = {TensorId{i + 1}};
  }
  assign_views(g, layers);
  const auto parts = stretches(layers);
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[0].where, Where::cpu);
  EXPECT_EQ(parts[0].last, 2u);
  // Without a source they lie where they are read.
  layers[1].inputs = {TensorId{0}};
  assign_views(g, layers);
  const auto other = stretches(layers);
  ASSERT_EQ(other.size(), 2u);
  EXPECT_EQ(other[0].last, 1u);
  EXPECT_EQ(other[1].where, Where::ane);
}

// --- order ------------------------------------------------------------------------------------

/// Layers of one unit each, 'e' the engine and 'c' the CPU; `reads[i]` names the layer that i
/// reads, -1 an input.
std::string order_of(const std::string& units, const std::vector<int>& reads) {
  Graph g;
  g.tensors.resize(2 * units.size());
  std::vector<Layer> layers(units.size());
  for (std::size_t i = 0; i < units.size(); ++i) {
    const auto own = static_cast<std::int32_t>(i);
    layers[i].kind = units[i] == 'e' ? LayerKind::convolution : LayerKind::host;
    layers[i].name = std::string(1, static_cast<char>('A' + own));
    layers[i].outputs = {TensorId{own}};
    layers[i].inputs = {
        TensorId{reads[i] >= 0 ? reads[i] : own + static_cast<std::int32_t>(units.size())}};
  }
  std::string order;
  for (const Layer& l : gathered(g, std::move(layers))) order += l.name;
  return order;
}

TEST(Gathered, WorkOfAUnitGoesOnWhileSomeIsReady) {
  EXPECT_EQ(order_of("eee", {-1, -1, 0}), "ABC");            // one unit keeps its order
  EXPECT_EQ(order_of("ecec", {-1, -1, 0, 1}), "ACBD");       // two chains side by side
  EXPECT_EQ(order_of("ece", {-1, 0, 1}), "ABC");             // a chain cannot change
  EXPECT_EQ(order_of("ecece", {-1, -1, 1, 0, 2}), "ABDCE");  // data, not order, cut a segment
  EXPECT_EQ(order_of("ecee", {-1, -1, 1, 0}), "BACD");       // begins where the changes are fewer
  EXPECT_EQ(order_of("", {}), "");
}

TEST(Gathered, StatesKeepTheirOrder) {
  Graph g;
  g.tensors.resize(3);
  g.tensors[0].state = true;
  std::vector<Layer> layers(3);
  const LayerKind kinds[] = {LayerKind::convolution, LayerKind::host, LayerKind::convolution};
  for (std::size_t i = 0; i < 3; ++i) {
    layers[i].kind = kinds[i];
    layers[i].name = std::string(1, static_cast<char>('A' + static_cast<int>(i)));
    layers[i].inputs = {TensorId{0}};
  }
  std::string order;
  for (const Layer& l : gathered(g, layers)) order += l.name;
  EXPECT_EQ(order, "ABC");
}

// --- what an engine executes
// ----------------------------------------------------------------------

ProgramOp placed(Graph g, const std::string& chip, ComputeUnits units = ComputeUnits::cpu_and_ne) {
  Options o;
  o.units = units;
  const auto p = compile(g, device(chip), o);
  return p.ops.at(0);
}

Graph unary(const std::string& type, graph::Shape shape = {1, 64, 32, 32}, DType t = DType::fp16) {
  Builder b("unary");
  const TensorId x = b.input("x", std::move(shape), t);
  return b.finish({b.op(type, {{"x", {x}}})});
}

TEST(Support, ByGeneration) {
  EXPECT_EQ(placed(unary("sin"), "m1").reason,
            "'sin' needs an engine of generation h15 (m1 has h13)");
  EXPECT_EQ(placed(unary("sin"), "m2").reason,
            "'sin' needs an engine of generation h15 (m2 has h14)");
  // From the M3 on the engine could; one such operation alone does not pay.
  EXPECT_EQ(placed(unary("sin"), "m3").reason.rfind("one operation ", 0), 0u);
  EXPECT_EQ(placed(unary("tan"), "m5").reason, "'tan' is not an operation of the engine");
  EXPECT_EQ(placed(unary("tan"), "m5").unit, "CPU");
}

TEST(Support, GatherByItsIndices) {
  Builder b("gather");
  const TensorId x = b.input("x", {16, 256});
  const TensorId i = b.input("i", {8}, DType::int32);
  const Graph g =
      b.finish({b.op("gather", {{"x", {x}}, {"indices", {i}}, {"axis", {b.integer(0)}}})});
  EXPECT_EQ(placed(g, "m1").reason,
            "'gather' with live indices needs an engine of generation h14 (m1 has h13)");
  EXPECT_EQ(placed(g, "m4").reason, "input 'indices' is int32, which stays on the CPU");
}

TEST(Support, FillsByCoreMlOfTheGeneration) {
  Builder b("fill");
  const TensorId x = b.input("x", {1, 12, 128, 128});
  const TensorId c = b.input("c", {1, 12, 128, 128}, DType::boolean);
  const Graph g = b.finish({b.op("select", {{"cond", {c}}, {"a", {b.number(0)}}, {"b", {x}}})});
  EXPECT_EQ(placed(g, "a15").reason, "Core ML keeps 'select' on the CPU (assumed)");
  EXPECT_NE(placed(g, "m5").reason, "Core ML keeps 'select' on the CPU (assumed)");
  Options direct;
  direct.segmenter = false;
  EXPECT_EQ(compile(g, device("a15"), direct).ops.at(0).unit, "PE");
}

TEST(Support, AttentionLeavesAsAWhole) {
  Builder b("attention");
  const TensorId q = b.input("q", {1, 12, 128, 64}), k = b.input("k", {1, 12, 128, 64}),
                 v = b.input("v", {1, 12, 128, 64});
  const Graph g = b.finish(
      {b.op("scaled_dot_product_attention", {{"query", {q}}, {"key", {k}}, {"value", {v}}})});
  const auto p = compile(g, device("a12"));
  for (const ProgramOp& op : p.ops) EXPECT_TRUE(op.unit == "CPU" || op.unit == "-") << op.name;
  EXPECT_EQ(p.ops.at(0).unit, "CPU");
}

TEST(Movement, RowsArePaddedTo64Bytes) {
  const auto moved = [](graph::Shape shape, std::vector<std::int64_t> order) {
    Builder b("transpose");
    const TensorId x = b.input("x", std::move(shape));
    Graph g = b.finish({b.op("transpose", {{"x", {x}}, {"perm", {b.ints(std::move(order))}}})});
    g.kernel = true;
    const auto p = compile(g, device("m1"));
    return p.segments.at(0).engines.at(0).at(0);
  };
  const auto wide = moved({1, 64, 96, 32}, {0, 2, 1, 3});  // rows of 64 bytes, as they are
  EXPECT_EQ(wide.read_bytes, 64 * 96 * 32 * 2);
  EXPECT_EQ(wide.write_bytes, 64 * 96 * 32 * 2);
  const auto narrow = moved({1, 1536, 64, 2}, {0, 2, 1, 3});  // rows of 4 bytes: 16 times
  EXPECT_EQ(narrow.write_bytes, 1536 * 64 * 64);
}

TEST(Support, IntegersRunTimeShapesAndSizes) {
  EXPECT_EQ(placed(unary("abs", {1, 64}, DType::int32), "m4").reason,
            "integer arithmetic runs on the CPU");
  Graph g = unary("relu");
  g.tensors[static_cast<std::size_t>(g.inputs[0].index)].dynamic = true;
  EXPECT_EQ(placed(g, "m4").reason, "the shape of 'x' is only known at run time");
  EXPECT_EQ(placed(unary("relu", {1, 1, 1, 20000}), "m1").reason,
            "width 20000 is beyond the engine's 16384");
  EXPECT_EQ(placed(unary("relu", {1, 1, 1, 20000}), "m4").reason.rfind("one operation ", 0), 0u);
  EXPECT_EQ(placed(unary("relu", {1, 1, 1, 1, 1, 4}), "m4").reason,
            "rank 6 is beyond the engine's 5");
}

TEST(Support, BindingADimensionLeavesItARunTimeShape) {
  Graph g = unary("relu");
  g.tensors[static_cast<std::size_t>(g.inputs[0].index)].shape = {1, graph::unknown_dim, 32, 32};
  graph::bind_dimensions(g, {{"x", 64}});
  EXPECT_TRUE(g.at(g.inputs[0]).dynamic);
  EXPECT_EQ(g.at(g.inputs[0]).shape, (graph::Shape{1, 64, 32, 32}));
}

TEST(Support, KernelsBeyondTheLimits) {
  auto unit = [](const char* kernel) {
    return compile(workload(fmt::format("conv_chain,in_channels=32,kernel={},height=64,width=64",
                                        kernel)),
                   device("m6"))
        .ops.at(0)
        .unit;
  };
  EXPECT_EQ(unit("1x15"), "ANE");
  EXPECT_EQ(unit("1x16"), "CPU");
  EXPECT_EQ(unit("31x1"), "ANE");
  EXPECT_EQ(unit("32x1"), "CPU");
}

// --- models
// ---------------------------------------------------------------------------------------

/// y = x W of `rows` positions as an app would load it.
Graph product(std::int64_t rows, std::int64_t width) {
  Graph g = workload(fmt::format("matmul,m={},k={},n={}", rows, width, width));
  g.kernel = false;
  return g;
}

TEST(Placement, SmallMatrixVectorProductsRunOnTheCpu) {
  // m6-study 6.1 and m4-family 3: 8 and 32 MB of weights stay on the CPU, 128 MB go; a 1024 cube
  // is the smallest matmul that goes. Streams of 100 and 167.4 GB/s differ by 250 us at 62 MB.
  for (const char* chip : {"m1-pro", "m4", "m6"}) {
    SCOPED_TRACE(chip);
    EXPECT_EQ(placed(product(1, 2048), chip).unit, "CPU");
    EXPECT_EQ(placed(product(1, 4096), chip).unit, "CPU");
    EXPECT_EQ(placed(product(1, 8192), chip).unit, "ANE");
    EXPECT_EQ(placed(product(1024, 1024), chip).unit, "ANE");
  }
}

TEST(Placement, WorkloadsStayOnTheEngine) {
  EXPECT_EQ(placed(workload("matmul,m=1,k=2048,n=2048"), "m4").unit, "ANE");
}

TEST(Placement, TheGpuTakesWhatTheEngineCannot) {
  // 17x17 is beyond every engine; 64 -> 64 channels at 128x128 are 38.8 GFLOP.
  Graph g = workload("conv_chain,in_channels=64,kernel=17x17,height=128,width=128");
  g.kernel = false;
  const auto all = placed(g, "m4", ComputeUnits::all);
  EXPECT_EQ(all.unit, "GPU");
  EXPECT_NE(all.reason.find("; GPU "), std::string::npos) << all.reason;
  ASSERT_EQ(all.alternatives.size(), 1u);
  EXPECT_EQ(all.alternatives[0].where, Where::cpu);
  EXPECT_EQ(placed(g, "m4", ComputeUnits::cpu_and_ne).unit, "CPU");
  EXPECT_EQ(placed(g, "m4", ComputeUnits::cpu_and_gpu).unit, "GPU");
  // Small work is not worth a command buffer.
  EXPECT_EQ(placed(unary("tan"), "m4", ComputeUnits::all).unit, "CPU");
}

}  // namespace
}  // namespace anesim::compiler
