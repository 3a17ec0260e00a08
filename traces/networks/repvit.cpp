// RepViT (THU-MIG/RepViT, arXiv 2307.09283) in inference form and the image encoder of RepViT-SAM
// (arXiv 2312.05760): the parallel branches of a token mixer are one depthwise convolution, the two
// classifiers one.
#include <array>

#include "traces/networks/families.h"
#include "traces/networks/net.h"
#include "traces/networks/stages.h"

namespace anesim::networks {
namespace {

struct RepViT {
  std::string_view name;
  std::int64_t width;  ///< doubles with every stage
  std::array<std::int64_t, 4> depths;
  Published published;
};
// The paper prints two digits (0.8, 1.1, 1.3, 2.3, 4.5 G).
constexpr std::string_view source = "arXiv 2307.09283 (parameters), timm (MACs)";
constexpr std::array table{
    RepViT{"repvit_m0_9", 48, {2, 2, 14, 2}, {5.1e6, 0.83e9, source}},
    RepViT{"repvit_m1_0", 56, {2, 2, 14, 2}, {6.8e6, 1.13e9, source}},
    RepViT{"repvit_m1_1", 64, {2, 2, 12, 2}, {8.2e6, 1.36e9, source}},
    RepViT{"repvit_m1_5", 64, {4, 4, 24, 4}, {14.0e6, 2.31e9, source}},
    RepViT{"repvit_m2_3", 80, {6, 6, 34, 2}, {22.9e6, 4.57e9, source}},
};

TensorId feed_forward(Net& net, TensorId x) {
  const std::int64_t width = net.channels(x);
  return net.add(x, net.conv(net.conv(x, 2 * width, {.activation = "gelu"}), width));
}

TensorId block(Net& net, TensorId x, bool excite) {
  x = net.depthwise(x, {.kernel = 3});
  if (excite) x = net.excite(x, {.inner = round_to_8(0.25 * static_cast<double>(net.channels(x)))});
  return feed_forward(net, x);
}

TensorId downsample(Net& net, TensorId x, std::int64_t width, std::int64_t stride) {
  x = net.depthwise(block(net, x, false), {.kernel = 3, .stride = stride});
  return feed_forward(net, net.conv(x, width));
}

TensorId features(Net& net, const RepViT& form, std::int64_t last_stride) {
  const std::int64_t half = form.width / 2;
  TensorId x = net.conv(net.image(), half, {.kernel = 3, .stride = 2, .activation = "gelu"});
  x = net.conv(x, form.width, {.kernel = 3, .stride = 2});
  return stages(
      net, x, form.depths,
      [&](TensorId y, std::size_t stage) {
        return downsample(net, y, form.width << stage, stage == 3 ? last_stride : 2);
      },
      [&](TensorId y, std::size_t, std::int64_t i) { return block(net, y, i % 2 == 0); });
}

graph::Graph make(const RepViT& form, const Values& values) {
  Net net(std::string(form.name), values);
  return net.finish({net.classifier(features(net, form, 2))});
}

/// Segment Anything's norm over channels, as its source spells it.
TensorId map_norm(Net& net, TensorId x) {
  const TensorId centred = net.binary("sub", x, net.mean(x, {1}));
  const TensorId variance = net.mean(net.unary("square", centred), {1});
  const TensorId deviation =
      net.unary("sqrt", net.binary("add", variance, net.builder().number(1e-6)));
  return net.scale(net.binary("real_div", centred, deviation), true);
}

/// M2.3 whose last stage stays at 1/16, and the neck of Segment Anything.
graph::Graph make_sam(const Values& values) {
  Net net("repvit_sam_encoder", values);
  TensorId x = features(net, table.back(), 1);
  net.at("neck.");
  x = map_norm(net, net.conv(x, 256, {.bias = false}));
  x = map_norm(net, net.conv(x, 256, {.kernel = 3, .bias = false}));
  return net.finish({x});
}

}  // namespace

std::vector<NetworkInfo> repvit_family() {
  std::vector<NetworkInfo> family;
  for (const RepViT& form : table) {
    family.push_back({form.name, "reparameterised mobile blocks, image classification",
                      form.published, image_parameters(),
                      [&form](const Values& values) { return make(form, values); }});
  }
  family.push_back(
      {"repvit_sam_encoder",
       "RepViT-M2.3 as Segment Anything's image encoder",
       {23.16e6, 0, "arXiv 2410.04960: 27.22 M with the 4.06 M of prompt encoder and decoder"},
       with({{"resolution", Form::count, "1024", "height and width of the image", {}, 8192}},
            common_parameters()),
       make_sam});
  return family;
}

}  // namespace anesim::networks
