// EfficientFormer L1, L3 (snap-research/EfficientFormer): pooling as token mixer, attention in the
// last blocks of the last stage.
#include <array>

#include "traces/networks/families.h"
#include "traces/networks/net.h"
#include "traces/networks/stages.h"
#include "traces/networks/swiftformer.h"

namespace anesim::networks {
namespace {

struct EfficientFormer {
  std::string_view name;
  std::array<std::int64_t, 4> depths, widths;
  std::int64_t attention_blocks;
  Published published;
};
constexpr std::string_view source = "arXiv 2206.01191, snap-research/EfficientFormer";
constexpr std::array table{
    EfficientFormer{
        "efficientformer_l1", {3, 2, 6, 4}, {48, 96, 224, 448}, 1, {12.258e6, 1.291e9, source}},
    EfficientFormer{
        "efficientformer_l3", {4, 4, 12, 6}, {64, 128, 320, 512}, 4, {31.3e6, 3.9e9, source}},
};

TensorId pooling_block(Net& net, TensorId x) {
  const std::int64_t width = net.channels(x);
  const TensorId mixed = net.binary("sub", net.pool("avg_pool", x, 3, 1, 1), x);
  x = net.add(x, net.scale(mixed));
  const TensorId inner = net.conv(x, 4 * width, {.activation = "gelu"});
  return net.add(x, net.scale(net.conv(inner, width)));
}

/// `swift`: the additive attention takes the place of the attention alone, norms and feed-forward
/// stay (arXiv 2303.15446 table 1).
TensorId attention_block(Net& net, TensorId x, bool swift) {
  const std::int64_t width = net.shape(x)[2];
  const TensorId normed = net.layer_norm(x);
  const Attention form{.heads = 8, .head_width = 32, .value_width = 128, .position_bias = true};
  const TensorId mixed = swift ? additive_attention(net, normed) : net.attention(normed, form);
  x = net.add(x, net.scale(mixed));
  const TensorId inner = net.linear(net.layer_norm(x), 4 * width, "gelu");
  return net.add(x, net.scale(net.linear(inner, width)));
}

graph::Graph make(const EfficientFormer& form, const Values& values) {
  Net net(std::string(form.name), values);
  const bool swift = values.word("mixer") == "swiftformer";
  TensorId x =
      stages(net, form.depths, form.widths, [&](TensorId y, std::size_t stage, std::int64_t i) {
        const bool tokens = stage == 3 && i >= form.depths[3] - form.attention_blocks;
        if (tokens && net.shape(y).size() == 4) y = net.to_tokens(y);
        if (tokens) return attention_block(net, y, swift);
        return swift ? conv_encoder(net, y, 4 * net.channels(y)) : pooling_block(net, y);
      });
  net.at("head.");
  x = net.layer_norm(x);
  if (!net.has_head()) return net.finish({x});
  x = net.mean(x, {1}, false);
  const std::int64_t classes = values.count("classes");
  const TensorId both = net.add(net.linear(x, classes), net.linear(x, classes));
  return net.finish({net.times(both, 0.5)});
}

}  // namespace

std::vector<NetworkInfo> efficientformer_family() {
  return family_of(table, "pooling blocks and late attention, image classification",
                   with({{"mixer",
                          Form::word,
                          "own",
                          "swiftformer: its convolution encoders and additive attention",
                          {"own", "swiftformer"}}},
                        image_parameters()),
                   make);
}

}  // namespace anesim::networks
