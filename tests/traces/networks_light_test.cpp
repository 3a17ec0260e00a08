// Small networks with separable, linear and DFC attention: layers, maps and larger images.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "sim/core/error.h"
#include "tests/traces/networks_fixture.h"

namespace anesim::networks {
namespace {

TEST(LightNetworks, EdgeTpuHasEightFusedBlocks) {
  // Stem, 1x1, 8 fused blocks of 2, 13 inverted bottlenecks of 3, 1x1; every block but the first
  // of its group skips.
  const graph::Graph g = make_network("mobilenet_edgetpu");
  EXPECT_EQ(count(g, "conv"), 2 + 8 * 2 + 13 * 3 + 1);
  EXPECT_EQ(count(g, "add"), 15);
  EXPECT_EQ(output_shape("mobilenet_edgetpu,head=none"), (graph::Shape{1, 192, 7, 7}));
}

TEST(LightNetworks, SeparableAttentionHasNoProductsOfTokens) {
  const graph::Graph g = make_network("mobilevit_v2_150");
  EXPECT_EQ(count(g, "softmax"), 2 + 4 + 3);
  EXPECT_EQ(count(g, "matmul"), 0);
  EXPECT_EQ(output_shape("mobilevit_v2_150,head=none,resolution=512"),
            (graph::Shape{1, 768, 16, 16}));
  EXPECT_THROW((void)make_network("mobilevit_v2_150,resolution=224"), UserError);
}

TEST(LightNetworks, LinearAttentionGrowsWithTokens) {
  // mit-han-lab/efficientvit: multiply-accumulates of the same weights on larger images.
  const auto macs = [](std::string_view text) {
    return static_cast<double>(graph::work_of(make_network(text)).macs) * 1e-9;
  };
  EXPECT_NEAR(macs("efficientvit_b1,resolution=288"), 0.86, 0.005);
  EXPECT_NEAR(macs("efficientvit_b3,resolution=288"), 6.5, 0.05);
  EXPECT_EQ(count(make_network("efficientvit_b3"), "matmul"), 2 * (6 + 9));
  EXPECT_EQ(output_shape("efficientvit_b3,head=none,resolution=512"),
            (graph::Shape{1, 512, 16, 16}));
}

TEST(LightNetworks, GatesOfGhostModules) {
  // 16 bottlenecks of two ghost modules; DFC attention in all but the first two.
  const graph::Graph g = make_network("ghostnet_v3_160");
  EXPECT_EQ(count(g, "concat"), 32);
  EXPECT_EQ(count(g, "upsample_nearest_neighbor"), 14);
  EXPECT_EQ(count(g, "sigmoid"), 14);
}

}  // namespace
}  // namespace anesim::networks
