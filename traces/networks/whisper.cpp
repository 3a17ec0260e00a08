// Encoders of Whisper (openai/whisper), ordinary and in the form of whisper.cpp's engine export.
#include <array>

#include "traces/networks/families.h"
#include "traces/networks/net.h"

namespace anesim::networks {
namespace {

struct Whisper {
  std::string_view name;
  std::int64_t width, heads, layers;
  Published published;
};
// Parameters and MACs by hand from the dimensions of the paper's table 1: 2 convolutions,
// positions, 12 w^2 a layer and the products of 1500 tokens.
constexpr std::string_view source = "arXiv 2212.04356 table 1 (computed from its dimensions)";
constexpr std::array table{
    Whisper{"whisper_tiny_encoder", 384, 6, 4, {8.208e6, 18.47e9, source}},
    Whisper{"whisper_base_encoder", 512, 8, 6, {20.59e6, 43.68e9, source}},
    Whisper{"whisper_small_encoder", 768, 12, 12, {88.15e6, 172.1e9, source}},
    Whisper{"whisper_medium_encoder", 1024, 16, 24, {307.2e6, 569.0e9, source}},
    Whisper{"whisper_large_encoder", 1280, 20, 32, {636.8e6, 1136.3e9, source}},
};
constexpr std::int64_t mels = 80, frames = 3000;

/// Convolution over time of [N, C, 1, S], with GELU.
TensorId over_time(Net& net, TensorId x, std::int64_t width, std::int64_t stride) {
  graph::Builder& b = net.builder();
  return net.activate(b.op("conv",
                           {{"x", {x}},
                            {"weight", {net.weight({width, net.channels(x), 1, 3}, "weight")}},
                            {"strides", {b.ints({1, stride})}},
                            {"pad_type", {b.text("custom")}},
                            {"pad", {b.ints({0, 0, 1, 1})}},
                            {"dilations", {b.ints({1, 1})}},
                            {"groups", {b.integer(1)}},
                            {"bias", {net.constant({width}, "bias")}}},
                           net.next_name("conv")),
                      "gelu");
}

TensorId layer(Net& net, TensorId x, const Whisper& form) {
  x = net.add(x, net.attention(net.layer_norm(x), {.heads = form.heads,
                                                   .head_width = form.width / form.heads,
                                                   .fused_qkv = false,
                                                   .key_bias = false}));
  const TensorId inner = net.linear(net.layer_norm(x), 4 * form.width, "gelu");
  return net.add(x, net.linear(inner, form.width));
}

TensorId engine_layer(Net& net, TensorId x, const Whisper& form) {
  const TensorId y = net.channel_norm(x);
  const TensorId q = net.conv(y, form.width), k = net.conv(y, form.width, {.bias = false});
  const TensorId attended = net.engine_attention(q, k, net.conv(y, form.width), form.heads);
  x = net.add(x, net.conv(attended, form.width));
  const TensorId inner = net.conv(net.channel_norm(x), 4 * form.width, {.activation = "gelu"});
  return net.add(x, net.conv(inner, form.width));
}

graph::Graph make(const Whisper& form, const Values& values) {
  Net net(std::string(form.name), values);
  const bool engine = values.word("form") == "ane";
  const std::int64_t n = net.batch(), length = values.count("frames");
  if (length % 2 != 0) values.fail("parameter 'frames' must be even");
  TensorId x = net.reshape(net.input("mel", {n, mels, length}), {n, mels, 1, length});
  x = over_time(net, over_time(net, x, form.width, 1), form.width, 2);
  if (engine) {
    x = net.add(x, net.constant({1, form.width, 1, length / 2}, "positions"));
  } else {
    x = net.transpose(net.reshape(x, {n, form.width, length / 2}), {0, 2, 1});
    x = net.add(x, net.constant({1, length / 2, form.width}, "positions"));
  }
  for (std::int64_t i = 0; i < form.layers; ++i) {
    net.at("layer" + std::to_string(i + 1) + ".");
    x = engine ? engine_layer(net, x, form) : layer(net, x, form);
  }
  net.at("head.");
  return net.finish({engine ? net.channel_norm(x) : net.layer_norm(x)});
}

}  // namespace

std::vector<NetworkInfo> whisper_family() {
  const std::vector<ParameterInfo> own{
      {"frames", Form::count, "3000", "frames of 10 ms; 3000: 30 s", {}, frames},
      {"form",
       Form::word,
       "ordinary",
       "ane: channels in front, linears as 1x1 convolutions, a product a head",
       {"ordinary", "ane"}}};
  return family_of(table, "audio encoder of a speech recogniser", with(own, common_parameters()),
                   make);
}

}  // namespace anesim::networks
