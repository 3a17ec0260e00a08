// RepViT and RecNeXt: what their sizes do not tell.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "tests/traces/networks_fixture.h"

namespace anesim::networks {
namespace {

TEST(RepViT, ExcitesEverySecondBlock) {
  const graph::Graph g = make_network("repvit_m1_1");
  EXPECT_EQ(count(g, "sigmoid"), 1 + 1 + 6 + 1);
  EXPECT_EQ(count(g, "add"), 2 + 2 + 12 + 2 + 3 * 2);  // a strided unit has two feed-forwards
  EXPECT_EQ(output_shape(make_network("repvit_m1_1,resolution=512,head=none")),
            (graph::Shape{1, 512, 16, 16}));
}

TEST(RepViT, EncoderGivesTheEmbeddingOfSegmentAnything) {
  EXPECT_EQ(output_shape(make_network("repvit_sam_encoder")), (graph::Shape{1, 256, 64, 64}));
}

TEST(RecNeXt, MapsShrinkByOneWeightABlock) {
  const graph::Graph g = make_network("recnext_m1");
  EXPECT_EQ(count(g, "upsample_bilinear"), 3 * 4 + 3 * 3 + 15 * 2 + 2 * 1);
  std::set<std::string> shared;
  for (const graph::Tensor& tensor : g.tensors)
    if (tensor.name.find("down_") != std::string::npos) shared.insert(tensor.name);
  EXPECT_EQ(shared.size(), 3 + 3 + 15 + 2);
  // 7x7 is halved to 4x4 and comes back whole.
  EXPECT_EQ(output_shape(make_network("recnext_m1,head=none")), (graph::Shape{1, 384, 7, 7}));
}

TEST(RecNeXt, AttendsAtHalfTheSize) {
  // 23 blocks: each two products for the sums and one for what divides them, and a nearest spread.
  auto counts = op_counts(make_network("recnext_a1"));
  EXPECT_EQ(counts["upsample_nearest_neighbor"], 23);
  EXPECT_EQ(counts["upsample_bilinear"], 0);
  EXPECT_EQ(counts["matmul"], 3 * 23);
  EXPECT_EQ(counts["conv"], 2 + 3 * 3 + 23 * 6);
  EXPECT_EQ(op_counts(make_network("recnext_m1"))["matmul"], 0);
}

}  // namespace
}  // namespace anesim::networks
