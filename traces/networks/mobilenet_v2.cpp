// MobileNetV2: inverted residuals with ReLU6 (timm form).
#include <array>

#include "traces/networks/families.h"
#include "traces/networks/net.h"

namespace anesim::networks {
namespace {

struct Group {
  std::int64_t expand, channels, count, stride;
};
constexpr std::array groups{Group{1, 16, 1, 1}, Group{6, 24, 2, 2}, Group{6, 32, 3, 2},
                            Group{6, 64, 4, 2}, Group{6, 96, 3, 1}, Group{6, 160, 3, 2},
                            Group{6, 320, 1, 1}};

TensorId inverted_residual(Net& net, TensorId x, std::int64_t expand, std::int64_t out,
                           std::int64_t stride) {
  TensorId y = x;
  if (expand > 1) y = net.conv(y, expand * net.channels(x), {.activation = "relu6"});
  y = net.depthwise(y, {.kernel = 3, .stride = stride, .activation = "relu6"});
  y = net.conv(y, out);
  return stride == 1 && net.channels(x) == out ? net.add(x, y) : y;
}

graph::Graph make(const Values& values) {
  const double width = static_cast<double>(values.count("width")) / 100;
  Net net("mobilenet_v2", values);
  TensorId x = net.conv(net.image(), round_to_8(32 * width),
                        {.kernel = 3, .stride = 2, .activation = "relu6"});
  int number = 0;
  for (const Group& group : groups) {
    for (std::int64_t i = 0; i < group.count; ++i) {
      net.at("block" + std::to_string(++number) + ".");
      x = inverted_residual(net, x, group.expand,
                            round_to_8(static_cast<double>(group.channels) * width),
                            i == 0 ? group.stride : 1);
    }
  }
  net.at("head.");
  // Narrow forms keep the full head.
  if (net.has_head())
    x = net.conv(x, round_to_8(1280 * std::max(1.0, width)), {.activation = "relu6"});
  return net.finish({net.classifier(x)});
}

}  // namespace

std::vector<NetworkInfo> mobilenet_v2_family() {
  return {{"mobilenet_v2",
           "inverted residuals, image classification; width in percent (50, 100, 140, 200)",
           {3.505e6, 0.301e9, "arXiv 1801.04381, timm"},
           with({{"width", Form::count, "100", "width multiplier in percent", {}, 1000}},
                image_parameters()),
           make}};
}

}  // namespace anesim::networks
