#include "traces/networks/diffusion.h"

#include <array>

namespace anesim::networks::diffusion {
namespace {

constexpr std::int64_t norm_groups = 32;

TensorId normed(Net& net, TensorId x) {
  return net.activate(net.group_norm(x, norm_groups), "silu");
}

/// The text encoders of CLIP: pre-norm layers with a causal mask.
struct Text {
  std::string_view name;
  std::int64_t width, layers, heads;
  std::string_view activation;
  Published published;
};
constexpr std::array texts{
    Text{"clip_g_text",
         1280,
         32,
         20,
         "gelu",
         {694.66e6, 0, "arXiv 2307.01952; laion/CLIP-ViT-bigG-14"}},
    Text{"clip_l_text",
         768,
         12,
         12,
         "quick_gelu",
         {123.06e6, 6.5e9, "arXiv 2305.15798 table 1 (without attention products)", false}},
    Text{"clip_h_text",
         1024,
         23,
         16,
         "gelu",
         {340.39e6, 0, "stabilityai/stable-diffusion-2-1-base"}},
};
constexpr std::int64_t vocabulary = 49408, positions = 77;

graph::Graph make_text(const Text& form, const Values& values) {
  Net net(std::string(form.name), values);
  net.at("embeddings.");
  TensorId x = net.embed(net.tokens("input_ids", positions), vocabulary, form.width);
  x = net.add(x, net.constant({1, positions, form.width}, "positions"));
  for (std::int64_t i = 0; i < form.layers; ++i) {
    net.at("layer" + std::to_string(i + 1) + ".");
    x = net.add(x, net.attention(net.layer_norm(x), {.heads = form.heads,
                                                     .head_width = form.width / form.heads,
                                                     .fused_qkv = false}));
    TensorId inner = net.linear(net.layer_norm(x), 4 * form.width);
    if (form.activation == "quick_gelu")
      inner = net.mul(inner, net.activate(net.times(inner, 1.702), "sigmoid"));
    else
      inner = net.activate(inner, form.activation);
    x = net.add(x, net.linear(inner, form.width));
  }
  net.at("head.");
  return net.finish({net.layer_norm(x)});
}

/// Attention of one head over the whole map.
TensorId map_attention(Net& net, TensorId x) {
  const Shape s = net.shape(x);
  const TensorId y = net.reshape(net.group_norm(x, norm_groups), {s[0], s[1], 1, s[2] * s[3]});
  const TensorId q = net.conv(y, s[1]), k = net.conv(y, s[1]), v = net.conv(y, s[1]);
  const TensorId joined = net.conv(net.engine_attention(q, k, v, 1), s[1]);
  return net.add(x, net.reshape(joined, s));
}

graph::Graph make_decoder(const Values& values) {
  Net net("sd_vae_decoder", values);
  const std::int64_t side = values.count("latent");
  TensorId x = net.conv(net.input("latents", {net.batch(), 4, side, side}), 4);
  x = net.conv(x, 512, {.kernel = 3});
  net.at("middle.");
  x = residual(net, map_attention(net, residual(net, x, 512)), 512);
  constexpr std::array<std::int64_t, 4> widths{512, 512, 256, 128};
  for (std::size_t i = 0; i < widths.size(); ++i) {
    net.at("up" + std::to_string(i + 1) + ".");
    for (int j = 0; j < 3; ++j) x = residual(net, x, widths[i]);
    if (i + 1 < widths.size()) x = net.conv(net.upsample(x, 2), widths[i], {.kernel = 3});
  }
  net.at("head.");
  return net.finish({net.conv(normed(net, x), 3, {.kernel = 3})});
}

}  // namespace

TensorId residual(Net& net, TensorId x, std::int64_t out, std::optional<TensorId> time) {
  TensorId y = net.conv(normed(net, x), out, {.kernel = 3});
  if (time) y = net.add(y, net.conv(*time, out));
  y = net.conv(normed(net, y), out, {.kernel = 3});
  if (net.channels(x) != out) x = net.conv(x, out);
  return net.add(x, y);
}

std::vector<NetworkInfo> parts() {
  std::vector<NetworkInfo> list;
  for (const Text& form : texts) {
    list.push_back({form.name, "text encoder of a diffusion model, 77 tokens", form.published,
                    common_parameters(),
                    [&form](const Values& values) { return make_text(form, values); }});
  }
  list.push_back({"sd_vae_decoder",
                  "latents to image; 64: 512 x 512",
                  {49.49e6, 1240e9, "arXiv 2305.15798 table 1 (without attention products)", false},
                  with({{"latent", Form::count, "64", "height and width of the latents", {}, 512}},
                       common_parameters()),
                  make_decoder});
  return list;
}

}  // namespace anesim::networks::diffusion
