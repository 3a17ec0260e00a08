// FastViT T8, T12, SA12 in inference form (apple/ml-fastvit): RepMixer blocks are one depthwise
// convolution each, SA12 has attention in its last stage.
#include <array>

#include "traces/networks/families.h"
#include "traces/networks/net.h"

namespace anesim::networks {
namespace {

struct FastViT {
  std::string_view name;
  std::array<std::int64_t, 4> depths, widths;
  std::int64_t ratio;
  bool attention;  ///< in stage 4
  Published published;
};
constexpr std::string_view source = "arXiv 2303.14189, apple/ml-fastvit";
constexpr std::array table{
    FastViT{"fastvit_t8", {2, 2, 4, 2}, {48, 96, 192, 384}, 3, false, {3.994e6, 0.685e9, source}},
    FastViT{"fastvit_t12", {2, 2, 6, 2}, {64, 128, 256, 512}, 3, false, {7.506e6, 1.391e9, source}},
    FastViT{
        "fastvit_sa12", {2, 2, 6, 2}, {64, 128, 256, 512}, 4, true, {11.542e6, 1.937e9, source}},
};

/// Convolutional feed-forward: dw7, pw, GELU, pw, with layer scale on its result.
TensorId feed_forward(Net& net, TensorId x, std::int64_t ratio) {
  const std::int64_t width = net.channels(x);
  TensorId y = net.depthwise(x, {.kernel = 7});
  y = net.conv(y, ratio * width, {.activation = "gelu"});
  return net.add(x, net.scale(net.conv(y, width)));
}

TensorId attention(Net& net, TensorId x) {
  const Shape s = net.shape(x);
  const TensorId tokens = net.to_tokens(net.scale(x, true));  // a batch norm nothing absorbs
  const TensorId y =
      net.attention(tokens, {.heads = s[1] / 32, .head_width = 32, .qkv_bias = false});
  return net.add(x, net.scale(net.to_map(y, s[2], s[3])));
}

graph::Graph make(const FastViT& form, const Values& values) {
  Net net(std::string(form.name), values);
  TensorId x =
      net.conv(net.image(), form.widths[0], {.kernel = 3, .stride = 2, .activation = "gelu"});
  x = net.depthwise(x, {.kernel = 3, .stride = 2, .activation = "gelu"});
  x = net.conv(x, form.widths[0], {.activation = "gelu"});
  for (std::size_t stage = 0; stage < form.depths.size(); ++stage) {
    const bool attends = form.attention && stage == 3;
    net.at("stage" + std::to_string(stage + 1) + ".");
    if (stage > 0) {
      x = net.conv(x, form.widths[stage], {.kernel = 7, .stride = 2, .groups = net.channels(x)});
      x = net.conv(x, form.widths[stage], {.activation = "gelu"});
    }
    if (attends) x = net.depthwise(x, {.kernel = 7});
    for (std::int64_t i = 0; i < form.depths[stage]; ++i) {
      net.at("stage" + std::to_string(stage + 1) + ".block" + std::to_string(i + 1) + ".");
      x = attends ? attention(net, x) : net.depthwise(x, {.kernel = 3});
      x = feed_forward(net, x, form.ratio);
    }
  }
  if (!net.has_head()) return net.finish({x});
  net.at("head.");
  const std::int64_t width = net.channels(x);
  x = net.conv(x, 2 * width, {.kernel = 3, .groups = width});
  x = net.activate(net.excite(x, {.inner = 2 * width / 16}), "gelu");
  return net.finish({net.classifier(x)});
}

}  // namespace

std::vector<NetworkInfo> fastvit_family() {
  return family_of(table, "reparameterised mixer, image classification", image_parameters("256"),
                   make);
}

}  // namespace anesim::networks
