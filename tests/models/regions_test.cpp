// Which layers run tile by tile together, and what enlarging a map becomes. Expected values are
// worked out beside each case.
#include "models/compiler/regions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/compiler/lower.h"
#include "models/compiler/passes.h"
#include "tests/models/fixture.h"
#include "traces/graph/builder.h"
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
  return plan_memory(g, layers, 0, layers.size(), engines, m6());
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

Layer lowered(double factor, bool align_corners, const char* type = "upsample_bilinear") {
  Builder b("resize");
  const TensorId x = b.input("x", {1, 24, 6, 10});
  const TensorId y = std::string_view(type) == "upsample_bilinear"
                         ? enlarged(b, x, factor, align_corners)
                         : b.op(type, {{"x", {x}},
                                       {"scale_factor_height", {b.number(factor)}},
                                       {"scale_factor_width", {b.number(factor)}}});
  return lower(b.finish({y}), m6(), {}).at(0);
}

TEST(Resize, ByWholeFactorsIsADepthwiseConvolution) {
  const Layer bilinear = lowered(3, false);
  EXPECT_EQ(bilinear.kind, LayerKind::convolution);
  EXPECT_EQ(bilinear.groups, 24);
  EXPECT_EQ(bilinear.positions(), 18 * 30);
  EXPECT_EQ(bilinear.macs(), 24 * 18 * 30 * 4);  // two taps an axis
  EXPECT_EQ(bilinear.weight_elements, 24 * 6 * 6);
  const Layer nearest = lowered(2, false, "upsample_nearest_neighbor");
  EXPECT_EQ(nearest.kind, LayerKind::convolution);
  EXPECT_EQ(nearest.macs(), 24 * 12 * 20);
}

TEST(Resize, OnGridsOfUnequalWeightsMovesData) {
  EXPECT_EQ(lowered(2, true).kind, LayerKind::movement);     // aligned corners
  EXPECT_EQ(lowered(1.5, false).kind, LayerKind::movement);  // no whole factor
  EXPECT_EQ(lowered(16, false).kind, LayerKind::movement);   // 32 taps: wider than a kernel may be
}

}  // namespace
}  // namespace anesim::compiler
