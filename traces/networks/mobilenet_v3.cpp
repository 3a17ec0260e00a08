// MobileNetV3 large and small: inverted residuals with squeeze-excite and hard swish (torchvision
// blocks; narrow forms keep the full head, as in timm).
#include <algorithm>
#include <span>

#include "traces/networks/families.h"
#include "traces/networks/net.h"

namespace anesim::networks {
namespace {

struct Block {
  std::int64_t kernel, expand, out;
  bool excite;
  std::string_view activation;
  std::int64_t stride;
};
constexpr std::string_view re = "relu", hs = "hard_swish";

constexpr std::array large{
    Block{3, 16, 16, false, re, 1},  Block{3, 64, 24, false, re, 2},
    Block{3, 72, 24, false, re, 1},  Block{5, 72, 40, true, re, 2},
    Block{5, 120, 40, true, re, 1},  Block{5, 120, 40, true, re, 1},
    Block{3, 240, 80, false, hs, 2}, Block{3, 200, 80, false, hs, 1},
    Block{3, 184, 80, false, hs, 1}, Block{3, 184, 80, false, hs, 1},
    Block{3, 480, 112, true, hs, 1}, Block{3, 672, 112, true, hs, 1},
    Block{5, 672, 160, true, hs, 2}, Block{5, 960, 160, true, hs, 1},
    Block{5, 960, 160, true, hs, 1},
};
constexpr std::array small{
    Block{3, 16, 16, true, re, 2},  Block{3, 72, 24, false, re, 2}, Block{3, 88, 24, false, re, 1},
    Block{5, 96, 40, true, hs, 2},  Block{5, 240, 40, true, hs, 1}, Block{5, 240, 40, true, hs, 1},
    Block{5, 120, 48, true, hs, 1}, Block{5, 144, 48, true, hs, 1}, Block{5, 288, 96, true, hs, 2},
    Block{5, 576, 96, true, hs, 1}, Block{5, 576, 96, true, hs, 1},
};

TensorId inverted_residual(Net& net, TensorId x, const Block& b, double width) {
  const auto wide = [&](std::int64_t c) { return round_to_8(static_cast<double>(c) * width); };
  const std::int64_t expanded = wide(b.expand), out = wide(b.out);
  TensorId y = x;
  if (expanded != net.channels(x)) y = net.conv(y, expanded, {.activation = b.activation});
  y = net.depthwise(y, {.kernel = b.kernel, .stride = b.stride, .activation = b.activation});
  if (b.excite)
    y = net.excite(
        y, {.inner = round_to_8(static_cast<double>(expanded) / 4), .gate = "hard_sigmoid"});
  y = net.conv(y, out);
  return b.stride == 1 && net.channels(x) == out ? net.add(x, y) : y;
}

graph::Graph make(std::string name, std::span<const Block> blocks, std::int64_t hidden,
                  const Values& values) {
  const double width = static_cast<double>(values.count("width")) / 100;
  Net net(std::move(name), values);
  TensorId x =
      net.conv(net.image(), round_to_8(16 * width), {.kernel = 3, .stride = 2, .activation = hs});
  int number = 0;
  for (const Block& block : blocks) {
    net.at("block" + std::to_string(++number) + ".");
    x = inverted_residual(net, x, block, width);
  }
  net.at("head.");
  x = net.conv(x, 6 * net.channels(x), {.activation = hs});
  if (!net.has_head()) return net.finish({x});
  x = net.reshape(net.mean(x, {2, 3}), {net.batch(), net.channels(x)});
  x = net.linear(x, static_cast<std::int64_t>(static_cast<double>(hidden) * std::max(1.0, width)),
                 hs);
  return net.finish({net.linear(x, values.count("classes"))});
}

}  // namespace

std::vector<NetworkInfo> mobilenet_v3_family() {
  const auto parameters = with(
      {{"width", Form::count, "100", "width multiplier in percent", {}, 1000}}, image_parameters());
  return {{"mobilenet_v3_large",
           "inverted residuals with squeeze-excite, image classification",
           {5.483e6, 0.217e9, "arXiv 1905.02244, torchvision"},
           parameters,
           [](const Values& v) { return make("mobilenet_v3_large", large, 1280, v); }},
          {"mobilenet_v3_small",
           "inverted residuals with squeeze-excite, image classification",
           {2.543e6, 0.0566e9, "arXiv 1905.02244, torchvision"},
           parameters,
           [](const Values& v) { return make("mobilenet_v3_small", small, 1024, v); }}};
}

}  // namespace anesim::networks
