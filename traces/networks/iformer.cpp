// iFormer T to L2 (ChuanyangZheng/iFormer): ConvNeXt-like convolution blocks, then single-head
// attention whose result a gate modulates.
#include <array>
#include <cmath>

#include "traces/networks/families.h"
#include "traces/networks/net.h"
#include "traces/networks/stages.h"

namespace anesim::networks {
namespace {

struct IFormer {
  std::string_view name;
  std::array<std::int64_t, 4> widths;
  std::int64_t first;             ///< convolution blocks at the start of stage 3
  std::int64_t attention_blocks;  ///< of stage 3, before its last convolution block
  std::int64_t expansion;         ///< of convolution blocks; one less in attention blocks
  Published published;
};
constexpr std::string_view source = "arXiv 2501.15369 table 3";
// Inferred from parameters and MACs: the expansion of T (depths 2, 2, 16, 6, where an attention
// block counts three), the wide widths of L (2, 2, 33, 6) and widths and depths of L2. Those are
// one of several forms that meet its totals, the one with L's first blocks and last stage: they
// differ by up to 7 % in time at 224 pixels and by up to a factor of two at 512.
constexpr std::array table{
    IFormer{"iformer_t", {32, 64, 128, 256}, 6, 3, 3, {2.9e6, 0.53e9, source}},
    IFormer{"iformer_s", {32, 64, 176, 320}, 9, 3, 4, {6.5e6, 1.09e9, source}},
    IFormer{"iformer_m", {48, 96, 192, 384}, 9, 4, 4, {8.9e6, 1.64e9, source}},
    IFormer{"iformer_l", {48, 96, 240, 448}, 8, 8, 4, {14.7e6, 2.63e9, source}},
    IFormer{"iformer_l2", {64, 128, 280, 576}, 8, 12, 4, {24.5e6, 4.50e9, source}},
};

TensorId convolutions(Net& net, TensorId x, std::int64_t expansion) {
  const std::int64_t width = net.channels(x);
  const TensorId y = net.depthwise(x, {.kernel = net.values().word("kernel") == "3" ? 3 : 7});
  return net.add(x, net.conv(net.conv(y, expansion * width, {.activation = "gelu"}), width));
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

/// Single-head attention without gate, as SHViT's (arXiv 2401.16456): one convolution makes query,
/// key and value of the first `part` channels, and the others join the result.
TensorId split_attention(Net& net, TensorId x, std::int64_t key, std::int64_t part) {
  const Shape s = net.shape(x);
  const auto channels = [&](TensorId y, std::int64_t from, std::int64_t count) {
    return net.slice(y, {0, from, 0, 0}, {s[0], count, s[2], s[3]});
  };
  const bool all = part == s[1];
  const TensorId qkv = net.conv(all ? x : channels(x, 0, part), 2 * key + part);
  const auto flat = [&](std::int64_t from, std::int64_t count) {
    return net.reshape(channels(qkv, from, count), {s[0], count, s[2] * s[3]});
  };
  const TensorId q = net.times(flat(0, key), 1 / std::sqrt(static_cast<double>(key)));
  const TensorId weights = net.softmax(net.matmul(q, flat(key, key), false, true));
  const TensorId attended =
      net.reshape(net.matmul(flat(2 * key, part), weights, true), {s[0], part, s[2], s[3]});
  return net.conv(all ? attended : net.concat({attended, channels(x, part, s[1] - part)}), s[1]);
}

/// Of the ablations the paper tells the words only: pre-LN is taken to be of the attention, and
/// the depthwise convolution to stand between the pointwise ones, before their GELU. Other readings
/// of the splits (a gate, half the channels) take within 4 % of their time.
TensorId mixed(Net& net, TensorId x, std::int64_t key) {
  const std::string_view word = net.values().word("attention");
  if (word == "split") return split_attention(net, x, key, net.channels(x));
  if (word == "split_quarter") return split_attention(net, x, key / 4, net.channels(x) / 4);
  const bool normed = word == "pre_ln_silu";
  return modulated_attention(net, normed ? normed_map(net, x) : x, key,
                             normed ? "silu" : "sigmoid");
}

TensorId attention_block(Net& net, TensorId x, std::int64_t key, std::int64_t expansion) {
  const std::int64_t width = net.channels(x);
  x = net.depthwise(x, {.kernel = 3});  // the skip around it is merged into its kernel
  x = net.add(x, mixed(net, x, key));
  TensorId y = net.conv(x, expansion * width);
  if (net.values().word("ffn") == "depthwise") y = net.depthwise(y, {.kernel = 3});
  return net.add(x, net.conv(net.activate(y, "gelu"), width));
}

graph::Graph make(const IFormer& form, const Values& values) {
  Net net(std::string(form.name), values);
  const std::int64_t half = form.widths[0] / 2;
  TensorId x = net.conv(net.image(), half, {.kernel = 5, .stride = 2, .activation = "gelu"});
  x = net.conv(x, 4 * half, {.kernel = 5, .stride = 2, .activation = "gelu"});
  x = net.conv(x, form.widths[0]);
  const std::array<std::int64_t, 4> depths{2, 2, form.first + form.attention_blocks + 1, 2};
  x = stages(
      net, x, depths,
      [&](TensorId y, std::size_t stage) {
        return net.conv(y, form.widths[stage], {.kernel = 3, .stride = 2});
      },
      [&](TensorId y, std::size_t stage, std::int64_t i) {
        const std::int64_t within = i - form.first;
        const bool attends =
            stage == 3 || (stage == 2 && within >= 0 && within < form.attention_blocks);
        if (!attends) return convolutions(net, y, form.expansion);
        const std::int64_t key = form.widths[stage] / (stage == 2 ? 2 : 4);
        return attention_block(net, y, key, form.expansion - 1);
      });
  return net.finish({net.classifier(x)});  // its norm is folded
}

}  // namespace

std::vector<NetworkInfo> iformer_family() {
  return family_of(
      table, "convolutions and modulated attention, image classification",
      with({{"attention",
             Form::word,
             "modulated",
             "ablations: pre_ln_silu, a layer norm before it and a SiLU gate; split, "
             "without a gate and with joint queries, keys and values; split_quarter, "
             "that of a quarter of the channels",
             {"modulated", "pre_ln_silu", "split", "split_quarter"}},
            {"ffn",
             Form::word,
             "plain",
             "depthwise: a 3x3 convolution within that of the attention blocks",
             {"plain", "depthwise"}},
            {"kernel", Form::word, "7", "of the convolution blocks; 3: an ablation", {"7", "3"}}},
           image_parameters()),
      make);
}

}  // namespace anesim::networks
