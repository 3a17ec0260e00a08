// MobileNetV1: depthwise and pointwise convolutions in turn, no skips (timm form).
#include <algorithm>
#include <array>

#include "traces/networks/families.h"
#include "traces/networks/net.h"

namespace anesim::networks {
namespace {

struct Block {
  std::int64_t channels, stride;
};
constexpr std::array blocks{Block{64, 1},  Block{128, 2}, Block{128, 1}, Block{256, 2},
                            Block{256, 1}, Block{512, 2}, Block{512, 1}, Block{512, 1},
                            Block{512, 1}, Block{512, 1}, Block{512, 1}, Block{1024, 2},
                            Block{1024, 1}};

graph::Graph make(const Values& values) {
  const double width = static_cast<double>(values.count("width")) / 100;
  const auto wide = [&](std::int64_t c) { return round_to_8(static_cast<double>(c) * width); };
  Net net("mobilenet_v1", values);
  TensorId x = net.conv(net.image(), wide(32), {.kernel = 3, .stride = 2, .activation = "relu6"});
  int number = 0;
  for (const Block& block : blocks) {
    net.at("block" + std::to_string(++number) + ".");
    x = net.depthwise(x, {.kernel = 3, .stride = block.stride, .activation = "relu6"});
    x = net.conv(x, wide(block.channels), {.activation = "relu6"});
  }
  return net.finish({net.classifier(x)});
}

}  // namespace

std::vector<NetworkInfo> mobilenet_v1_family() {
  return {{"mobilenet_v1",
           "depthwise separable convolutions, image classification",
           {4.232e6, 0.569e9, "arXiv 1704.04861, timm"},
           with({{"width", Form::count, "100", "width multiplier in percent", {}, 1000}},
                image_parameters()),
           make}};
}

}  // namespace anesim::networks
