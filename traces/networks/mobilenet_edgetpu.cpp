// MobileNetEdgeTPU x1.0 (tensorflow/models, mobilenet_edgetpu): inverted bottlenecks whose first
// stages fuse the expansion and the depthwise layer into one convolution; no squeeze-excite.
#include <array>

#include "traces/networks/families.h"
#include "traces/networks/net.h"

namespace anesim::networks {
namespace {

/// The first block of a group expands by 8 and may stride, the others expand by 4 and skip.
struct Group {
  bool fused;
  std::int64_t kernel, stride, channels, count;
};
constexpr std::array groups{Group{true, 3, 2, 32, 4},   Group{true, 3, 2, 48, 4},
                            Group{false, 3, 2, 96, 4},  Group{false, 3, 1, 96, 4},
                            Group{false, 5, 2, 160, 4}, Group{false, 3, 1, 192, 1}};

TensorId block(Net& net, TensorId x, const Group& group, bool first) {
  const std::int64_t inner = (first ? 8 : 4) * net.channels(x);
  const Conv own{.kernel = group.kernel, .stride = first ? group.stride : 1, .activation = "relu"};
  const TensorId y = group.fused ? net.conv(x, inner, own)
                                 : net.depthwise(net.conv(x, inner, {.activation = "relu"}), own);
  const TensorId out = net.conv(y, group.channels);
  return first ? out : net.add(x, out);
}

graph::Graph make(const Values& values) {
  Net net("mobilenet_edgetpu", values);
  TensorId x = net.conv(net.image(), 32, {.kernel = 3, .stride = 2, .activation = "relu"});
  x = net.conv(x, 16, {.activation = "relu"});
  int number = 0;
  for (const Group& group : groups) {
    for (std::int64_t i = 0; i < group.count; ++i) {
      net.at("block" + std::to_string(++number) + ".");
      x = block(net, x, group, i == 0);
    }
  }
  net.at("head.");
  if (net.has_head()) x = net.conv(x, 1280, {.activation = "relu"});
  return net.finish({net.classifier(x)});
}

}  // namespace

std::vector<NetworkInfo> mobilenet_edgetpu_family() {
  return {{"mobilenet_edgetpu",
           "fused inverted bottlenecks, image classification",
           {4.093e6, 0.991e9, "tensorflow/models mobilenet_edgetpu, timm"},
           image_parameters(),
           make}};
}

}  // namespace anesim::networks
