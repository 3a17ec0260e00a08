// EfficientMod xxs (arXiv 2403.19963, ma-xu/EfficientMod): a context of depthwise 7x7 multiplies
// the wide layer of a feed-forward block; last blocks of vanilla attention. Channels last, as
// there.
#include <array>

#include "traces/networks/families.h"
#include "traces/networks/net.h"
#include "traces/networks/stages.h"

namespace anesim::networks {
namespace {

struct EfficientMod {
  std::string_view name;
  std::array<std::int64_t, 4> widths;
  std::array<std::int64_t, 4> depths;     ///< modulation blocks
  std::array<std::int64_t, 4> attention;  ///< blocks behind those
  Published published;
};
// Inferred from both sizes: a context as wide as the map, ratios 1 and 6 in turn. They do not show
// what weighs little: a stem of 7x7, gains on every skip, eight heads, norms in the blocks alone.
constexpr std::array table{
    EfficientMod{"efficientmod_xxs",
                 {32, 64, 128, 256},
                 {2, 2, 6, 2},
                 {0, 0, 1, 2},
                 {4.7e6, 0.6e9, "arXiv 2403.19963 (two digits and one)"}},
};

TensorId channels_last(Net& net, TensorId x) { return net.transpose(x, {0, 2, 3, 1}); }
TensorId channels_first(Net& net, TensorId x) { return net.transpose(x, {0, 3, 1, 2}); }

/// y with a gain a channel joins x; channels are last.
TensorId join(Net& net, TensorId x, TensorId y) {
  return net.add(x, net.mul(y, net.constant({net.shape(x).back()}, "gain")));
}

/// `x` as often as it fits into `like`, along the channels: torch's repeat.
TensorId repeated(Net& net, TensorId x, TensorId like) {
  const std::int64_t times = net.shape(like).back() / net.shape(x).back();
  if (times == 1) return x;  // the converter drops it
  graph::Builder& b = net.builder();
  return b.op("tile", {{"x", {x}}, {"reps", {b.ints({1, 1, 1, times})}}}, net.next_name("tile"));
}

TensorId modulation(Net& net, TensorId x, std::int64_t ratio) {
  const std::int64_t width = net.shape(x).back();
  const TensorId normed = net.layer_norm(x);
  TensorId context = channels_first(net, net.linear(normed, width));
  context = net.depthwise(context, {.kernel = 7, .activation = "gelu"});
  context = net.linear(channels_last(net, context), width);
  const TensorId values = net.linear(normed, ratio * width, "gelu");
  return join(net, x, net.linear(net.mul(values, repeated(net, context, values)), width));
}

TensorId attention_block(Net& net, TensorId x) {
  const Shape s = net.shape(x);
  TensorId y = net.reshape(x, {s[0], s[1] * s[2], s[3]});
  y = join(net, y, net.attention(net.layer_norm(y), {.heads = 8, .head_width = s[3] / 8}));
  y = join(net, y, net.linear(net.linear(net.layer_norm(y), 4 * s[3], "gelu"), s[3]));
  return net.reshape(y, s);
}

graph::Graph make(const EfficientMod& form, const Values& values) {
  Net net(std::string(form.name), values);
  const TensorId stem = net.conv(net.image(), form.widths[0], {.kernel = 7, .stride = 4, .pad = 2});
  std::array<std::int64_t, 4> depths = form.depths;
  for (std::size_t stage = 0; stage < 4; ++stage) depths[stage] += form.attention[stage];
  const TensorId x = stages(
      net, channels_last(net, stem), depths,
      [&](TensorId y, std::size_t stage) {
        const Conv halving{.kernel = 3, .stride = 2};
        return channels_last(net, net.conv(channels_first(net, y), form.widths[stage], halving));
      },
      [&](TensorId y, std::size_t stage, std::int64_t i) {
        if (i >= form.depths[stage]) return attention_block(net, y);
        return modulation(net, y, i % 2 == 0 ? 1 : 6);
      });
  if (!net.has_head()) return net.finish({channels_first(net, x)});
  net.at("head.");
  return net.finish({net.linear(net.mean(x, {1, 2}, false), values.count("classes"))});
}

}  // namespace

std::vector<NetworkInfo> efficientmod_family() {
  return family_of(table, "modulation by a depthwise context, image classification",
                   image_parameters(), make);
}

}  // namespace anesim::networks
