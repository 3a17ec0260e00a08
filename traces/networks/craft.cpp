// CRAFT text detection as EasyOCR ships it: VGG-16 without its last convolution, a dilated layer,
// and four steps up.
#include <array>

#include "traces/networks/families.h"
#include "traces/networks/net.h"

namespace anesim::networks {
namespace {

TensorId c3(Net& net, TensorId x, std::int64_t out, std::string_view activation = "relu") {
  return net.conv(x, out, {.kernel = 3, .activation = activation});
}

/// Joins two maps, pw to `mid`, c3 to `out`.
TensorId up(Net& net, TensorId x, TensorId side, std::int64_t mid, std::int64_t out) {
  if (net.shape(x)[2] != net.shape(side)[2]) x = net.upsample(x, 2, true);
  x = net.conv(net.concat({x, side}), mid, {.activation = "relu"});
  return c3(net, x, out);
}

graph::Graph make(const Values& values) {
  const std::int64_t height = values.count("height"), width = values.count("width");
  if (height % 16 != 0 || width % 16 != 0)
    values.fail("parameters 'height' and 'width' must be multiples of 16");
  Net net("craft", values);
  const auto halved = [&](TensorId x) { return net.pool("max_pool", x, 2, 2, 0); };
  // Sources of the way up are taken before the activation that follows them.
  const auto relu = [&](TensorId x) { return net.activate(x, "relu"); };
  net.at("backbone.");
  TensorId x = net.input("image", {net.batch(), 3, height, width});
  x = halved(c3(net, c3(net, x, 64), 64));
  const TensorId s2 = c3(net, c3(net, x, 128), 128, {});
  const TensorId s3 = c3(net, c3(net, halved(relu(s2)), 256), 256, {});
  const TensorId s4 = c3(net, c3(net, halved(c3(net, relu(s3), 256)), 512), 512, {});
  const TensorId s5 = c3(net, c3(net, halved(c3(net, relu(s4), 512)), 512), 512, {});
  x = net.pool("max_pool", s5, 3, 1, 1);
  x = net.conv(x, 1024, {.kernel = 3, .pad = 6, .dilation = 6});
  x = net.conv(x, 1024);
  net.at("up.");
  x = up(net, x, s5, 512, 256);
  x = up(net, x, s4, 256, 128);
  x = up(net, x, s3, 128, 64);
  x = up(net, x, s2, 64, 32);
  net.at("head.");
  x = c3(net, c3(net, c3(net, x, 32), 32), 16);
  x = net.conv(net.conv(x, 16, {.activation = "relu"}), 2);
  return net.finish({net.transpose(x, {0, 2, 3, 1})});
}

}  // namespace

std::vector<NetworkInfo> craft_family() {
  return {{"craft",
           "text detection, two maps of half the image's size",
           {20.77e6, 0, "arXiv 1904.01941, JaidedAI/EasyOCR"},
           with({{"height", Form::count, "736", "rows of the image", {}, 8192},
                 {"width", Form::count, "1280", "columns of the image", {}, 8192}},
                common_parameters()),
           make}};
}

}  // namespace anesim::networks
