// SqueezeNet 1.0 and 1.1 (torchvision): fire modules, maxima of 3 with rounding up.
#include <array>

#include "traces/networks/families.h"
#include "traces/networks/net.h"

namespace anesim::networks {
namespace {

struct Fire {
  std::int64_t squeeze, expand;
};
constexpr std::array fires{Fire{16, 64},  Fire{16, 64},  Fire{32, 128}, Fire{32, 128},
                           Fire{48, 192}, Fire{48, 192}, Fire{64, 256}, Fire{64, 256}};

TensorId fire(Net& net, TensorId x, const Fire& f) {
  const TensorId s = net.conv(x, f.squeeze, {.activation = "relu"});
  return net.concat({net.conv(s, f.expand, {.activation = "relu"}),
                     net.conv(s, f.expand, {.kernel = 3, .activation = "relu"})});
}

/// `pools`: numbers of fire modules before which the map is halved.
graph::Graph make(std::string name, const Conv& stem, std::int64_t width,
                  std::array<std::size_t, 3> pools, const Values& values) {
  Net net(std::move(name), values);
  TensorId x = net.conv(net.image(), width, stem);
  for (std::size_t i = 0; i < fires.size(); ++i) {
    net.at("fire" + std::to_string(i + 2) + ".");
    for (const std::size_t pool : pools)
      if (pool == i) x = net.pool("max_pool", x, 3, 2, 0, true);
    x = fire(net, x, fires[i]);
  }
  if (!net.has_head()) return net.finish({x});
  net.at("head.");
  const std::int64_t classes = values.count("classes");
  x = net.mean(net.conv(x, classes, {.activation = "relu"}), {2, 3});
  return net.finish({net.reshape(x, {net.batch(), classes})});
}

}  // namespace

std::vector<NetworkInfo> squeezenet_family() {
  const Conv stem7{.kernel = 7, .stride = 2, .activation = "relu", .pad = 0};
  const Conv stem3{.kernel = 3, .stride = 2, .activation = "relu", .pad = 0};
  return {{"squeezenet1_0",
           "fire modules, image classification",
           {1.248e6, 0.819e9, "arXiv 1602.07360, torchvision"},
           image_parameters(),
           [=](const Values& v) {
             return make("squeezenet1_0", stem7, 96, {0, 3, 7}, v);
           }},
          {"squeezenet1_1",
           "fire modules, image classification",
           {1.235e6, 0.349e9, "arXiv 1602.07360, torchvision"},
           image_parameters(),
           [=](const Values& v) {
             return make("squeezenet1_1", stem3, 64, {0, 2, 4}, v);
           }}};
}

}  // namespace anesim::networks
