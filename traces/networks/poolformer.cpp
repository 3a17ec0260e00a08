// PoolFormer S12, S36 (sail-sg/poolformer): average pooling as token mixer.
#include <array>

#include "traces/networks/families.h"
#include "traces/networks/net.h"

namespace anesim::networks {
namespace {

struct PoolFormer {
  std::string_view name;
  std::array<std::int64_t, 4> depths;
  Published published;
};
constexpr std::string_view source = "arXiv 2111.11418, sail-sg/poolformer";
constexpr std::array table{PoolFormer{"poolformer_s12", {2, 2, 6, 2}, {11.915e6, 1.81e9, source}},
                           PoolFormer{"poolformer_s36", {6, 6, 18, 6}, {30.86e6, 4.99e9, source}}};
constexpr std::array<std::int64_t, 4> widths{64, 128, 320, 512};

TensorId block(Net& net, TensorId x) {
  const std::int64_t width = net.channels(x);
  const TensorId normed = net.group_norm(x, 1);
  x = net.add(x, net.scale(net.binary("sub", net.pool("avg_pool", normed, 3, 1, 1), normed)));
  const TensorId inner = net.conv(net.group_norm(x, 1), 4 * width, {.activation = "gelu"});
  return net.add(x, net.scale(net.conv(inner, width)));
}

graph::Graph make(const PoolFormer& form, const Values& values) {
  Net net(std::string(form.name), values);
  TensorId x = net.conv(net.image(), widths[0], {.kernel = 7, .stride = 4, .pad = 2});
  for (std::size_t stage = 0; stage < widths.size(); ++stage) {
    net.at("stage" + std::to_string(stage + 1) + ".");
    if (stage > 0) x = net.conv(x, widths[stage], {.kernel = 3, .stride = 2});
    for (std::int64_t i = 0; i < form.depths[stage]; ++i) {
      net.at("stage" + std::to_string(stage + 1) + ".block" + std::to_string(i + 1) + ".");
      x = block(net, x);
    }
  }
  if (net.has_head()) x = net.group_norm(x, 1);
  return net.finish({net.classifier(x)});
}

}  // namespace

std::vector<NetworkInfo> poolformer_family() {
  return family_of(table, "pooling as token mixer, image classification", image_parameters(), make);
}

}  // namespace anesim::networks
