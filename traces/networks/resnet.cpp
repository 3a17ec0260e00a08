// ResNets in the torchvision form (the stride sits in the 3x3 of a bottleneck), and CenterNet on
// one.
#include <array>

#include "traces/networks/families.h"
#include "traces/networks/net.h"

namespace anesim::networks {
namespace {

struct ResNet {
  std::string_view name;
  bool bottleneck;
  std::array<std::int64_t, 4> blocks;
  Published published;
};

constexpr std::string_view source = "torchvision model table";
constexpr std::array table{
    ResNet{"resnet18", false, {2, 2, 2, 2}, {11.690e6, 1.814e9, source}},
    ResNet{"resnet34", false, {3, 4, 6, 3}, {21.798e6, 3.664e9, source}},
    ResNet{"resnet50", true, {3, 4, 6, 3}, {25.557e6, 4.089e9, source}},
    ResNet{"resnet101", true, {3, 4, 23, 3}, {44.549e6, 7.801e9, source}},
    ResNet{"resnet152", true, {3, 8, 36, 3}, {60.193e6, 11.514e9, source}},
};

TensorId block(Net& net, TensorId x, std::int64_t mid, std::int64_t stride, bool bottleneck) {
  const std::int64_t out = bottleneck ? 4 * mid : mid;
  TensorId y = x;
  if (bottleneck) {
    y = net.conv(y, mid, {.activation = "relu"});
    y = net.conv(y, mid, {.kernel = 3, .stride = stride, .activation = "relu"});
    y = net.conv(y, out);
  } else {
    y = net.conv(y, mid, {.kernel = 3, .stride = stride, .activation = "relu"});
    y = net.conv(y, mid, {.kernel = 3});
  }
  if (stride > 1 || net.channels(x) != out) x = net.conv(x, out, {.stride = stride});
  return net.activate(net.add(y, x), "relu");
}

TensorId body(Net& net, const ResNet& form) {
  TensorId x = net.conv(net.image(), 64, {.kernel = 7, .stride = 2, .activation = "relu"});
  x = net.pool("max_pool", x, 3, 2, 1);
  for (std::size_t stage = 0; stage < form.blocks.size(); ++stage) {
    for (std::int64_t i = 0; i < form.blocks[stage]; ++i) {
      net.at("stage" + std::to_string(stage + 1) + ".block" + std::to_string(i + 1) + ".");
      x = block(net, x, std::int64_t{64} << stage, stage > 0 && i == 0 ? 2 : 1, form.bottleneck);
    }
  }
  return x;
}

graph::Graph make(const ResNet& form, const Values& values) {
  Net net(std::string(form.name), values);
  return net.finish({net.classifier(body(net, form))});
}

/// CenterNet's ResNet form (xingyizhou/CenterNet, msra_resnet): three transposed convolutions and
/// a head each for heat map, size and offset. The decoding of peaks is outside.
graph::Graph make_centernet(const Values& values) {
  Net net("centernet_resnet34", values);
  TensorId x = body(net, table[1]);
  if (!net.has_head()) return net.finish({x});
  net.at("up.");
  for (int i = 0; i < 3; ++i)
    x = net.deconv(x, 256, {.kernel = 4, .stride = 2, .activation = "relu", .pad = 1});
  net.at("head.");
  std::vector<TensorId> outputs;
  for (const std::int64_t out : {values.count("classes"), std::int64_t{2}, std::int64_t{2}})
    outputs.push_back(net.conv(net.conv(x, 64, {.kernel = 3, .activation = "relu"}), out));
  return net.finish(outputs);
}

}  // namespace

std::vector<NetworkInfo> resnet_family() {
  std::vector<NetworkInfo> family;
  for (const ResNet& form : table) {
    family.push_back({form.name, "residual network, image classification", form.published,
                      image_parameters(),
                      [&form](const Values& values) { return make(form, values); }});
  }
  family.push_back({"centernet_resnet34",
                    "object detection by centres: heat map, sizes and offsets",
                    {0, 0, "arXiv 1904.07850 (no size of this backbone is published)"},
                    image_parameters("512", "80"),
                    make_centernet});
  return family;
}

}  // namespace anesim::networks
