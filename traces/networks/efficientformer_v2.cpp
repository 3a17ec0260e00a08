// EfficientFormerV2 S0, S1, S2, L (snap-research/EfficientFormer): feed-forward blocks with a
// depthwise convolution within, talking-head attention in the last blocks of stages 3 and 4.
#include <array>
#include <cmath>

#include "traces/networks/families.h"
#include "traces/networks/net.h"
#include "traces/networks/stages.h"

namespace anesim::networks {
namespace {

struct EfficientFormerV2 {
  std::string_view name;
  std::array<std::int64_t, 4> depths, widths;
  std::int64_t attention_blocks;  ///< of stage 3 and of stage 4
  /// Blocks of stage 3 and 4 whose feed-forward is 3 times as wide, from and to; the others 4.
  std::array<std::array<std::int64_t, 2>, 2> narrow;
  Published published;
};
constexpr std::string_view source = "arXiv 2212.08059 table 2, timm";
constexpr std::array table{
    EfficientFormerV2{"efficientformer_v2_s0",
                      {2, 2, 6, 4},
                      {32, 48, 96, 176},
                      2,
                      {{{1, 4}, {1, 3}}},
                      {3.60e6, 0.40e9, source}},
    EfficientFormerV2{"efficientformer_v2_s1",
                      {3, 3, 9, 6},
                      {32, 48, 120, 224},
                      2,
                      {{{2, 6}, {2, 4}}},
                      {6.19e6, 0.65e9, source}},
    EfficientFormerV2{"efficientformer_v2_s2",
                      {4, 4, 12, 8},
                      {32, 64, 144, 288},
                      4,
                      {{{2, 8}, {2, 6}}},
                      {12.71e6, 1.25e9, source}},
    EfficientFormerV2{"efficientformer_v2_l",
                      {5, 5, 15, 10},
                      {40, 80, 192, 384},
                      6,
                      {{{4, 11}, {3, 7}}},
                      {26.32e6, 2.56e9, source}},
};
constexpr std::int64_t heads = 8;

/// Scores of queries and keys, both maps [N, heads * width, H, W], with the table of positions.
TensorId scores(Net& net, TensorId q, TensorId k, std::int64_t width) {
  const auto apart = [&](TensorId t) {
    const Shape s = net.shape(t);
    return net.reshape(t, {s[0], heads, width, s[2] * s[3]});
  };
  const TensorId product = net.matmul(apart(q), apart(k), false, true);
  const Shape s = net.shape(product);
  return net.add(net.times(product, 1 / std::sqrt(static_cast<double>(width))),
                 net.constant({1, heads, s[2], s[3]}, "positions"));
}

/// Values [N, heads * width, H, W] weighed, as a map of `like`'s size.
TensorId weighed(Net& net, TensorId weights, TensorId v, TensorId like) {
  const Shape s = net.shape(v);
  const TensorId apart = net.reshape(v, {s[0], heads, s[1] / heads, s[2] * s[3]});
  const TensorId joined = net.transpose(net.matmul(weights, apart, true), {0, 1, 3, 2});
  return net.reshape(joined, net.shape(like));
}

/// Within stage 3 the attention sees the map at half its size.
TensorId attention(Net& net, TensorId x, bool halved) {
  const std::int64_t width = net.channels(x), key = 32, value = 4 * key;
  if (halved) x = net.depthwise(x, {.kernel = 3, .stride = 2});
  const TensorId q = net.conv(x, heads * key), k = net.conv(x, heads * key);
  const TensorId v = net.conv(x, heads * value);
  const TensorId local = net.depthwise(v, {.kernel = 3});
  const TensorId mixed = net.conv(scores(net, q, k, key), heads);
  const TensorId weights = net.conv(net.softmax(mixed), heads);
  x = net.add(weighed(net, weights, v, local), local);
  if (halved) x = net.upsample(x, 2, true);
  return net.conv(net.activate(x, "gelu"), width);
}

/// Halves the map by attention whose queries come from every second place.
TensorId attention_downsample(Net& net, TensorId x, std::int64_t out) {
  const std::int64_t key = 16, value = 4 * key;
  const TensorId sparse = net.pool("avg_pool", x, 1, 2, 0);
  const TensorId near = net.depthwise(x, {.kernel = 3, .stride = 2});
  const TensorId q = net.conv(net.add(near, sparse), heads * key);
  const TensorId k = net.conv(x, heads * key), v = net.conv(x, heads * value);
  const TensorId local = net.depthwise(v, {.kernel = 3, .stride = 2});
  const TensorId weights = net.softmax(scores(net, q, k, key));
  const TensorId y = net.add(weighed(net, weights, v, local), local);
  return net.conv(net.activate(y, "gelu"), out);
}

TensorId feed_forward(Net& net, TensorId x, std::int64_t ratio) {
  const std::int64_t width = net.channels(x);
  TensorId y = net.conv(x, ratio * width, {.activation = "gelu"});
  y = net.depthwise(y, {.kernel = 3, .activation = "gelu"});
  return net.add(x, net.scale(net.conv(y, width)));
}

graph::Graph make(const EfficientFormerV2& form, const Values& values) {
  if (values.count("resolution") % 32 != 0)
    values.fail("parameter 'resolution' must be a multiple of 32 (maps are halved five times)");
  Net net(std::string(form.name), values);
  const Conv halve{.kernel = 3, .stride = 2, .activation = "gelu"};
  TensorId x = net.conv(net.conv(net.image(), form.widths[0] / 2, halve), form.widths[0], halve);
  x = stages(
      net, x, form.depths,
      [&](TensorId y, std::size_t stage) {
        const TensorId half = net.conv(y, form.widths[stage], {.kernel = 3, .stride = 2});
        return stage == 3 ? net.add(half, attention_downsample(net, y, form.widths[stage])) : half;
      },
      [&](TensorId y, std::size_t stage, std::int64_t i) {
        if (stage >= 2 && i >= form.depths[stage] - form.attention_blocks)
          y = net.add(y, net.scale(attention(net, y, stage == 2)));
        const bool narrow =
            stage >= 2 && i >= form.narrow[stage - 2][0] && i < form.narrow[stage - 2][1];
        return feed_forward(net, y, narrow ? 3 : 4);
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

std::vector<NetworkInfo> efficientformer_v2_family() {
  return family_of(table, "feed-forward blocks and late attention, image classification",
                   image_parameters(), make);
}

}  // namespace anesim::networks
