// MobileViT XXS, XS, S: inverted residuals and transformer units on unfolded maps (timm form).
#include <array>

#include "traces/networks/families.h"
#include "traces/networks/net.h"

namespace anesim::networks {
namespace {

struct Unit {
  std::int64_t channels, width, layers;
};
struct MobileViT {
  std::string_view name;
  std::int64_t expand;
  std::array<std::int64_t, 2> early;  ///< channels of the first two groups
  std::array<Unit, 3> units;
  std::int64_t head;
  Published published;
};
constexpr std::string_view source = "arXiv 2110.02178, timm";
constexpr std::array table{
    MobileViT{"mobilevit_xxs",
              2,
              {16, 24},
              {Unit{48, 64, 2}, Unit{64, 80, 4}, Unit{80, 96, 3}},
              320,
              {1.272e6, 0.407e9, source}},
    MobileViT{"mobilevit_xs",
              4,
              {32, 48},
              {Unit{64, 96, 2}, Unit{80, 120, 4}, Unit{96, 144, 3}},
              384,
              {2.318e6, 1.05e9, source}},
    MobileViT{"mobilevit_s",
              4,
              {32, 64},
              {Unit{96, 144, 2}, Unit{128, 192, 4}, Unit{160, 240, 3}},
              640,
              {5.579e6, 2.001e9, source}},
};

TensorId residual(Net& net, TensorId x, std::int64_t expand, std::int64_t out,
                  std::int64_t stride) {
  TensorId y = net.conv(x, expand * net.channels(x), {.activation = "silu"});
  y = net.depthwise(y, {.kernel = 3, .stride = stride, .activation = "silu"});
  y = net.conv(y, out);
  return stride == 1 && net.channels(x) == out ? net.add(x, y) : y;
}

TensorId layer(Net& net, TensorId x) {
  const std::int64_t width = net.shape(x)[2];
  x = net.add(x, net.attention(net.layer_norm(x), {.heads = 4, .head_width = width / 4}));
  return net.add(x, net.linear(net.linear(net.layer_norm(x), 2 * width, "silu"), width));
}

/// The map as 4 sequences, one for each place in its patches of 2x2, and back.
TensorId unfold(Net& net, TensorId x) {
  const Shape s = net.shape(x);
  x = net.reshape(x, {s[0] * s[1] * s[2] / 2, 2, s[3] / 2, 2});
  x = net.reshape(net.transpose(x, {0, 2, 1, 3}), {s[0], s[1], s[2] * s[3] / 4, 4});
  return net.reshape(net.transpose(x, {0, 3, 2, 1}), {s[0] * 4, s[2] * s[3] / 4, s[1]});
}
TensorId fold(Net& net, TensorId x, const Shape& s) {
  x = net.transpose(net.reshape(x, {s[0], 4, s[2] * s[3] / 4, s[1]}), {0, 3, 2, 1});
  x = net.reshape(x, {s[0] * s[1] * s[2] / 2, s[3] / 2, 2, 2});
  return net.reshape(net.transpose(x, {0, 2, 1, 3}), s);
}

TensorId transformer_unit(Net& net, TensorId x, const Unit& unit) {
  TensorId y = net.conv(x, unit.channels, {.kernel = 3, .activation = "silu"});
  y = net.conv(y, unit.width, {.bias = false});
  const Shape map = net.shape(y);
  y = unfold(net, y);
  for (std::int64_t i = 0; i < unit.layers; ++i) y = layer(net, y);
  y = fold(net, net.layer_norm(y), map);
  y = net.conv(y, unit.channels, {.activation = "silu"});
  return net.conv(net.concat({x, y}), unit.channels, {.kernel = 3, .activation = "silu"});
}

graph::Graph make(const MobileViT& form, const Values& values) {
  if (values.count("resolution") % 64 != 0)
    values.fail("parameter 'resolution' must be a multiple of 64 (patches of 2x2 at the last map)");
  Net net(std::string(form.name), values);
  TensorId x = net.conv(net.image(), 16, {.kernel = 3, .stride = 2, .activation = "silu"});
  net.at("stage1.");
  x = residual(net, x, form.expand, form.early[0], 1);
  net.at("stage2.");
  for (int i = 0; i < 3; ++i) x = residual(net, x, form.expand, form.early[1], i == 0 ? 2 : 1);
  int stage = 3;
  for (const Unit& unit : form.units) {
    net.at("stage" + std::to_string(stage++) + ".");
    x = residual(net, x, form.expand, unit.channels, 2);
    x = transformer_unit(net, x, unit);
  }
  net.at("head.");
  x = net.conv(x, form.head, {.activation = "silu"});
  return net.finish({net.classifier(x)});
}

}  // namespace

std::vector<NetworkInfo> mobilevit_family() {
  return family_of(table, "convolutions and transformer units, image classification",
                   image_parameters("256"), make);
}

}  // namespace anesim::networks
