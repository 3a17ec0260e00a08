// Real compiled programs: counts and sizes of the catalogue, and shapes that our rules confirm.
#include <gmock/gmock.h>

#include <cmath>
#include <filesystem>

#include "tests/prerequisites.h"
#include "traces/graph/shape_rules.h"
#include "traces/graph/work.h"
#include "traces/mil/mil.h"

namespace anesim::mil {
namespace {

const std::filesystem::path folder = shared_graphs / "mil";

struct Known {
  std::string file;
  std::size_t ops;      ///< neither const nor constexpr
  double weight_bytes;  ///< as in the catalogue
  double rounding;      ///< of the catalogue's figure
};

void PrintTo(const Known& known, std::ostream* out) { *out << known.file; }

class MilFiles : public testing::TestWithParam<Known> {};

TEST_P(MilFiles, AsTheCatalogueSays) {
  const Known& known = GetParam();
  if (shared_graphs_missing(folder)) return;
  graph::Graph graph = read_mil((folder / (known.file + ".mil")).string());
  EXPECT_EQ(graph.name, known.file);
  EXPECT_EQ(graph.ops.size(), known.ops);
  for (const graph::FlexibleDim& dim : graph.flexible) {
    const std::string what = graph.at(dim.input).name + "[" + std::to_string(dim.axis) + "]";
    graph::bind_dimensions(graph, {{what, std::min<std::int64_t>(dim.high, 16000)}});
  }
  graph::propagate_shapes(graph);
  graph::require_bound(graph);
  const graph::Work work = work_of(graph);
  EXPECT_NEAR(static_cast<double>(work.weight_bytes), known.weight_bytes, known.rounding);
  EXPECT_GT(work.input_bytes, 0);
  EXPECT_GT(work.output_bytes, 0);
  for (const graph::Op& op : graph.ops) {
    const auto types = infer(graph, op);
    ASSERT_TRUE(types) << op.type << " " << op.name;
    ASSERT_EQ(types->size(), op.outputs.size()) << op.name;
    for (std::size_t i = 0; i < types->size(); ++i) {
      EXPECT_EQ((*types)[i].shape, graph.at(op.outputs[i]).shape) << op.type << " " << op.name;
      EXPECT_EQ((*types)[i].dtype, graph.at(op.outputs[i]).dtype) << op.type << " " << op.name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, MilFiles,
    testing::Values(Known{"parakeet_eou_stream_encoder_160ms", 1174, 212.7e6, 0.05e6},
                    Known{"parakeet_eou_preprocessor", 34, 1.2e6, 0.05e6},
                    Known{"parakeet_eou_joint_decision", 21, 2.8e6, 0.05e6},
                    Known{"fluid_transpose_encoder", 1, 0, 0},
                    Known{"silero_vad_fp16", 48, 0.9e6, 0.05e6},
                    Known{"silero_vad_palette4", 48, 0.2e6, 0.05e6},
                    Known{"silero_vad_256ms_int8", 357, 0.3e6, 0.05e6},
                    Known{"coremltools_add_model", 1, 0, 0}, Known{"espresso_conv", 3, 48, 0},
                    Known{"espresso_sdpa_fwd", 25, 4.9e6, 0.06e6},
                    Known{"espresso_ffn_fwd", 14, 9.4e6, 0.06e6},
                    Known{"espresso_fused_decode_layer", 41, 14.2e6, 0.06e6},
                    Known{"espresso_rwkv_3layer_2step", 96, 28.3e6, 0.06e6},
                    Known{"ane_study_conv_transpose_annotated", 11, 4 * 73728 + 32768, 0}),
    [](const auto& test) { return test.param.file; });

}  // namespace
}  // namespace anesim::mil
