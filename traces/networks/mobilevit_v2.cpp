// MobileViTv2 (apple/ml-cvnets): inverted residuals and separable self-attention, linear in tokens.
#include <array>

#include "traces/networks/families.h"
#include "traces/networks/net.h"

namespace anesim::networks {
namespace {

struct MobileViTv2 {
  std::string_view name;
  std::int64_t percent;
  Published published;
};
constexpr std::string_view source = "arXiv 2206.02680, timm";
constexpr std::array table{
    MobileViTv2{"mobilevit_v2_050", 50, {1.371e6, 0.48e9, source}},
    MobileViTv2{"mobilevit_v2_075", 75, {2.867e6, 1.05e9, source}},
    MobileViTv2{"mobilevit_v2_100", 100, {4.902e6, 1.84e9, source}},
    MobileViTv2{"mobilevit_v2_125", 125, {7.481e6, 2.86e9, source}},
    MobileViTv2{"mobilevit_v2_150", 150, {10.594e6, 4.09e9, source}},
    MobileViTv2{"mobilevit_v2_175", 175, {14.251e6, 5.54e9, source}},
    MobileViTv2{"mobilevit_v2_200", 200, {18.447e6, 7.22e9, source}},
};
struct Unit {
  std::int64_t channels, layers;
};
constexpr std::array units{Unit{256, 2}, Unit{384, 4}, Unit{512, 3}};

TensorId residual(Net& net, TensorId x, std::int64_t out, std::int64_t stride) {
  TensorId y = net.conv(x, 2 * net.channels(x), {.activation = "silu"});
  y = net.depthwise(y, {.kernel = 3, .stride = stride, .activation = "silu"});
  y = net.conv(y, out);
  return stride == 1 && net.channels(x) == out ? net.add(x, y) : y;
}

/// One score a token, softmax over the tokens, one context vector for each place in a patch.
TensorId separable_attention(Net& net, TensorId x) {
  const Shape s = net.shape(x);
  const TensorId qkv = net.conv(x, 1 + 2 * s[1]);
  const auto part = [&](std::int64_t from, std::int64_t count) {
    return net.slice(qkv, {0, from, 0, 0}, {s[0], count, s[2], s[3]});
  };
  const TensorId scores = net.softmax(part(0, 1));
  const TensorId context = net.reduce("reduce_sum", net.mul(part(1, s[1]), scores), {3});
  const TensorId value = net.activate(part(1 + s[1], s[1]), "relu");
  return net.conv(net.mul(value, context), s[1]);
}

TensorId layer(Net& net, TensorId x) {
  const std::int64_t width = net.channels(x);
  x = net.add(x, separable_attention(net, net.group_norm(x, 1)));
  const TensorId inner = net.conv(net.group_norm(x, 1), 2 * width, {.activation = "silu"});
  return net.add(x, net.conv(inner, width));
}

/// Patches of 2x2 become [N, C, 4, patches] and back as in the authors' export for Core ML: by a
/// grouped convolution with constant weights and by pixel_shuffle (im2col does not convert).
TensorId unfold(Net& net, TensorId x) {
  const Shape s = net.shape(x);
  x = net.conv(x, 4 * s[1],
               {.kernel = 2, .stride = 2, .groups = s[1], .bias = false, .pad = std::int64_t{0}});
  return net.reshape(x, {s[0], s[1], 4, s[2] * s[3] / 4});
}
TensorId fold(Net& net, TensorId x, const Shape& s) {
  x = net.reshape(x, {s[0], 4 * s[1], s[2] / 2, s[3] / 2});
  graph::Builder& b = net.builder();
  return b.op("pixel_shuffle", {{"x", {x}}, {"upscale_factor", {b.integer(2)}}},
              net.next_name("pixel_shuffle"));
}

TensorId transformer_unit(Net& net, TensorId x, std::int64_t layers) {
  const std::int64_t channels = net.channels(x);
  TensorId y = net.depthwise(x, {.kernel = 3, .activation = "silu"});
  y = net.conv(y, channels / 2, {.bias = false});
  const Shape map = net.shape(y);
  y = unfold(net, y);
  for (std::int64_t i = 0; i < layers; ++i) y = layer(net, y);
  return net.conv(fold(net, net.group_norm(y, 1), map), channels);
}

graph::Graph make(const MobileViTv2& form, const Values& values) {
  if (values.count("resolution") % 64 != 0)
    values.fail("parameter 'resolution' must be a multiple of 64 (patches of 2x2 at the last map)");
  Net net(std::string(form.name), values);
  const auto wide = [&](std::int64_t channels) { return channels * form.percent / 100; };
  TensorId x = net.conv(net.image(), wide(32), {.kernel = 3, .stride = 2, .activation = "silu"});
  net.at("stage1.");
  x = residual(net, x, wide(64), 1);
  net.at("stage2.");
  x = residual(net, residual(net, x, wide(128), 2), wide(128), 1);
  int stage = 3;
  for (const Unit& unit : units) {
    net.at("stage" + std::to_string(stage++) + ".");
    x = transformer_unit(net, residual(net, x, wide(unit.channels), 2), unit.layers);
  }
  return net.finish({net.classifier(x)});
}

}  // namespace

std::vector<NetworkInfo> mobilevit_v2_family() {
  return family_of(table, "convolutions and separable attention, image classification",
                   image_parameters("256"), make);
}

}  // namespace anesim::networks
