// DeiT and ViT with patches of 16 (facebookresearch/deit), and the image encoders of UForm: layer
// scale, three linears for q, k and v, a projection of the first token to 256.
#include <array>

#include "traces/networks/families.h"
#include "traces/networks/net.h"

namespace anesim::networks {
namespace {

struct ViT {
  std::string_view name;
  std::int64_t width, heads;
  bool uform;
  Published published;
};
constexpr std::string_view source = "arXiv 2012.12877, facebookresearch/deit";
constexpr std::array table{
    ViT{"deit_tiny", 192, 3, false, {5.717e6, 1.254e9, source}},
    ViT{"deit_small", 384, 6, false, {22.051e6, 4.599e9, source}},
    ViT{"vit_base",
        768,
        12,
        false,
        {86.568e6, 17.564e9, "arXiv 2010.11929, facebookresearch/deit"}},
    // Their sizes are published with the text encoders only; layers are those of ViT-S and ViT-B.
    ViT{"uform_small_image", 384, 6, true, {22.051e6, 4.599e9, "unum-cloud/UForm: ViT-S/16"}},
    ViT{"uform_base_image", 768, 12, true, {86.568e6, 17.564e9, "unum-cloud/UForm: ViT-B/16"}},
};
constexpr std::int64_t layers = 12, patch = 16;

TensorId layer(Net& net, TensorId x, const ViT& form) {
  const auto scaled = [&](TensorId y) { return form.uform ? net.scale(y) : y; };
  const TensorId mixed = net.attention(
      net.layer_norm(x),
      {.heads = form.heads, .head_width = form.width / form.heads, .fused_qkv = !form.uform});
  x = net.add(x, scaled(mixed));
  const TensorId inner = net.linear(net.layer_norm(x), 4 * form.width, "gelu");
  return net.add(x, scaled(net.linear(inner, form.width)));
}

graph::Graph make(const ViT& form, const Values& values) {
  Net net(std::string(form.name), values);
  const std::int64_t extra = values.flag("distilled") ? 2 : 1, batch = net.batch();
  TensorId x = net.conv(net.image(), form.width, {.kernel = patch, .stride = patch, .pad = 0});
  x = net.to_tokens(x);
  x = net.concat({net.constant({batch, extra, form.width}, "class_token"), x}, 1);
  x = net.add(x, net.constant({1, net.shape(x)[1], form.width}, "positions"));
  for (std::int64_t i = 0; i < layers; ++i) {
    net.at("layer" + std::to_string(i + 1) + ".");
    x = layer(net, x, form);
  }
  net.at("head.");
  x = net.layer_norm(x);
  if (!net.has_head()) return net.finish({x});
  const std::int64_t classes = values.count("classes");
  const auto head = [&](std::int64_t token) {
    const TensorId row = net.slice(x, {0, token, 0}, {batch, 1, form.width});
    return net.linear(net.reshape(row, {batch, form.width}), classes, {}, !form.uform);
  };
  const TensorId first = head(0);
  return net.finish({extra == 1 ? first : net.times(net.add(first, head(1)), 0.5)});
}

}  // namespace

std::vector<NetworkInfo> vit_family() {
  std::vector<NetworkInfo> family;
  for (const ViT& form : table) {
    family.push_back({form.name,
                      form.uform ? "image encoder of UForm, an embedding of 256"
                                 : "vision transformer, image classification",
                      form.published,
                      with({{"distilled",
                             Form::word,
                             "false",
                             "true: a second extra token with a classifier of its own",
                             {"true", "false"}}},
                           image_parameters("224", form.uform ? "256" : "1000")),
                      [&form](const Values& values) { return make(form, values); }});
  }
  return family;
}

}  // namespace anesim::networks
