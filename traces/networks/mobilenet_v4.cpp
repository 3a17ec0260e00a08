// MobileNetV4 convolutional models: universal inverted bottlenecks (timm form, ReLU).
#include <span>
#include <vector>

#include "traces/networks/families.h"
#include "traces/networks/net.h"

namespace anesim::networks {
namespace {

/// U(a, k, e, c): dw_a, pw to e times the channels, dw_k, pw to c; a or k of 0: absent.
struct Universal {
  std::int64_t before, middle, expand, out, stride = 1;
};

TensorId universal(Net& net, TensorId x, const Universal& u) {
  TensorId y = x;
  const bool late = u.middle > 0;
  if (u.before > 0) y = net.depthwise(y, {.kernel = u.before, .stride = late ? 1 : u.stride});
  y = net.conv(y, u.expand * net.channels(x), {.activation = "relu"});
  if (late) y = net.depthwise(y, {.kernel = u.middle, .stride = u.stride, .activation = "relu"});
  y = net.conv(y, u.out);
  return u.stride == 1 && net.channels(x) == u.out ? net.add(x, y) : y;
}

TensorId strided(Net& net, TensorId x, std::int64_t out) {
  return net.conv(x, out, {.kernel = 3, .stride = 2, .activation = "relu"});
}

TensorId small_stem(Net& net, TensorId x) {
  x = strided(net, x, 32);
  x = net.conv(strided(net, x, 32), 32, {.activation = "relu"});
  return net.conv(strided(net, x, 96), 64, {.activation = "relu"});
}
TensorId large_stem(Net& net, TensorId x) {
  x = strided(net, x, 24);
  return net.conv(strided(net, x, 96), 48);
}

const std::vector<Universal> small{{5, 5, 3, 96, 2},  {0, 3, 2, 96},  {0, 3, 2, 96},
                                   {0, 3, 2, 96},     {0, 3, 2, 96},  {3, 0, 4, 96},
                                   {3, 3, 6, 128, 2}, {5, 5, 4, 128}, {0, 5, 4, 128},
                                   {0, 5, 3, 128},    {0, 3, 4, 128}, {0, 3, 4, 128}};
const std::vector<Universal> large{
    {3, 5, 4, 96, 2}, {3, 3, 4, 96},  {3, 5, 4, 192, 2}, {3, 3, 4, 192},    {3, 3, 4, 192},
    {3, 3, 4, 192},   {3, 5, 4, 192}, {5, 3, 4, 192},    {5, 3, 4, 192},    {5, 3, 4, 192},
    {5, 3, 4, 192},   {5, 3, 4, 192}, {3, 0, 4, 192},    {5, 5, 4, 512, 2}, {5, 5, 4, 512},
    {5, 5, 4, 512},   {5, 5, 4, 512}, {5, 0, 4, 512},    {5, 3, 4, 512},    {5, 0, 4, 512},
    {5, 0, 4, 512},   {5, 3, 4, 512}, {5, 5, 4, 512},    {5, 0, 4, 512},    {5, 0, 4, 512},
    {5, 0, 4, 512}};

graph::Graph make(std::string name, TensorId (*stem)(Net&, TensorId),
                  std::span<const Universal> blocks, const Values& values) {
  Net net(std::move(name), values);
  TensorId x = stem(net, net.image());
  int number = 0;
  for (const Universal& block : blocks) {
    net.at("block" + std::to_string(++number) + ".");
    x = universal(net, x, block);
  }
  net.at("head.");
  x = net.conv(x, 960, {.activation = "relu"});
  if (!net.has_head()) return net.finish({x});
  x = net.conv(net.mean(x, {2, 3}), 1280, {.activation = "relu"});
  return net.finish({net.linear(net.reshape(x, {net.batch(), 1280}), values.count("classes"))});
}

}  // namespace

std::vector<NetworkInfo> mobilenet_v4_family() {
  return {{"mobilenet_v4_conv_s",
           "universal inverted bottlenecks, image classification",
           {3.774e6, 0.186e9, "arXiv 2404.10518, timm"},
           image_parameters(),
           [](const Values& v) { return make("mobilenet_v4_conv_s", small_stem, small, v); }},
          {"mobilenet_v4_conv_l",
           "universal inverted bottlenecks, image classification",
           {32.591e6, 6.376e9, "timm (arXiv 2404.10518: 31 M, 5.9 G)"},
           image_parameters("384"),
           [](const Values& v) { return make("mobilenet_v4_conv_l", large_stem, large, v); }}};
}

}  // namespace anesim::networks
