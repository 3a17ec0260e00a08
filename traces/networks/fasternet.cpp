// FasterNet-T1 (JierunChen/FasterNet): convolutions over a quarter of the channels.
#include <array>

#include "traces/networks/families.h"
#include "traces/networks/net.h"

namespace anesim::networks {
namespace {

constexpr std::array<std::int64_t, 4> depths{1, 2, 8, 2};

TensorId block(Net& net, TensorId x) {
  const Shape s = net.shape(x);
  const std::int64_t part = s[1] / 4;
  const TensorId head = net.slice(x, {0, 0, 0, 0}, {s[0], part, s[2], s[3]});
  const TensorId rest = net.slice(x, {0, part, 0, 0}, {s[0], s[1] - part, s[2], s[3]});
  const TensorId y = net.concat({net.conv(head, part, {.kernel = 3, .bias = false}), rest});
  const TensorId inner = net.conv(y, 2 * s[1], {.activation = "gelu"});
  return net.add(x, net.conv(inner, s[1], {.bias = false}));
}

graph::Graph make(const Values& values) {
  Net net("fasternet_t1", values);
  TensorId x = net.conv(net.image(), 64, {.kernel = 4, .stride = 4, .pad = 0});
  for (std::size_t stage = 0; stage < depths.size(); ++stage) {
    net.at("stage" + std::to_string(stage + 1) + ".");
    if (stage > 0) x = net.conv(x, 2 * net.channels(x), {.kernel = 2, .stride = 2, .pad = 0});
    for (std::int64_t i = 0; i < depths[stage]; ++i) {
      net.at("stage" + std::to_string(stage + 1) + ".block" + std::to_string(i + 1) + ".");
      x = block(net, x);
    }
  }
  if (!net.has_head()) return net.finish({x});
  net.at("head.");
  x = net.conv(net.mean(x, {2, 3}), 1280, {.activation = "gelu", .bias = false});
  return net.finish({net.linear(net.reshape(x, {net.batch(), 1280}), values.count("classes"))});
}

}  // namespace

std::vector<NetworkInfo> fasternet_family() {
  return {{"fasternet_t1",
           "partial convolutions, image classification",
           {7.6e6, 0.855e9, "arXiv 2303.03667, JierunChen/FasterNet"},
           image_parameters(),
           make}};
}

}  // namespace anesim::networks
