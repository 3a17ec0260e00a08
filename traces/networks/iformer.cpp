// iFormer S, M (ChuanyangZheng/iFormer): ConvNeXt-like convolution blocks, then single-head
// attention whose result a gate modulates.
#include <array>
#include <cmath>

#include "traces/networks/families.h"
#include "traces/networks/net.h"

namespace anesim::networks {
namespace {

struct IFormer {
  std::string_view name;
  std::array<std::int64_t, 4> widths;
  std::int64_t attention_blocks;  ///< of stage 3, before its last convolution block
  Published published;
};
constexpr std::string_view source = "arXiv 2501.15369 table 3";
constexpr std::array table{
    IFormer{"iformer_s", {32, 64, 176, 320}, 3, {6.5e6, 1.09e9, source}},
    IFormer{"iformer_m", {48, 96, 192, 384}, 4, {8.9e6, 1.64e9, source}},
};

TensorId convolutions(Net& net, TensorId x) {
  const std::int64_t width = net.channels(x);
  const TensorId y = net.depthwise(x, {.kernel = 7});
  return net.add(x, net.conv(net.conv(y, 4 * width, {.activation = "gelu"}), width));
}

/// Over the channels of a map, which the converter moves last for it.
TensorId normed_map(Net& net, TensorId x) {
  return net.transpose(net.layer_norm(net.transpose(x, {0, 2, 3, 1})), {0, 3, 1, 2});
}

/// Attention times gate, then the output projection; queries and keys are `key` wide. That only
/// the gate is activated rests on the paper's text; one planar operation depends on it.
TensorId modulated_attention(Net& net, TensorId x, std::int64_t key, std::string_view gate) {
  const Shape s = net.shape(x);
  const auto flat = [&](std::int64_t width) {
    return net.reshape(net.conv(x, width), {s[0], width, s[2] * s[3]});
  };
  const TensorId q = net.times(flat(key), 1 / std::sqrt(static_cast<double>(key)));
  const TensorId weights = net.softmax(net.matmul(q, flat(key), false, true));
  const TensorId attended = net.reshape(net.matmul(flat(s[1]), weights, true), s);
  return net.conv(net.mul(attended, net.conv(x, s[1], {.activation = gate})), s[1]);
}

/// Of the ablations the paper tells the words only: pre-LN is taken to be of the attention, and
/// the depthwise convolution to stand between the pointwise ones, before their GELU.
TensorId attention_block(Net& net, TensorId x, std::int64_t key) {
  const std::int64_t width = net.channels(x);
  const bool normed = net.values().word("attention") == "pre_ln_silu";
  x = net.depthwise(x, {.kernel = 3});  // the skip around it is merged into its kernel
  const TensorId seen = normed ? normed_map(net, x) : x;
  x = net.add(x, modulated_attention(net, seen, key, normed ? "silu" : "sigmoid"));
  TensorId y = net.conv(x, 3 * width);
  if (net.values().word("ffn") == "depthwise") y = net.depthwise(y, {.kernel = 3});
  return net.add(x, net.conv(net.activate(y, "gelu"), width));
}

graph::Graph make(const IFormer& form, const Values& values) {
  Net net(std::string(form.name), values);
  const std::int64_t half = form.widths[0] / 2;
  TensorId x = net.conv(net.image(), half, {.kernel = 5, .stride = 2, .activation = "gelu"});
  x = net.conv(x, 4 * half, {.kernel = 5, .stride = 2, .activation = "gelu"});
  x = net.conv(x, form.widths[0]);
  const std::array<std::int64_t, 4> convolutions_first{2, 2, 9, 0};
  const std::array<std::int64_t, 4> attentions{0, 0, form.attention_blocks, 2};
  for (std::size_t stage = 0; stage < form.widths.size(); ++stage) {
    const std::string place = "stage" + std::to_string(stage + 1) + ".";
    net.at(place);
    const std::int64_t width = form.widths[stage];
    if (stage > 0) x = net.conv(x, width, {.kernel = 3, .stride = 2});
    const std::int64_t from = convolutions_first[stage], to = from + attentions[stage];
    const std::int64_t blocks = to + (stage == 2 ? 1 : 0);
    for (std::int64_t i = 0; i < blocks; ++i) {
      net.at(place + "block" + std::to_string(i + 1) + ".");
      const bool attends = i >= from && i < to;
      x = attends ? attention_block(net, x, width / (stage == 2 ? 2 : 4)) : convolutions(net, x);
    }
  }
  return net.finish({net.classifier(x)});  // its norm is folded
}

}  // namespace

std::vector<NetworkInfo> iformer_family() {
  return family_of(table, "convolutions and modulated attention, image classification",
                   with({{"attention",
                          Form::word,
                          "modulated",
                          "pre_ln_silu: a layer norm before it and a SiLU gate, an ablation",
                          {"modulated", "pre_ln_silu"}},
                         {"ffn",
                          Form::word,
                          "plain",
                          "depthwise: a 3x3 convolution within that of the attention blocks",
                          {"plain", "depthwise"}}},
                        image_parameters()),
                   make);
}

}  // namespace anesim::networks
