// Real Core ML protobufs: counts and sizes of the catalogue, and shapes that our rules confirm.
#include <gmock/gmock.h>

#include <filesystem>

#include "tests/prerequisites.h"
#include "traces/coreml/coreml.h"
#include "traces/graph/shape_rules.h"
#include "traces/graph/work.h"
#include "traces/mil/mil.h"

namespace anesim::coreml {
namespace {

std::string path_of(const std::string& name) {
  return (shared_graphs / "coreml" / (name + ".mlmodel")).string();
}

struct Known {
  std::string file;
  std::size_t ops;      ///< neither const nor constexpr, outside of blocks
  double weight_bytes;  ///< as in the catalogue
  double rounding;      ///< of the catalogue's figure
  std::vector<graph::DimBinding> dims{};
};

void PrintTo(const Known& known, std::ostream* out) { *out << known.file; }

class CoreMLFiles : public testing::TestWithParam<Known> {};

TEST_P(CoreMLFiles, AsTheCatalogueSays) {
  const Known& known = GetParam();
  if (shared_graphs_missing()) return;
  graph::Graph graph = read_coreml(path_of(known.file));
  EXPECT_EQ(graph.name, known.file);
  EXPECT_EQ(graph.ops.size(), known.ops);
  graph::bind_dimensions(graph, known.dims);
  graph::propagate_shapes(graph);
  graph::require_bound(graph);
  const graph::Work work = work_of(graph);
  EXPECT_NEAR(static_cast<double>(work.weight_bytes), known.weight_bytes, known.rounding);
  EXPECT_GT(work.input_bytes, 0);
  EXPECT_GT(work.output_bytes, 0);
  for (const graph::Op& op : graph.ops) {
    const auto types = infer(graph, op);
    if (!types) continue;  // depends on values of the run
    ASSERT_EQ(types->size(), op.outputs.size()) << op.name;
    for (std::size_t i = 0; i < types->size(); ++i) {
      EXPECT_EQ((*types)[i].shape, graph.at(op.outputs[i]).shape) << op.type << " " << op.name;
      EXPECT_EQ((*types)[i].dtype, graph.at(op.outputs[i]).dtype) << op.type << " " << op.name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Programs, CoreMLFiles,
    testing::Values(
        Known{"whisper_tiny_encoder", 101, 16.4e6, 0.05e6},
        Known{"sam2_tiny_image_encoder", 398, 67.1e6, 0.05e6},
        Known{"sam2_tiny_mask_decoder", 200, 10.2e6, 0.05e6, {{"sparse_embedding", 3}}},
        Known{"minilm_l6_v2", 158, 45.5e6, 0.05e6},
        Known{"hifigan_generator_int8", 196, 14.6e6, 0.05e6, {{"mel", 200}}},
        Known{"tts_transformer_encoder_int8", 108, 11.9e6, 0.05e6, {{"mel", 200}, {"pos", 200}}},
        Known{"basic_pitch_nmp", 113, 0.1e6, 0.05e6},
        Known{"titanet_large_2s48", 161, 88.5e6, 0.05e6},
        Known{"katago_29x29_fp16", 1838, 57.5e6, 0.05e6},
        Known{"parakeet_eou_stream_encoder_160ms", 1174, 212.7e6, 0.05e6}),
    [](const auto& test) { return test.param.file; });

// Published: 1.24 million parameters, 0.39 billion MACs at 227 x 227 (SqueezeNet 1.1).
TEST(CoreMLNetworks, SqueezeNet) {
  if (shared_graphs_missing()) return;
  const graph::Graph graph = read_coreml(path_of("nn_squeezenet_fp16.noweights"));
  const graph::Work work = work_of(graph);
  EXPECT_NEAR(static_cast<double>(work.weight_elements), 1.24e6, 0.01e6);
  EXPECT_NEAR(static_cast<double>(work.macs), 0.388e9, 0.002e9);
  EXPECT_EQ(graph.at(graph.outputs.at(0)).shape, (graph::Shape{1, 1000, 1, 1}));
}

TEST(CoreMLNetworks, Hourglass) {
  if (shared_graphs_missing()) return;
  const graph::Graph graph = read_coreml(path_of("nn_hourglass_pose.noweights"));
  // 844 layers, the image and the result to and from fp16; its result is declared as 14 x 48 x 48.
  EXPECT_EQ(graph.ops.size(), 846u);
  EXPECT_EQ(graph.at(graph.outputs.at(0)).shape, (graph::Shape{1, 14, 48, 48}));
}

TEST(CoreMLNetworks, DrawingEmbedding) {
  if (shared_graphs_missing()) return;
  const graph::Graph graph = read_coreml(path_of("nn_tiny_drawing_embedding"));
  // Four layers with weights: fp32 kernels and biases.
  const std::int64_t elements = 16 * 9 + 16 + 32 * 16 * 9 + 32 + 64 * 32 * 9 + 64 + 576 * 128 + 128;
  EXPECT_EQ(work_of(graph).weight_elements, elements);
  EXPECT_EQ(graph.at(graph.outputs.at(0)).shape, (graph::Shape{1, 128, 1, 1}));
}

// A loop over lists: shapes of the elements follow from what is put in.
TEST(CoreMLPrograms, ListsInLoops) {
  if (shared_graphs_missing()) return;
  graph::Graph graph = read_coreml(path_of("dtln_aec_128_part1"));
  graph::bind_dimensions(graph, {{"lpb_magnitude", 1}, {"mic_magnitude", 1}, {"states_in", 1}});
  graph::propagate_shapes(graph);
  graph::require_bound(graph);
  const graph::Work work = work_of(graph);
  // Two LSTM cells of 128 units and a mask of 257 outputs, for one frame.
  EXPECT_EQ(work.macs, 514 * 512 + 128 * 512 + 2 * 128 * 512 + 128 * 257);
  EXPECT_NEAR(static_cast<double>(work.weight_bytes), 2.0e6, 0.05e6);
}

TEST(CoreMLTwins, ParakeetIsTheSameGraphInTextAndProtobuf) {
  if (shared_graphs_missing()) return;
  const std::string name = "parakeet_eou_stream_encoder_160ms";
  const graph::Graph text = mil::read_mil((shared_graphs / "mil" / (name + ".mil")).string());
  const graph::Graph proto = read_coreml(path_of(name));
  ASSERT_EQ(text.ops.size(), proto.ops.size());
  for (std::size_t i = 0; i < text.ops.size(); ++i) {
    const graph::Op& a = text.ops[i];
    const graph::Op& b = proto.ops[i];
    ASSERT_EQ(a.type, b.type) << i;
    EXPECT_EQ(a.name, b.name) << i;
    ASSERT_EQ(a.outputs.size(), b.outputs.size()) << a.name;
    for (std::size_t o = 0; o < a.outputs.size(); ++o) {
      EXPECT_EQ(text.at(a.outputs[o]).shape, proto.at(b.outputs[o]).shape) << a.name;
      EXPECT_EQ(text.at(a.outputs[o]).dtype, proto.at(b.outputs[o]).dtype) << a.name;
    }
    ASSERT_EQ(a.arguments.size(), b.arguments.size()) << a.name;
    for (std::size_t p = 0; p < a.arguments.size(); ++p) {
      EXPECT_EQ(a.arguments[p].parameter, b.arguments[p].parameter) << a.name;
      ASSERT_EQ(a.arguments[p].tensors.size(), b.arguments[p].tensors.size()) << a.name;
      for (std::size_t t = 0; t < a.arguments[p].tensors.size(); ++t) {
        const graph::Tensor& left = text.at(a.arguments[p].tensors[t]);
        const graph::Tensor& right = proto.at(b.arguments[p].tensors[t]);
        EXPECT_EQ(left.shape, right.shape) << a.name;
        EXPECT_EQ(left.storage, right.storage) << a.name;
        ASSERT_EQ(left.literal.has_value(), right.literal.has_value()) << a.name << left.name;
        if (left.literal) {
          EXPECT_EQ(left.literal->values, right.literal->values) << a.name;
        }
      }
    }
  }
  const graph::Work a = work_of(text);
  const graph::Work b = work_of(proto);
  EXPECT_EQ(a.macs, b.macs);
  EXPECT_EQ(a.weight_bytes, b.weight_bytes);
}

}  // namespace
}  // namespace anesim::coreml
