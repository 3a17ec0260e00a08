// SwiftFormer (Amshaker/SwiftFormer): convolution encoders and additive attention, linear in
// tokens.
#include "traces/networks/swiftformer.h"

#include <array>
#include <cmath>

#include "traces/networks/families.h"
#include "traces/networks/net.h"
#include "traces/networks/stages.h"

namespace anesim::networks {
namespace {

struct SwiftFormer {
  std::string_view name;
  std::array<std::int64_t, 4> depths, widths;
  Published published;
};
constexpr std::string_view source = "arXiv 2303.15446, Amshaker/SwiftFormer";
constexpr std::array table{
    SwiftFormer{"swiftformer_xs", {3, 3, 6, 4}, {48, 56, 112, 220}, {3.475e6, 0.603e9, source}},
    SwiftFormer{"swiftformer_s", {3, 3, 9, 6}, {48, 64, 168, 224}, {6.1e6, 0.99e9, source}},
    SwiftFormer{"swiftformer_l1", {4, 3, 10, 5}, {48, 96, 192, 384}, {12.1e6, 1.6e9, source}},
    SwiftFormer{"swiftformer_l3", {4, 4, 12, 6}, {64, 128, 320, 512}, {28.5e6, 4.0e9, source}},
};

/// Unit length along an axis: x / max(|x|, eps).
TensorId normalised(Net& net, TensorId x, std::int64_t axis) {
  const TensorId length = net.reduce("reduce_l2_norm", x, {axis});
  return net.binary("real_div", x, net.binary("maximum", length, net.builder().number(1e-5)));
}

TensorId last_block(Net& net, TensorId x) {
  const Shape s = net.shape(x);
  x = conv_encoder(net, x, s[1]);
  const TensorId mixed = net.to_map(additive_attention(net, net.to_tokens(x)), s[2], s[3]);
  x = net.add(x, net.scale(mixed));
  const TensorId inner = net.conv(x, 4 * s[1], {.activation = "gelu"});  // its norm is folded
  return net.add(x, net.scale(net.conv(inner, s[1])));
}

graph::Graph make(const SwiftFormer& form, const Values& values) {
  Net net(std::string(form.name), values);
  TensorId x =
      stages(net, form.depths, form.widths, [&](TensorId y, std::size_t stage, std::int64_t i) {
        const bool last = i == form.depths[stage] - 1;
        return last ? last_block(net, y) : conv_encoder(net, y, 4 * net.channels(y));
      });
  if (!net.has_head()) return net.finish({x});
  net.at("head.");
  const std::int64_t classes = values.count("classes");
  const TensorId flat =
      net.reshape(net.mean(net.scale(x, true), {2, 3}), {net.batch(), net.channels(x)});
  return net.finish(
      {net.times(net.add(net.linear(flat, classes), net.linear(flat, classes)), 0.5)});
}

}  // namespace

TensorId conv_encoder(Net& net, TensorId x, std::int64_t inner) {
  const std::int64_t width = net.channels(x);
  const TensorId y = net.conv(net.depthwise(x, {.kernel = 3}), inner, {.activation = "gelu"});
  return net.add(x, net.scale(net.conv(y, width)));
}

TensorId additive_attention(Net& net, TensorId tokens) {
  const std::int64_t width = net.shape(tokens)[2];
  const TensorId q = normalised(net, net.linear(tokens, width), -1);
  const TensorId k = normalised(net, net.linear(tokens, width), -1);
  const TensorId score = net.matmul(q, net.constant({width, 1}, "query_weight"));
  const TensorId share =
      normalised(net, net.times(score, 1 / std::sqrt(static_cast<double>(width))), 1);
  const TensorId global = net.reduce("reduce_sum", net.mul(share, q), {1});
  const TensorId y = net.add(net.linear(net.mul(global, k), width), q);
  return net.linear(y, width);
}

std::vector<NetworkInfo> swiftformer_family() {
  return family_of(table, "convolutions and additive attention, image classification",
                   image_parameters(), make);
}

}  // namespace anesim::networks
