// The example graphs, against numbers worked out by hand.
#include <gmock/gmock.h>

#include <filesystem>
#include <map>

#include "traces/coreml/coreml.h"
#include "traces/graph/shape_rules.h"
#include "traces/graph/work.h"
#include "traces/mil/mil.h"
#include "traces/onnx/onnx.h"

namespace anesim::mil {
namespace {

const std::string folder = ANESIM_SOURCE_DIR "/traces/examples/";

TEST(Examples, VisionTransformer) {
  const graph::Graph graph = read_mil(folder + "vit_encoder.mil");
  std::map<std::string, int> types;
  for (const graph::Op& op : graph.ops) ++types[op.type];
  EXPECT_EQ(types["conv"], 1);
  EXPECT_EQ(types["linear"], 12 * 6);
  EXPECT_EQ(types["matmul"], 24);
  EXPECT_EQ(types["layer_norm"], 25);
  EXPECT_EQ(types["gelu"], 12);
  EXPECT_EQ(graph.ops.size(), 5u + 12 * 23 + 1);
  EXPECT_EQ(graph.at(graph.outputs.at(0)).shape, (graph::Shape{1, 197, 768}));

  const graph::Work work = work_of(graph);
  // ViT-B/16 has 86,567,656 parameters with its classifier, which has 769,000 of them.
  EXPECT_EQ(work.weight_elements, 86'567'656 - 769'000);
  EXPECT_EQ(work.weight_bytes, 2 * work.weight_elements);
  const std::int64_t layer = 197LL * 768 * (4 * 768 + 2 * 3072) + 2 * 12 * 197LL * 197 * 64;
  EXPECT_EQ(work.macs, 196LL * 768 * 768 + 12 * layer);
}

TEST(Examples, ConvBlockWithPalettes) {
  const graph::Graph graph = read_mil(folder + "conv_block.mil");
  EXPECT_EQ(graph.ops.size(), 5u);
  const graph::Work work = work_of(graph);
  EXPECT_EQ(work.macs, 2 * 64LL * 64 * 9 * 56 * 56);
  // 36,864 weights at 4 bits and as many at 6 bits, tables of 16 and 64 entries, two biases.
  EXPECT_EQ(work.weight_bytes, 18'432 + 27'648 + 32 + 128 + 2 * 128);
}

/// The same network as an exporter and as Core ML's compiler write it, with an open batch.
TEST(Examples, SmallClassifierInBothForms) {
  const graph::Graph onnx =
      onnx::read_onnx(folder + "small_classifier.onnx", {{{"batch", 2}}, false});
  graph::Graph compiled = coreml::read_coreml(folder + "small_classifier.mlmodelc");
  graph::bind_dimensions(compiled, {{"x", 2}});
  graph::propagate_shapes(compiled);
  for (const graph::Graph& g : {onnx, compiled}) {
    EXPECT_EQ(g.at(g.outputs.at(0)).shape, (graph::Shape{2, 10}));
    const graph::Work work = work_of(g);
    const std::int64_t conv = 3 * 32 * 64 * 64 + (32 * 64 + 64 * 128 + 128 * 128) * 32 * 32;
    EXPECT_EQ(work.macs, 2 * (9 * conv + 128 * 10));
    EXPECT_EQ(work.weight_elements,
              9 * (3 * 32 + 32 * 64 + 64 * 128 + 128 * 128) + 352 + 128 * 10 + 10);
  }
  EXPECT_LT(std::filesystem::file_size(folder + "small_classifier.onnx"), 20'000u);
}

}  // namespace
}  // namespace anesim::mil
