// Networks with dense results: detectors, depth, and products in parts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "sim/core/error.h"
#include "traces/graph/work.h"
#include "traces/networks/networks.h"

namespace anesim::networks {
namespace {

using ::testing::ElementsAre;

std::vector<graph::Shape> outputs(std::string_view text) {
  const graph::Graph g = make_network(text);
  std::vector<graph::Shape> shapes;
  for (const graph::TensorId id : g.outputs) shapes.push_back(g.at(id).shape);
  return shapes;
}

double parameters(std::string_view text) {
  return static_cast<double>(graph::work_of(make_network(text)).weight_elements);
}
double macs(std::string_view text) {
  return static_cast<double>(graph::work_of(make_network(text)).macs);
}

TEST(DenseNetworks, ResultsOfDetectors) {
  using S = graph::Shape;
  EXPECT_THAT(outputs("yolo11n"), ElementsAre(S{1, 84, 8400}));
  EXPECT_THAT(outputs("yolo11s,head=none"),
              ElementsAre(S{1, 256, 80, 80}, S{1, 256, 40, 40}, S{1, 512, 20, 20}));
  EXPECT_THAT(outputs("yolo26n"), ElementsAre(S{1, 300, 6}));
  EXPECT_THAT(outputs("yolo26n_seg"), ElementsAre(S{1, 300, 38}, S{1, 32, 160, 160}));
  EXPECT_THAT(outputs("yolo26n_obb,resolution=640"), ElementsAre(S{1, 300, 7}));
  EXPECT_THAT(outputs("yolo26n_seg,select=false"),
              ElementsAre(S{1, 116, 8400}, S{1, 32, 160, 160}));
  EXPECT_THAT(outputs("centernet_resnet34"),
              ElementsAre(S{1, 80, 128, 128}, S{1, 2, 128, 128}, S{1, 2, 128, 128}));
}

TEST(DenseNetworks, ParametersToTheLastDigit) {
  // ultralytics prints these for the fused models; anchors and strides are no parameters there.
  const double anchors = 3 * 8400;
  EXPECT_EQ(parameters("yolo11n") - anchors, 2616248);
  EXPECT_EQ(parameters("yolo11s") - anchors, 9443760);
  EXPECT_EQ(parameters("yolo11m") - anchors, 20091712);
  // ResNet-34 without its classifier, three transposed convolutions, three heads.
  const double norms = 8512;  // a folded norm is one number a channel instead of two
  EXPECT_EQ(parameters("centernet_resnet34"), 21284672 - norms + (512 + 256 + 256) * 256 * 16 +
                                                  3 * 256 + 3 * (256 * 64 * 9 + 64) + 64 * 84 + 84);
}

TEST(DenseNetworks, BackbonesOfDepthAnythingHaveThePublishedWork) {
  // timm's vit_*_patch14_dinov2 at 518.
  const std::map<std::string, double> published{
      {"small", 46.8e9}, {"base", 151.7e9}, {"large", 507.1e9}};
  for (const auto& [size, work] : published)
    EXPECT_NEAR(macs("depth_anything_" + size + ",head=none") / work, 1, 0.005) << size;
}

TEST(DenseNetworks, DepthKeepsWholePatches) {
  EXPECT_THAT(outputs("depth_anything_small,height=396"),
              ElementsAre(graph::Shape{1, 1, 392, 518}));
  EXPECT_EQ(macs("depth_anything_small,height=396"), macs("depth_anything_small,height=392"));
}

TEST(DenseNetworks, ProductsInPartsAreTheSameWork) {
  const std::string whole = "gated_mlp,width=3840,hidden=15360";
  EXPECT_EQ(macs(whole + ",groups_of=32"), macs(whole));
  EXPECT_EQ(parameters(whole + ",groups_of=32"), 176947200);
  std::map<std::string, int> counts;
  for (const graph::Op& op : make_network(whole + ",groups_of=32").ops) ++counts[op.type];
  EXPECT_EQ(counts["conv"], 120 + 120 + 480);
  EXPECT_EQ(counts["add"], 119 + 119 + 479);
  EXPECT_THROW((void)make_network(whole + ",groups_of=7"), UserError);
}

}  // namespace
}  // namespace anesim::networks
