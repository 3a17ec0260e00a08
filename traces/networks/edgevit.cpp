// EdgeViT XXS, XS, S (saic-fi/edgevit): local convolutions, attention among every n-th token, whose
// results a transposed convolution spreads over the places between.
#include <array>

#include "traces/networks/families.h"
#include "traces/networks/net.h"

namespace anesim::networks {
namespace {

struct EdgeVit {
  std::string_view name;
  std::array<std::int64_t, 4> depths, widths;
  std::int64_t head_width;
  Published published;
};
constexpr std::string_view source = "arXiv 2205.03436, saic-fi/edgevit";
// Of S the paper prints 11.1 M parameters; the repository's network has what others count.
constexpr std::array table{
    EdgeVit{"edgevit_xxs",
            {1, 1, 3, 2},
            {36, 72, 144, 288},
            36,
            {4.1e6, 559e6, "arXiv 2403.19967 table 6"}},
    EdgeVit{"edgevit_xs", {1, 1, 3, 1}, {48, 96, 240, 384}, 48, {6.7e6, 1.1e9, source}},
    EdgeVit{"edgevit_s",
            {1, 2, 5, 3},
            {48, 96, 240, 384},
            48,
            {13.1e6, 1.9e9, "arXiv 2212.08059 table 2"}},
};
constexpr std::array<std::int64_t, 4> sampling{4, 2, 2, 1};

TensorId position(Net& net, TensorId x) { return net.add(x, net.depthwise(x, {.kernel = 3})); }

/// Both batch norms stand before a pointwise convolution and are folded into it.
TensorId local_aggregation(Net& net, TensorId x) {
  const std::int64_t width = net.channels(x);
  x = position(net, x);
  const TensorId near = net.depthwise(net.conv(x, width), {.kernel = 5});
  x = net.add(x, net.conv(near, width));
  return net.add(x, net.conv(net.conv(x, 4 * width, {.activation = "gelu"}), width));
}

/// Each token to a square of `rate` by `rate` places, channel by channel.
TensorId spread(Net& net, TensorId x, std::int64_t rate) {
  const std::int64_t width = net.channels(x);
  return net.deconv(x, width, {.kernel = rate, .stride = rate, .groups = width});
}

TensorId sparse_attention(Net& net, TensorId x, std::int64_t head_width, std::int64_t rate) {
  const Shape s = net.shape(x);
  const std::int64_t width = s[1];
  const Attention form{.heads = width / head_width, .head_width = head_width, .project = false};
  const TensorId tokens = net.to_tokens(x);
  TensorId y = net.layer_norm(tokens);
  if (rate == 1) {
    y = net.attention(y, form);
  } else {
    const TensorId sparse = net.pool("avg_pool", net.to_map(y, s[2], s[3]), 1, rate, 0);
    y = net.to_map(net.attention(net.to_tokens(sparse), form), s[2] / rate, s[3] / rate);
    y = net.layer_norm(net.to_tokens(spread(net, y, rate)));
  }
  y = net.add(tokens, net.linear(y, width));
  const TensorId inner = net.linear(net.layer_norm(y), 4 * width, "gelu");
  return net.to_map(net.add(y, net.linear(inner, width)), s[2], s[3]);
}

TensorId patches(Net& net, TensorId x, std::int64_t width, std::int64_t side) {
  x = net.conv(x, width, {.kernel = side, .stride = side, .pad = 0});
  const Shape s = net.shape(x);
  x = net.reshape(net.layer_norm(net.to_tokens(x)), {s[0], s[2], s[3], width});
  return net.transpose(x, {0, 3, 1, 2});
}

graph::Graph make(const EdgeVit& form, const Values& values) {
  if (values.count("resolution") % 32 != 0)
    values.fail("parameter 'resolution' must be a multiple of 32 (the last map is sampled whole)");
  Net net(std::string(form.name), values);
  TensorId x = net.image();
  for (std::size_t stage = 0; stage < form.depths.size(); ++stage) {
    const std::string place = "stage" + std::to_string(stage + 1) + ".";
    net.at(place);
    x = patches(net, x, form.widths[stage], stage == 0 ? 4 : 2);
    for (std::int64_t i = 0; i < form.depths[stage]; ++i) {
      net.at(place + "block" + std::to_string(i + 1) + ".");
      if (sampling[stage] > 1) x = local_aggregation(net, x);
      x = sparse_attention(net, position(net, x), form.head_width, sampling[stage]);
    }
  }
  return net.finish({net.classifier(net.has_head() ? net.scale(x, true) : x)});
}

}  // namespace

std::vector<NetworkInfo> edgevit_family() {
  return family_of(table, "convolutions and sparse attention, image classification",
                   image_parameters(), make);
}

}  // namespace anesim::networks
