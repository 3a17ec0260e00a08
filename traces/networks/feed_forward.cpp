// Stacks of gated feed-forward blocks and of decoder layers over [1, width, 1, positions], as the
// measurements of language model parts use them.
#include <fmt/format.h>

#include <cmath>

#include "traces/networks/families.h"
#include "traces/networks/net.h"

namespace anesim::networks {
namespace {

/// A product as one convolution, or as a sum of convolutions over `groups_of` input channels each.
TensorId product(Net& net, TensorId x, std::int64_t out, std::string_view activation = {}) {
  const std::int64_t width = net.channels(x);
  const std::int64_t each = net.values().count_or("groups_of", width);
  if (width % each != 0)
    net.values().fail(fmt::format("parameter 'groups_of': {} does not divide {}", each, width));
  if (each == width) return net.conv(x, out, {.activation = activation, .bias = false});
  std::vector<TensorId> parts = net.split(x, width / each);
  for (TensorId& part : parts) part = net.conv(part, out, {.bias = false});
  while (parts.size() > 1) {  // in pairs; an odd last part waits
    std::vector<TensorId> sums;
    for (std::size_t i = 0; i + 1 < parts.size(); i += 2)
      sums.push_back(net.add(parts[i], parts[i + 1]));
    if (parts.size() % 2 != 0) sums.push_back(parts.back());
    parts = std::move(sums);
  }
  return net.activate(parts[0], activation);
}

/// down(act(gate(x)) * up(x)) over [1, width, 1, positions].
TensorId gated(Net& net, TensorId x, std::int64_t hidden, std::string_view activation) {
  const std::int64_t width = net.channels(x);
  const TensorId gate = product(net, x, hidden, activation);
  const TensorId up = product(net, x, hidden);
  return product(net, net.mul(gate, up), width);
}

TensorId rms_norm(Net& net, TensorId x) {
  const TensorId power = net.mean(net.unary("square", x), {1});
  return net.scale(net.mul(x, net.unary("rsqrt", net.add(power, net.builder().number(1e-6)))));
}

graph::Graph gated_mlp(const Values& values) {
  Net net("gated_mlp", values);
  const std::int64_t width = values.count("width");
  constexpr std::int64_t most = 50'000;
  const std::int64_t each = values.count_or("groups_of", std::max(width, values.count("hidden")));
  const std::int64_t parts = values.count("layers") * (2 * width + values.count("hidden")) / each;
  if (parts > most)
    values.fail(
        fmt::format("{} convolutions of {} input channels are more than {} (fewer 'layers', larger "
                    "'groups_of')",
                    parts, each, most));
  TensorId x = net.input("x", {net.batch(), width, 1, values.count("positions")});
  for (std::int64_t i = 0; i < values.count("layers"); ++i) {
    net.at("layer" + std::to_string(i + 1) + ".");
    TensorId y = values.word("norm") == "rms" ? rms_norm(net, x) : x;
    y = gated(net, y, values.count("hidden"), values.word("activation"));
    x = values.flag("residual") ? net.add(x, y) : y;
  }
  return net.finish({x});
}

/// Causal attention of all positions to each other; heads are runs of channels. The rotation of
/// queries and keys is the caller's (m4-family 8b: the program has none).
TensorId self_attention(Net& net, TensorId x, std::int64_t heads) {
  const Shape surface = net.shape(x);
  const std::int64_t width = surface[1], length = surface[3], size = width / heads;
  const auto part = [&] {
    return net.reshape(net.conv(x, width, {.bias = false}), {surface[0], heads, size, length});
  };
  const TensorId q = part(), k = part(), v = part();
  const TensorId scores =
      net.times(net.matmul(q, k, false, true), 1 / std::sqrt(static_cast<double>(size)));
  const TensorId mask = net.constant({1, 1, length, length}, "mask");
  const TensorId weights = net.softmax(net.add(scores, mask));
  return net.conv(net.reshape(net.matmul(v, weights, true), surface), width, {.bias = false});
}

graph::Graph decoder_layers(const Values& values) {
  Net net("decoder_layers", values);
  const std::int64_t width = values.count("width"), heads = values.count("heads");
  if (width % heads != 0)
    values.fail(fmt::format("parameter 'heads': {} does not divide the width {}", heads, width));
  const std::string_view part = values.word("part");
  TensorId x = net.input("x", {net.batch(), width, 1, values.count("positions")});
  for (std::int64_t i = 0; i < values.count("layers"); ++i) {
    net.at("layer" + std::to_string(i + 1) + ".");
    if (part != "feed_forward") x = net.add(x, self_attention(net, rms_norm(net, x), heads));
    if (part != "attention")
      x = net.add(x, gated(net, rms_norm(net, x), values.count("hidden"), "silu"));
  }
  return net.finish({x});
}

}  // namespace

std::vector<NetworkInfo> feed_forward_family() {
  return {{"decoder_layers",
           "layers of a Llama-like language model without embedding and head",
           {12 * 7.0796e6, 0, "karpathy/llama2.c (stories110M), hardware/m4-family.md 8b"},
           with({{"width", Form::count, "768", "channels of the stream", {}, 65536},
                 {"hidden", Form::count, "2048", "channels of the feed-forward part", {}, 262144},
                 {"heads", Form::count, "12", "of the attention", {}, 1024},
                 {"layers", Form::count, "12", "in one program", {}, 1000},
                 {"positions", Form::count, "256", "in one call, all new", {}, 8192},
                 {"part",
                  Form::word,
                  "layer",
                  "of each layer: its attention or feed-forward half, or all of it",
                  {"layer", "attention", "feed_forward"}}},
                common_parameters()),
           decoder_layers},
          {"gated_mlp",
           "gate, up and down projections of a language model's feed-forward part",
           {0, 0, "arXiv 2002.05202 (GLU variants)"},
           with({{"width", Form::count, "2560", "channels of the stream", {}, 65536},
                 {"hidden", Form::count, "10240", "channels between", {}, 262144},
                 {"layers", Form::count, "1", "blocks in one program", {}, 1000},
                 {"groups_of",
                  Form::count,
                  "",
                  "input channels of each of the convolutions whose sum is a product; absent: all",
                  {},
                  262144},
                 {"positions", Form::count, "64", "positions in one call", {}, 65536},
                 {"activation", Form::word, "gelu", "of the gate", {"gelu", "silu", "relu"}},
                 {"norm", Form::word, "none", "before each block", {"none", "rms"}},
                 {"residual", Form::word, "false", "the input is added", {"true", "false"}}},
                common_parameters()),
           gated_mlp}};
}

}  // namespace anesim::networks
