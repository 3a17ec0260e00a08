// Real ONNX models: sizes and work of the catalogue, and shapes that our rules confirm.
#include <gmock/gmock.h>

#include <filesystem>

#include "tests/prerequisites.h"
#include "traces/graph/shape_rules.h"
#include "traces/graph/work.h"
#include "traces/onnx/onnx.h"

namespace anesim::onnx {
namespace {

const std::filesystem::path folder = shared_graphs / "onnx";

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
  if (shared_graphs_missing(folder)) return;
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

// Published: ResNet-50 4.09 GMAC and 25.6 M parameters (the stride in the 3x3 layers; with the
// means and variances of its norms 25.61), DenseNet-121 2.83 and 7.98 (8.15 with them),
// SqueezeNet 1.1 0.35 and 1.24, GoogLeNet 1.43 and 7.0, ResNet-18 1.81 and 11.69, MobileNetV2 0.30
// and 3.5; MLPerf Tiny: 2.66 MMAC and 12.5 MMAC with 78 k parameters.
INSTANTIATE_TEST_SUITE_P(
    All, OnnxFiles,
    testing::Values(Known{"light_resnet50", 4089, 25610}, Known{"light_densenet121", 2834, 8146},
                    Known{"light_squeezenet", 349.2, 1235.5},
                    Known{"light_inception_v1", 1432, 7000},
                    Known{"squeezenet_qlinear", 349.2, 1235.5},
                    Known{"resnet18_external_weights", 1814, 11684},
                    Known{"mobilenetv2_dynamic_batch", 300.8, 3488, {{"batch_size", 1}}},
                    Known{"mlperf_tiny_ds_cnn", 2.657, 22.6},
                    Known{"mlperf_tiny_resnet8", 12.5, 77.7}, Known{"mnist_cntk", 0.7866, 5.99}),
    [](const auto& test) { return test.param.file; });

}  // namespace
}  // namespace anesim::onnx
