// Which layers run tile by tile together, and what enlarging a map becomes. Expected values are
// worked out beside each case.
#include "models/compiler/regions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/compiler/choose_plan.h"
#include "models/compiler/compile.h"
#include "models/compiler/emit.h"
#include "models/compiler/lower.h"
#include "models/compiler/passes.h"
#include "tests/models/fixture.h"
#include "traces/graph/builder.h"
#include "traces/networks/networks.h"
#include "traces/workloads/pieces.h"

namespace anesim::compiler {
namespace {

using graph::Builder;
using graph::TensorId;
using models::m6;
using testing::Each;
using testing::ElementsAre;

TensorId point_conv(Builder& b, TensorId x, std::int64_t in, std::int64_t out,
                    const std::string& name) {
  return workloads::conv(b, x, b.weight(name + "_w", {out, in, 1, 1}), std::nullopt, {}, name);
}

TensorId enlarged(Builder& b, TensorId x, double factor, bool align_corners = false) {
  return b.op("upsample_bilinear", {{"x", {x}},
                                    {"scale_factor_height", {b.number(factor)}},
                                    {"scale_factor_width", {b.number(factor)}},
                                    {"align_corners", {b.boolean(align_corners)}}});
}

std::vector<LayerPlan> plan(const graph::Graph& g, int engines = 1) {
  const auto layers = fuse(g, lower(g, m6(), {}));
  return plan_memory(g, layers, 0, layers.size(), engines, m6(), RegionRule::greedy);
}

std::vector<std::int64_t> tiles_of(const std::vector<LayerPlan>& plans) {
  std::vector<std::int64_t> tiles;
  for (const LayerPlan& p : plans) tiles.push_back(p.tiles);
  return tiles;
}

TEST(Regions, HeavyWeightsStayOutOfTheTilesOfALargeMap) {
  // 8 MiB of weights once more for a second tile of the large map take 55 us; the 128 KiB between
  // them wait in L2 for nothing.
  Builder b("up");
  TensorId x = b.input("x", {1, 1024, 8, 8});
  x = point_conv(b, x, 1024, 4096, "wide");
  x = point_conv(b, x, 4096, 64, "narrow");
  x = enlarged(b, enlarged(b, x, 4), 4);
  x = enlarged(b, x, 2);
  const auto p = plan(b.finish({x}));
  ASSERT_EQ(p.size(), 5u);
  EXPECT_EQ(p[0].tiles, 1);
  EXPECT_EQ(p[1].tiles, 1);
  EXPECT_GT(p[4].tiles, 1);
  EXPECT_NE(p[4].region, p[0].region);
}

TEST(Regions, BranchesRunInTheTilesOfTheirBlock) {
  // Maps of 64 x 128 x 128 are 2 MiB each: two tiles for all, though the second branch does not
  // follow the first. While it runs, the first one's half finds no room beside its own two.
  Builder b("block");
  const TensorId x = b.input("x", {1, 64, 128, 128});
  const TensorId first = point_conv(b, x, 64, 64, "first");
  const TensorId left = point_conv(b, first, 64, 64, "left");
  const TensorId right = point_conv(b, first, 64, 64, "right");
  const auto p = plan(b.finish({b.op("add", {{"x", {left}}, {"y", {right}}})}));
  ASSERT_EQ(p.size(), 4u);
  EXPECT_THAT(tiles_of(p), ElementsAre(2, 2, 2, 2));
  for (const LayerPlan& l : p) EXPECT_EQ(l.region, p[0].region);
  EXPECT_EQ(p[1].read_bytes + p[2].read_bytes, 0);
  EXPECT_EQ(p[3].read_bytes, 64 * 128 * 128 * 2);
}

TEST(Regions, EnginesDivideThePositions) {
  Builder b("chain");
  TensorId x = b.input("x", {1, 64, 128, 128});
  for (int i = 0; i < 3; ++i) x = point_conv(b, x, 64, 64, "conv" + std::to_string(i));
  const graph::Graph g = b.finish({x});
  EXPECT_THAT(tiles_of(plan(g, 1)), Each(2));
  EXPECT_THAT(tiles_of(plan(g, 2)), Each(1));
}

using Words = std::vector<std::pair<const char*, const char*>>;

/// A map of 24 x 6 x 10 enlarged to `to`, as the first layer it becomes.
Layer resized(const graph::Shape& to, const Words& words, const char* type = "resize") {
  Builder b("resize");
  const TensorId x = b.input("x", {1, 24, 6, 10});
  Builder::Arguments arguments{{"x", {x}}};
  if (std::string_view(type) == "resize") {
    arguments.push_back({"shape", {b.ints(to)}});
    arguments.push_back({"resized_dims", {b.integer(4)}});
  } else {
    arguments.push_back({"target_size_height", {b.integer(to[2])}});
    arguments.push_back({"target_size_width", {b.integer(to[3])}});
  }
  for (const auto& [key, word] : words) arguments.push_back({key, {b.text(word)}});
  return lower(b.finish({b.op(type, arguments)}), m6(), {}).at(0);
}

TEST(Resize, ByWholeFactorsIsADepthwiseConvolution) {
  const Layer bilinear =
      resized({1, 24, 18, 30}, {{"sampling_mode", "UNALIGN_CORNERS"}}, "resize_bilinear");
  EXPECT_EQ(bilinear.kind, LayerKind::convolution);
  EXPECT_EQ(bilinear.groups, 24);
  EXPECT_EQ(bilinear.positions(), 18 * 30);
  EXPECT_EQ(bilinear.kernel_h * bilinear.kernel_w, 4);  // taps of an output, of six an axis
  EXPECT_EQ(bilinear.weight_elements, 24 * 6 * 6);
  EXPECT_EQ(bilinear.macs(), 0);  // as graph::work_of counts
  const Layer wide = resized({1, 24, 6, 20}, {{"interpolation_mode", "LINEAR"}});
  EXPECT_EQ(wide.kernel_h, 1);
  EXPECT_EQ(wide.kernel_w, 2);
  const Layer nearest = resized({1, 24, 12, 20}, {}, "resize_nearest_neighbor");
  EXPECT_EQ(nearest.kind, LayerKind::convolution);
  EXPECT_EQ(nearest.kernel_h * nearest.kernel_w, 1);
}

TEST(Resize, OnGridsOfUnequalWeightsMovesData) {
  const auto kind = [](const graph::Shape& to, const Words& words) {
    return resized(to, words).kind;
  };
  using enum LayerKind;
  EXPECT_EQ(kind({1, 24, 12, 20}, {{"sampling_mode", "ALIGN_CORNERS"}}), movement);
  EXPECT_EQ(kind({1, 24, 12, 20}, {{"interpolation_mode", "CUBIC"}}), movement);
  EXPECT_EQ(kind({1, 24, 12, 20},
                 {{"interpolation_mode", "NEAREST_NEIGHBOR"}, {"sampling_mode", "ALIGN_CORNERS"}}),
            movement);
  EXPECT_EQ(kind({1, 24, 9, 15}, {}), movement);   // no whole factor
  EXPECT_EQ(kind({1, 24, 3, 5}, {}), movement);    // smaller
  EXPECT_EQ(kind({1, 48, 12, 20}, {}), movement);  // channels too
  EXPECT_EQ(kind({1, 24, 6, 160}, {}), movement);  // 32 taps: wider than a kernel may be
}

TEST(Resize, KeepsTheLimitsOfMaps) {
  // 18000 columns are beyond the 16384 of an M1; 40000 channels are no inner dimension of a
  // product.
  const auto placed = [](const graph::Shape& from) {
    Builder b("resize");
    const TensorId x = b.input("x", from);
    return compile(b.finish({enlarged(b, x, 2)}), models::chip("m1"), {}).ops.at(0).where;
  };
  EXPECT_EQ(placed({1, 8, 2, 9000}), Where::cpu);
  EXPECT_EQ(placed({1, 40000, 4, 4}), Where::ane);
}

TEST(Resize, IsNoTermOfAPartialSum) {
  Builder b("pyramid");
  TensorId sum = point_conv(b, b.input("x", {1, 16, 16, 16}), 16, 16, "conv");
  for (const char* name : {"a", "b", "c"})
    sum = b.op("add", {{"x", {sum}}, {"y", {enlarged(b, b.input(name, {1, 16, 8, 8}), 2)}}});
  const graph::Graph g = b.finish({sum});
  const auto layers = fuse(g, lower(g, m6(), {}));
  for (const PartialSum& s : find_sums(g, layers, 0, layers.size())) EXPECT_EQ(s.live, 0);
}

TEST(Plan, IsTheCheaperOfBothRules) {
  // CRAFT: the greedy regions carry the heavy dilated layer into the tiles of the last maps. With
  // two engines that costs a third more (m6-apps/craft_rate).
  const graph::Graph g = networks::make_network("craft");
  auto layers = fuse(g, lower(g, m6(), {}));
  join_in_place(g, layers, 0, layers.size());
  const SplitPlan split = plan_split(layers, 0, layers.size(), 2, m6());
  const auto seconds = [&](const std::vector<LayerPlan>& plans) {
    Program p;
    emit_segment(p, layers, plans, split, 0, layers.size(), m6());
    return estimate_segment(p.segments.at(0), m6()).value;
  };
  const auto by = [&](RegionRule rule) {
    return seconds(plan_memory(g, layers, 0, layers.size(), 2, m6(), rule));
  };
  const double chosen = seconds(choose_plan(g, layers, 0, layers.size(), split, m6()));
  EXPECT_EQ(chosen, std::min(by(RegionRule::greedy), by(RegionRule::least)));
  EXPECT_LT(chosen, 0.9 * by(RegionRule::greedy));
}

TEST(Plan, LongGraphsOfManyTilesArePlanned) {
  // 3000 layers whose maps need two tiles: the search looks back over a bounded stretch.
  const auto p =
      plan(models::workload("conv_chain,in_channels=64,layers=3000,height=128,width=128"));
  EXPECT_EQ(p.size(), 3000u);
  EXPECT_THAT(tiles_of(p), Each(2));
}

}  // namespace
}  // namespace anesim::compiler
