// Real ONNX models: sizes and work of the catalogue, and shapes that our rules confirm.
#include <gmock/gmock.h>

#include <filesystem>

#include "traces/graph/shape_rules.h"
#include "traces/graph/work.h"
#include "traces/onnx/onnx.h"

namespace anesim::onnx {
namespace {

const std::filesystem::path folder =
    std::filesystem::path(ANESIM_SOURCE_DIR) / "../shared/graphs/onnx";

struct Known {
  std::string file;
  double macs;     ///< million
  double weights;  ///< thousand elements
  std::vector<graph::DimBinding> dims{};
};

void PrintTo(const Known& known, std::ostream* out) { *out << known.file; }

class OnnxFiles : public testing::TestWithParam<Known> {};

TEST_P(OnnxFiles, WorkAndShapes) {
  const Known& known = GetParam();
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no shared graphs";
  const graph::Graph graph =
      read_onnx((folder / (known.file + ".onnx")).string(), {known.dims, false});
  EXPECT_EQ(graph.name, known.file);
  const graph::Work work = work_of(graph);
  EXPECT_NEAR(static_cast<double>(work.macs) / 1e6, known.macs, 0.005 * known.macs);
  EXPECT_NEAR(static_cast<double>(work.weight_elements) / 1e3, known.weights,
              0.005 * known.weights);
  for (const graph::Op& op : graph.ops) {
    const auto types = infer(graph, op);
    ASSERT_TRUE(types) << op.type << " " << op.name;
    ASSERT_EQ(types->size(), op.outputs.size()) << op.name;
    for (std::size_t i = 0; i < types->size(); ++i) {
      EXPECT_EQ((*types)[i].shape, graph.at(op.outputs[i]).shape) << op.type << " " << op.name;
    }
  }
}

// Published figures: ResNet-50 4.09 GMAC with the stride in the 1x1 layers as here 3.86 (the file
// has it in the 3x3 layers), 25.6 M parameters and running means of the same count as the scales.
INSTANTIATE_TEST_SUITE_P(All, OnnxFiles, testing::Values(Known{"light_resnet50", 4089, 25610}),
                         [](const auto& test) { return test.param.file; });

}  // namespace
}  // namespace anesim::onnx
