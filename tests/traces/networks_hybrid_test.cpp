// EfficientFormerV2, EfficientMod, EdgeViT, iFormer and the ablation of SwiftFormer: what the sizes
// do not show.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "sim/core/error.h"
#include "tests/traces/networks_fixture.h"

namespace anesim::networks {
namespace {

TEST(HybridNetworks, EfficientFormerV2AttendsInItsLastBlocks) {
  // Two blocks in stage 3, at half its size and spread again, two in stage 4, and one downsampling.
  auto counts = op_counts(make_network("efficientformer_v2_s0"));
  EXPECT_EQ(counts["softmax"], 5);
  EXPECT_EQ(counts["matmul"], 10);
  EXPECT_EQ(counts["upsample_bilinear"], 2);
  EXPECT_EQ(counts["avg_pool"], 1);
  counts = op_counts(make_network("efficientformer_v2_l"));
  EXPECT_EQ(counts["softmax"], 13);
  EXPECT_EQ(counts["upsample_bilinear"], 6);
}

TEST(HybridNetworks, EfficientFormerV2MultipliesAsItsPaperSays) {
  // Table 2 rounds to 0.40, 0.65, 1.25 and 2.56 G.
  const auto millions = [](const char* name) {
    return static_cast<double>(graph::work_of(make_network(name)).macs) * 1e-6;
  };
  EXPECT_NEAR(millions("efficientformer_v2_s0"), 400, 5);
  EXPECT_NEAR(millions("efficientformer_v2_s1"), 650, 5);
  EXPECT_NEAR(millions("efficientformer_v2_s2"), 1250, 5);
  EXPECT_NEAR(millions("efficientformer_v2_l"), 2560, 10);
}

TEST(HybridNetworks, EfficientModRepeatsItsContext) {
  // Twelve modulation blocks, of which every other is six times as wide inside, three of attention.
  auto counts = op_counts(make_network("efficientmod_xxs"));
  EXPECT_EQ(counts["tile"], 6);
  EXPECT_EQ(counts["layer_norm"], 12 + 3 * 2);
  EXPECT_EQ(counts["softmax"], 3);
  EXPECT_EQ(counts["conv"], 4 + 12);
  EXPECT_EQ(counts["linear"], 12 * 4 + 3 * 4 + 1);
  EXPECT_EQ(output_shape("efficientmod_xxs,head=none"), (graph::Shape{1, 256, 7, 7}));
}

TEST(HybridNetworks, EdgeVitSpreadsWhatItSampled) {
  const graph::Graph g = make_network("edgevit_xxs");
  auto counts = op_counts(g);
  // Seven blocks; the two of the last stage attend to every token.
  EXPECT_EQ(counts["softmax"], 7);
  EXPECT_EQ(counts["conv_transpose"], 5);
  EXPECT_EQ(counts["avg_pool"], 5);
  for (const graph::Op& op : g.ops) {
    if (op.type == "softmax") {
      const std::int64_t keys = g.at(op.outputs.at(0)).shape.back();
      EXPECT_TRUE(keys == 196 || keys == 49) << keys;
    }
  }
}

TEST(HybridNetworks, MixersOfSwiftFormerReplaceThoseOfEfficientFormer) {
  auto counts = op_counts(make_network("efficientformer_l1,mixer=swiftformer"));
  EXPECT_EQ(counts["avg_pool"], 0);
  EXPECT_EQ(counts["softmax"], 0);
  EXPECT_EQ(counts["reduce_l2_norm"], 3);
  counts = op_counts(make_network("efficientformer_l1"));
  EXPECT_EQ(counts["avg_pool"], 14);
  EXPECT_EQ(counts["softmax"], 1);
}

TEST(HybridNetworks, IFormerAttendsInItsLastStages) {
  // Three blocks in stage 3 (four in M), two in stage 4: each one softmax and one gate.
  auto counts = op_counts(make_network("iformer_s"));
  EXPECT_EQ(counts["softmax"], 5);
  EXPECT_EQ(counts["sigmoid"], 5);
  EXPECT_EQ(counts["layer_norm"], 0);
  EXPECT_EQ(counts["conv"], 3 + 3 + 14 * 3 + 5 * 8);
  counts = op_counts(make_network("iformer_m,ffn=depthwise"));
  EXPECT_EQ(counts["conv"], 3 + 3 + 14 * 3 + 6 * 9);
  counts = op_counts(make_network("iformer_m,attention=pre_ln_silu"));
  EXPECT_EQ(counts["layer_norm"], 6);
  EXPECT_EQ(counts["silu"], 6);
  EXPECT_EQ(counts["sigmoid"], 0);
}

TEST(HybridNetworks, MobileFormerBridgesBothWays) {
  // Eleven blocks with three attentions each; two activations a block and the head's are dynamic.
  auto counts = op_counts(make_network("mobile_former_294m"));
  EXPECT_EQ(counts["softmax"], 33);
  EXPECT_EQ(counts["matmul"], 66);
  EXPECT_EQ(counts["layer_norm"], 33);
  EXPECT_EQ(counts["maximum"], 23);
  EXPECT_EQ(counts["conv"], 3 + 4 * 4 + 7 * 3 + 1);
}

TEST(HybridNetworks, IFormerSplitsChannelsAsShVit) {
  auto counts = op_counts(make_network("iformer_m,attention=split"));
  EXPECT_EQ(counts["softmax"], 6);
  EXPECT_EQ(counts["sigmoid"], 0);
  EXPECT_EQ(counts["concat"], 0);
  const graph::Graph quarter = make_network("iformer_m,attention=split_quarter");
  counts = op_counts(quarter);
  EXPECT_EQ(counts["softmax"], 6);
  EXPECT_EQ(counts["concat"], 6);
  EXPECT_LT(graph::work_of(quarter).macs, work("iformer_m,attention=split").macs);
  // 14 blocks of 49 - 9 weights a channel less.
  EXPECT_EQ(work("iformer_m").weight_elements - work("iformer_m,kernel=3").weight_elements,
            40 * (2 * 48 + 2 * 96 + 10 * 192));
}

TEST(HybridNetworks, RefuseMapsThatDoNotDivide) {
  for (const char* name : {"edgevit_xxs,resolution=240", "efficientformer_v2_s0,resolution=240"}) {
    try {
      (void)make_network(name);
      ADD_FAILURE() << name;
    } catch (const UserError& error) {
      EXPECT_THAT(error.what(), ::testing::HasSubstr("multiple of 32")) << name;
    }
  }
}

}  // namespace
}  // namespace anesim::networks
