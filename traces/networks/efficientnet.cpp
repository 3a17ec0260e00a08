// EfficientNet-B0: inverted residuals with squeeze-excite and SiLU (timm form).
#include <array>

#include "traces/networks/families.h"
#include "traces/networks/net.h"

namespace anesim::networks {
namespace {

struct Group {
  std::int64_t expand, kernel, stride, channels, count;
};
constexpr std::array groups{Group{1, 3, 1, 16, 1}, Group{6, 3, 2, 24, 2},  Group{6, 5, 2, 40, 2},
                            Group{6, 3, 2, 80, 3}, Group{6, 5, 1, 112, 3}, Group{6, 5, 2, 192, 4},
                            Group{6, 3, 1, 320, 1}};

graph::Graph make(const Values& values) {
  Net net("efficientnet_b0", values);
  TensorId x = net.conv(net.image(), 32, {.kernel = 3, .stride = 2, .activation = "silu"});
  int number = 0;
  for (const Group& group : groups) {
    for (std::int64_t i = 0; i < group.count; ++i) {
      net.at("block" + std::to_string(++number) + ".");
      const std::int64_t in = net.channels(x), stride = i == 0 ? group.stride : 1;
      TensorId y = x;
      if (group.expand > 1) y = net.conv(y, group.expand * in, {.activation = "silu"});
      y = net.depthwise(y, {.kernel = group.kernel, .stride = stride, .activation = "silu"});
      y = net.excite(y, {.inner = in / 4, .activation = "silu"});
      y = net.conv(y, group.channels);
      x = stride == 1 && in == group.channels ? net.add(x, y) : y;
    }
  }
  net.at("head.");
  if (net.has_head()) x = net.conv(x, 1280, {.activation = "silu"});
  return net.finish({net.classifier(x)});
}

}  // namespace

std::vector<NetworkInfo> efficientnet_family() {
  return {{"efficientnet_b0",
           "inverted residuals with squeeze-excite, image classification",
           {5.289e6, 0.386e9, "arXiv 1905.11946, timm"},
           image_parameters(),
           make}};
}

}  // namespace anesim::networks
