// EfficientViT B0 to B3 (mit-han-lab/efficientvit): inverted residuals and multi-scale linear
// attention with ReLU as the kernel function.
#include <array>

#include "traces/networks/families.h"
#include "traces/networks/net.h"

namespace anesim::networks {
namespace {

struct EfficientViT {
  std::string_view name;
  std::int64_t width;  ///< of the stem; every stage doubles it
  std::array<std::int64_t, 5> depths;
  std::int64_t head_width;
  std::array<std::int64_t, 2> head;
  Published published;
};
constexpr std::string_view source = "arXiv 2205.14756, timm";
constexpr std::array table{
    EfficientViT{"efficientvit_b0", 8, {1, 2, 2, 2, 2}, 16, {1024, 1280}, {3.41e6, 0.10e9, source}},
    EfficientViT{
        "efficientvit_b1", 16, {1, 2, 3, 3, 4}, 16, {1536, 1600}, {9.10e6, 0.52e9, source}},
    EfficientViT{
        "efficientvit_b2", 24, {1, 3, 4, 4, 6}, 32, {2304, 2560}, {24.33e6, 1.6e9, source}},
    EfficientViT{
        "efficientvit_b3", 32, {1, 4, 6, 6, 9}, 32, {2304, 2560}, {48.65e6, 3.99e9, source}},
};
constexpr std::string_view swish = "hard_swish";

TensorId inverted(Net& net, TensorId x, std::int64_t out, std::int64_t stride) {
  TensorId y = net.conv(x, 4 * net.channels(x), {.activation = swish});
  y = net.depthwise(y, {.kernel = 3, .stride = stride, .activation = swish});
  y = net.conv(y, out);
  return stride == 1 && net.channels(x) == out ? net.add(x, y) : y;
}

/// Tokens before channels, as timm and the repository at its publication have it (later versions
/// of the repository leave the transposes out).
TensorId linear_attention(Net& net, TensorId x, std::int64_t head_width) {
  const Shape s = net.shape(x);
  const std::int64_t tokens = s[2] * s[3], heads = s[1] / head_width;
  const TensorId qkv = net.conv(x, 3 * s[1], {.bias = false});
  const TensorId near = net.depthwise(qkv, {.kernel = 5, .bias = false});
  const TensorId mixed = net.conv(near, 3 * s[1], {.groups = 3 * heads, .bias = false});
  const TensorId scales =
      net.reshape(net.concat({qkv, mixed}), {s[0], 2 * heads, 3 * head_width, tokens});
  const auto parts = net.split(net.transpose(scales, {0, 1, 3, 2}), 3, 3);
  const TensorId q = net.activate(parts[0], "relu"), k = net.activate(parts[1], "relu");
  // A column of ones makes the same products give the sums that divide.
  graph::Builder& b = net.builder();
  const TensorId v = b.op("pad",
                          {{"x", {parts[2]}},
                           {"pad", {b.ints({0, 0, 0, 0, 0, 0, 0, 1})}},
                           {"mode", {b.text("constant")}},
                           {"constant_val", {b.number(1)}}},
                          net.next_name("pad"));
  const TensorId both = net.matmul(q, net.matmul(k, v, false, true));
  const auto columns = [&](std::int64_t from, std::int64_t count) {
    return net.slice(both, {0, 0, 0, from}, {s[0], 2 * heads, tokens, count});
  };
  const TensorId divisor = net.add(columns(head_width, 1), b.number(1e-5));
  const TensorId y = net.binary("real_div", columns(0, head_width), divisor);
  const TensorId map = net.reshape(net.transpose(y, {0, 1, 3, 2}), {s[0], 2 * s[1], s[2], s[3]});
  return net.add(x, net.conv(map, s[1]));
}

graph::Graph make(const EfficientViT& form, const Values& values) {
  Net net(std::string(form.name), values);
  TensorId x = net.conv(net.image(), form.width, {.kernel = 3, .stride = 2, .activation = swish});
  for (std::int64_t i = 0; i < form.depths[0]; ++i) {
    const TensorId y = net.depthwise(x, {.kernel = 3, .activation = swish});
    x = net.add(x, net.conv(y, form.width));
  }
  for (std::size_t stage = 1; stage < form.depths.size(); ++stage) {
    const bool attends = stage > 2;
    const std::string place = "stage" + std::to_string(stage) + ".";
    net.at(place);
    x = inverted(net, x, form.width << stage, 2);
    for (std::int64_t i = attends ? 0 : 1; i < form.depths[stage]; ++i) {
      net.at(place + "block" + std::to_string(i + 1) + ".");
      if (attends) x = linear_attention(net, x, form.head_width);
      x = inverted(net, x, form.width << stage, 1);
    }
  }
  if (!net.has_head()) return net.finish({x});
  net.at("head.");
  x = net.conv(x, form.head[0], {.activation = swish});
  x = net.reshape(net.mean(x, {2, 3}), {net.batch(), form.head[0]});
  x = net.activate(net.layer_norm(net.linear(x, form.head[1], {}, false)), swish);
  return net.finish({net.linear(x, values.count("classes"))});
}

}  // namespace

std::vector<NetworkInfo> efficientvit_family() {
  return family_of(table, "convolutions and linear attention, image classification",
                   image_parameters(), make);
}

}  // namespace anesim::networks
