// Mobile-Former 151M to 508M (arXiv 2108.05895 table 1, AAboys/MobileFormer): a bottleneck and a
// transformer of six tokens side by side in every block, with a bridge of attention both ways.
#include <algorithm>
#include <array>
#include <cmath>

#include "traces/networks/families.h"
#include "traces/networks/net.h"

namespace anesim::networks {
namespace {

struct MobileFormer {
  std::string_view name;
  std::int64_t stem;
  std::array<std::int64_t, 11> inner, widths;  ///< of each block
  std::int64_t head;
  Published published;
};
constexpr std::string_view source = "arXiv 2108.05895 (norms and dynamic ReLU counted)";
// Inferred: two linears in the transformer's attention, a gate on the way to the tokens, a second
// expansion of 4 in strided blocks. All published sizes, 52M to 508M, and those of the ablation
// (6.1, 10.1, 11.4 M parameters) agree.
constexpr std::array table{
    MobileFormer{"mobile_former_151m",
                 12,
                 {72, 48, 96, 96, 192, 256, 384, 528, 528, 768, 768},
                 {16, 16, 32, 32, 64, 64, 88, 88, 128, 128, 128},
                 1280,
                 {7.6e6, 151e6, source}},
    MobileFormer{"mobile_former_214m",
                 12,
                 {72, 60, 120, 160, 240, 320, 480, 672, 672, 960, 960},
                 {20, 20, 40, 40, 80, 80, 112, 112, 160, 160, 160},
                 1600,
                 {9.4e6, 214e6, source}},
    MobileFormer{"mobile_former_294m",
                 16,
                 {96, 96, 144, 192, 288, 384, 576, 768, 768, 1152, 1152},
                 {24, 24, 48, 48, 96, 96, 128, 128, 192, 192, 192},
                 1920,
                 {11.4e6, 294e6, source}},
    MobileFormer{"mobile_former_508m",
                 24,
                 {144, 120, 240, 216, 432, 512, 768, 1056, 1056, 1440, 1440},
                 {40, 40, 72, 72, 128, 128, 176, 176, 240, 240, 240},
                 1920,
                 {14.0e6, 508e6, source}},
};
constexpr std::array halving{0, 2, 4, 8};  ///< blocks
constexpr std::int64_t heads = 2, token_count = 6, token_width = 192;

double factor(std::int64_t width) { return 1 / std::sqrt(static_cast<double>(width / heads)); }

/// Tokens [N, T, C] as heads [N, heads, T, C / heads] and back.
TensorId apart(Net& net, TensorId x) {
  const Shape s = net.shape(x);
  return net.transpose(net.reshape(x, {s[0], s[1], heads, s[2] / heads}), {0, 2, 1, 3});
}
TensorId joined(Net& net, TensorId x) {
  const Shape s = net.shape(x);
  return net.reshape(net.transpose(x, {0, 2, 1, 3}), {s[0], s[2], s[1] * s[3]});
}
/// The map as [N, heads, C / heads, positions]: it is keys and values, or queries, as it stands.
TensorId local(Net& net, TensorId x) {
  const Shape s = net.shape(x);
  return net.reshape(x, {s[0], heads, s[1] / heads, s[2] * s[3]});
}

TensorId to_former(Net& net, TensorId map, TensorId tokens) {
  const std::int64_t width = net.channels(map);
  const TensorId x = local(net, map);
  const TensorId q = apart(net, net.linear(tokens, width));
  const TensorId weights = net.softmax(net.times(net.matmul(q, x), factor(width)));
  const TensorId seen = joined(net, net.matmul(weights, x, true));
  const TensorId gate = net.times(net.linear(tokens, width, "hard_sigmoid"), 2);
  return net.layer_norm(net.add(tokens, net.linear(net.mul(seen, gate), token_width)));
}

/// Keys and values are the tokens themselves.
TensorId former(Net& net, TensorId tokens) {
  const TensorId x = apart(net, tokens), q = apart(net, net.linear(tokens, token_width));
  const TensorId weights = net.softmax(net.times(net.matmul(q, x, true), factor(token_width)));
  const TensorId mixed = net.linear(joined(net, net.matmul(weights, x)), token_width);
  tokens = net.layer_norm(net.add(tokens, mixed));
  const TensorId inner = net.linear(tokens, 2 * token_width, "gelu");
  return net.layer_norm(net.add(tokens, net.linear(inner, token_width)));
}

TensorId to_mobile(Net& net, TensorId map, TensorId tokens) {
  const std::int64_t width = net.channels(map);
  const TensorId keys = apart(net, net.linear(tokens, width));
  const TensorId scores = net.matmul(local(net, map), keys, true, true);
  const TensorId weights = net.softmax(net.times(scores, factor(width)));
  const TensorId values = apart(net, net.linear(tokens, width));
  return net.add(map, net.reshape(net.matmul(values, weights, true, true), net.shape(map)));
}

TensorId first(Net& net, TensorId tokens) {
  const Shape s = net.shape(tokens);
  return net.reshape(net.slice(tokens, {0, 0, 0}, {s[0], 1, s[2]}), {s[0], s[2]});
}

/// The larger of two multiples of x; both factors of a channel come from the first token.
TensorId dynamic_relu(Net& net, TensorId x, TensorId tokens) {
  const Shape s = net.shape(x);
  const TensorId squeezed = net.linear(first(net, tokens), token_width / 4, "relu");
  const TensorId both = net.linear(squeezed, 2 * s[1], "hard_sigmoid");
  const auto factors = net.split(net.reshape(both, {s[0], 2 * s[1], 1, 1}), 2);
  const auto centred = [&](TensorId f) {
    return net.times(net.add(f, net.builder().number(-0.5)), 2);
  };
  const TensorId one = net.add(centred(factors[0]), net.builder().number(1));
  return net.binary("maximum", net.mul(x, one), net.mul(x, centred(factors[1])));
}

/// A strided block widens twice, depthwise: at once with its stride, and by 4 behind.
TensorId mobile(Net& net, TensorId x, std::int64_t inner, std::int64_t width, bool halves,
                TensorId tokens) {
  const auto widened = [&](TensorId y, std::int64_t out, std::int64_t stride) {
    y = net.conv(y, out, {.kernel = 3, .stride = stride, .groups = net.channels(y)});
    return net.conv(dynamic_relu(net, y, tokens), width);
  };
  if (halves) {
    x = widened(x, inner, 2);
    return net.add(x, widened(x, 4 * width, 1));
  }
  const TensorId y = widened(dynamic_relu(net, net.conv(x, inner), tokens), inner, 1);
  return net.channels(x) == width ? net.add(x, y) : y;
}

graph::Graph make(const MobileFormer& form, const Values& values) {
  Net net(std::string(form.name), values);
  TensorId x = net.conv(net.image(), form.stem, {.kernel = 3, .stride = 2, .activation = "relu6"});
  x = net.conv(x, 2 * form.stem, {.kernel = 3, .activation = "relu6", .groups = form.stem});
  x = net.conv(x, form.stem);
  TensorId tokens = net.constant({net.batch(), token_count, token_width}, "tokens");
  for (std::size_t i = 0; i < form.inner.size(); ++i) {
    net.at("block" + std::to_string(i + 1) + ".");
    tokens = former(net, to_former(net, x, tokens));
    const bool halves = std::ranges::find(halving, static_cast<int>(i)) != halving.end();
    x = mobile(net, x, form.inner[i], form.widths[i], halves, tokens);
    x = to_mobile(net, x, tokens);
  }
  if (!net.has_head()) return net.finish({x});
  net.at("head.");
  x = net.conv(x, form.inner.back());
  x = net.mean(dynamic_relu(net, x, tokens), {2, 3}, false);
  const TensorId y = net.linear(net.concat({x, first(net, tokens)}), form.head, "hard_swish");
  return net.finish({net.linear(y, values.count("classes"))});
}

}  // namespace

std::vector<NetworkInfo> mobile_former_family() {
  return family_of(table, "bottlenecks and a few tokens side by side, image classification",
                   image_parameters(), make);
}

}  // namespace anesim::networks
