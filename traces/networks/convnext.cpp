// ConvNeXt-T (facebookresearch/ConvNeXt): depthwise 7x7 and token-wise layers with channels last.
#include <array>

#include "traces/networks/families.h"
#include "traces/networks/net.h"

namespace anesim::networks {
namespace {

constexpr std::array<std::int64_t, 4> depths{3, 3, 9, 3}, widths{96, 192, 384, 768};

TensorId last(Net& net, TensorId x) { return net.transpose(x, {0, 2, 3, 1}); }
TensorId first(Net& net, TensorId x) { return net.transpose(x, {0, 3, 1, 2}); }
TensorId normed_map(Net& net, TensorId x) { return first(net, net.layer_norm(last(net, x))); }

TensorId block(Net& net, TensorId x) {
  const std::int64_t width = net.channels(x);
  TensorId y = net.layer_norm(last(net, net.depthwise(x, {.kernel = 7})));
  y = net.linear(net.linear(y, 4 * width, "gelu"), width);
  y = net.mul(y, net.constant({width}, "gain"));
  return net.add(x, first(net, y));
}

graph::Graph make(const Values& values) {
  Net net("convnext_t", values);
  TensorId x = net.conv(net.image(), widths[0], {.kernel = 4, .stride = 4, .pad = 0});
  x = normed_map(net, x);
  for (std::size_t stage = 0; stage < depths.size(); ++stage) {
    net.at("stage" + std::to_string(stage + 1) + ".");
    if (stage > 0)
      x = net.conv(normed_map(net, x), widths[stage], {.kernel = 2, .stride = 2, .pad = 0});
    for (std::int64_t i = 0; i < depths[stage]; ++i) {
      net.at("stage" + std::to_string(stage + 1) + ".block" + std::to_string(i + 1) + ".");
      x = block(net, x);
    }
  }
  if (!net.has_head()) return net.finish({x});
  net.at("head.");
  const TensorId flat = net.reshape(net.mean(x, {2, 3}), {net.batch(), widths[3]});
  return net.finish({net.linear(net.layer_norm(flat), values.count("classes"))});
}

}  // namespace

std::vector<NetworkInfo> convnext_family() {
  return {{"convnext_t",
           "depthwise 7x7 and token-wise layers, image classification",
           {28.589e6, 4.456e9, "arXiv 2201.03545, torchvision"},
           image_parameters(),
           make}};
}

}  // namespace anesim::networks
