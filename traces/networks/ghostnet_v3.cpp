// GhostNetV3 (huawei-noah/Efficient-AI-Backbones) in its deployed form: GhostNetV2 with every
// re-parameterised branch fused; half of a module's channels come from a cheap depthwise layer,
// decoupled fully connected attention (DFC) gates the expansion.
#include <array>

#include "traces/networks/families.h"
#include "traces/networks/net.h"

namespace anesim::networks {
namespace {

struct GhostNet {
  std::string_view name;
  std::int64_t percent;
  Published published;
};
constexpr std::string_view source = "arXiv 2404.11202 (V2: arXiv 2211.12905, timm)";
constexpr std::array table{
    GhostNet{"ghostnet_v3_100", 100, {6.16e6, 0.167e9, source}},
    GhostNet{"ghostnet_v3_130", 130, {8.96e6, 0.269e9, source}},
    GhostNet{"ghostnet_v3_160", 160, {12.39e6, 0.399e9, source}},
};
struct Block {
  std::int64_t kernel, inner, out, stride;
  bool excite;
};
constexpr std::array blocks{
    Block{3, 16, 16, 1, false},   Block{3, 48, 24, 2, false},  Block{3, 72, 24, 1, false},
    Block{5, 72, 40, 2, true},    Block{5, 120, 40, 1, true},  Block{3, 240, 80, 2, false},
    Block{3, 200, 80, 1, false},  Block{3, 184, 80, 1, false}, Block{3, 184, 80, 1, false},
    Block{3, 480, 112, 1, true},  Block{3, 672, 112, 1, true}, Block{5, 672, 160, 2, true},
    Block{5, 960, 160, 1, false}, Block{5, 960, 160, 1, true}, Block{5, 960, 160, 1, false},
    Block{5, 960, 160, 1, true}};

/// Nearest multiple of 4, not below 0.9 of the width.
std::int64_t round_to_4(double width) {
  const std::int64_t rounded = static_cast<std::int64_t>(width + 2) / 4 * 4;
  return static_cast<double>(rounded) < 0.9 * width ? rounded + 4 : rounded;
}

TensorId ghost(Net& net, TensorId x, std::int64_t out, std::string_view activation) {
  const TensorId primary = net.conv(x, (out + 1) / 2, {.activation = activation});
  const TensorId cheap = net.depthwise(primary, {.kernel = 3, .activation = activation});
  return net.concat({primary, cheap});
}

/// DFC attention at half the resolution: the two fully connected layers are rows and columns.
TensorId gate(Net& net, TensorId x, std::int64_t width) {
  TensorId y = net.conv(net.pool("avg_pool", x, 2, 2, 0), width);
  y = net.depthwise(y, {.kernel = 1, .wide = 5});
  y = net.activate(net.depthwise(y, {.kernel = 5, .wide = 1}), "sigmoid");
  return net.upsample_to(y, x);
}

TensorId bottleneck(Net& net, TensorId x, const Block& block, bool attends, std::int64_t inner,
                    std::int64_t out) {
  TensorId y = ghost(net, x, inner, "relu");
  if (attends) y = net.mul(y, gate(net, x, inner));
  const Conv halve{.kernel = block.kernel, .stride = 2};
  if (block.stride == 2) y = net.depthwise(y, halve);
  if (block.excite)
    y = net.excite(y,
                   {.inner = round_to_4(static_cast<double>(inner) / 4), .gate = "hard_sigmoid"});
  y = ghost(net, y, out, {});
  if (block.stride == 1 && net.channels(x) == out) return net.add(y, x);
  const Conv own{.kernel = block.kernel, .stride = block.stride};
  return net.add(y, net.conv(net.depthwise(x, own), out));
}

graph::Graph make(const GhostNet& form, const Values& values) {
  Net net(std::string(form.name), values);
  const auto wide = [&](std::int64_t channels) {
    return round_to_4(static_cast<double>(channels * form.percent) / 100);
  };
  TensorId x = net.conv(net.image(), wide(16), {.kernel = 3, .stride = 2, .activation = "relu"});
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    net.at("block" + std::to_string(i + 1) + ".");
    x = bottleneck(net, x, blocks[i], i > 1, wide(blocks[i].inner), wide(blocks[i].out));
  }
  net.at("head.");
  x = net.conv(x, wide(960), {.activation = "relu"});
  if (!net.has_head()) return net.finish({x});
  x = net.conv(net.mean(x, {2, 3}), 1280, {.activation = "relu"});
  return net.finish({net.linear(net.reshape(x, {net.batch(), 1280}), values.count("classes"))});
}

}  // namespace

std::vector<NetworkInfo> ghostnet_v3_family() {
  return family_of(table, "ghost modules and DFC attention, image classification",
                   image_parameters(), make);
}

}  // namespace anesim::networks
