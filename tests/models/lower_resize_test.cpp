// What enlarging a map becomes. Expected values are worked out beside each case.
#include <gtest/gtest.h>

#include "models/compiler/compile.h"
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

TensorId enlarged(Builder& b, TensorId x, double factor) {
  return b.op("upsample_bilinear", {{"x", {x}},
                                    {"scale_factor_height", {b.number(factor)}},
                                    {"scale_factor_width", {b.number(factor)}},
                                    {"align_corners", {b.boolean(false)}}});
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
  TensorId sum = workloads::conv(b, b.input("x", {1, 16, 16, 16}), b.weight("w", {16, 16, 1, 1}),
                                 std::nullopt, {}, "conv");
  for (const char* name : {"a", "b", "c"})
    sum = b.op("add", {{"x", {sum}}, {"y", {enlarged(b, b.input(name, {1, 16, 8, 8}), 2)}}});
  const graph::Graph g = b.finish({sum});
  const auto layers = fuse(g, lower(g, m6(), {}));
  for (const PartialSum& s : find_sums(g, layers, 0, layers.size())) EXPECT_EQ(s.live, 0);
}

}  // namespace
}  // namespace anesim::compiler
