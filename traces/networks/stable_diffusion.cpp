// Stable Diffusion 1.x, 2.x and XL: the UNet of one denoising step in the engine's form of
// apple/ml-stable-diffusion (SPLIT_EINSUM, V2 with pieces of queries).
#include <array>

#include "traces/networks/diffusion.h"
#include "traces/networks/families.h"

namespace anesim::networks {
namespace {

struct UNet {
  std::string_view name;
  std::vector<std::int64_t> widths;
  std::vector<std::int64_t> depth;  ///< transformer layers a block at each level; 0: none
  std::int64_t heads;               ///< of every block; 0: heads of 64 channels
  std::int64_t context;             ///< width of the text
  std::int64_t added;               ///< width of further conditions (XL: 2816), 0: none
  std::string_view latent;
  Published published;
};
const std::array table{
    UNet{"sd15_unet",
         {320, 640, 1280, 1280},
         {1, 1, 1, 0},
         8,
         768,
         0,
         "64",
         {859.5e6, 338.7e9, "arXiv 2305.15798 table 1 (batch 1, without attention products)",
          false}},
    UNet{"sd21_unet",
         {320, 640, 1280, 1280},
         {1, 1, 1, 0},
         0,
         1024,
         0,
         "64",
         {865.9e6, 0, "stabilityai/stable-diffusion-2-1-base"}},
    UNet{"sdxl_unet",
         {320, 640, 1280},
         {0, 2, 10},
         0,
         2048,
         2816,
         "128",
         {2567.5e6, 0, "arXiv 2307.01952"}},
};

/// One text-conditioned transformer of `layers` blocks over the map.
TensorId transformer(Net& net, TensorId x, TensorId text, const UNet& form, std::int64_t layers) {
  const Shape s = net.shape(x);
  const std::int64_t width = s[1], heads = form.heads > 0 ? form.heads : width / 64;
  const std::int64_t chunk = net.values().word("attention") == "split_einsum_v2" ? 512 : 0;
  const auto attend = [&](TensorId from, TensorId to) {
    const TensorId q = net.conv(from, width, {.bias = false});
    const TensorId k = net.conv(to, width, {.bias = false});
    const TensorId v = net.conv(to, width, {.bias = false});
    return net.conv(net.engine_attention(q, k, v, heads, false, chunk), width);
  };
  TensorId y = net.reshape(net.conv(net.group_norm(x, 32), width), {s[0], width, 1, s[2] * s[3]});
  for (std::int64_t i = 0; i < layers; ++i) {
    const TensorId own = net.channel_norm(y);
    y = net.add(y, attend(own, own));
    y = net.add(y, attend(net.channel_norm(y), text));
    const auto parts = net.split(net.conv(net.channel_norm(y), 8 * width), 2);
    y = net.add(y, net.conv(net.mul(parts[0], net.activate(parts[1], "gelu")), width));
  }
  return net.add(x, net.conv(net.reshape(y, s), width));
}

class Level {
 public:
  Level(Net& net, const UNet& form, TensorId time, TensorId text)
      : net_(net), form_(form), time_(time), text_(text) {}

  TensorId apply(TensorId x, std::int64_t out, std::int64_t layers) const {
    x = diffusion::residual(net_, x, out, time_);
    return layers > 0 ? transformer(net_, x, text_, form_, layers) : x;
  }
  TensorId middle(TensorId x, std::int64_t layers) const {
    x = apply(x, net_.channels(x), layers);
    return diffusion::residual(net_, x, net_.channels(x), time_);
  }

 private:
  Net& net_;
  const UNet& form_;
  TensorId time_, text_;
};

TensorId time_embedding(Net& net, const UNet& form) {
  const std::int64_t wide = 4 * form.widths[0], n = net.batch();
  const auto two = [&](TensorId x) {
    return net.conv(net.conv(x, wide, {.activation = "silu"}), wide);
  };
  // Sines and cosines of the step are computed outside the UNet's weights; 320 numbers a step.
  TensorId t = two(net.input("timestep_features", {n, form.widths[0], 1, 1}));
  if (form.added > 0) t = net.add(t, two(net.input("added_conditions", {n, form.added, 1, 1})));
  return net.activate(t, "silu");
}

graph::Graph make(const UNet& form, const Values& values) {
  Net net(std::string(form.name), values);
  const std::int64_t n = net.batch(), side = values.count("latent");
  const std::size_t levels = form.widths.size();
  if (side % (std::int64_t{1} << (levels - 1)) != 0)
    values.fail("parameter 'latent' must be a multiple of 8");
  net.at("embeddings.");
  const TensorId time = time_embedding(net, form);
  const TensorId text = net.input("text", {n, form.context, 1, values.count("tokens")});
  const Level level(net, form, time, text);
  TensorId x = net.conv(net.input("latents", {n, 4, side, side}), form.widths[0], {.kernel = 3});
  std::vector<TensorId> skips{x};
  for (std::size_t i = 0; i < levels; ++i) {
    net.at("down" + std::to_string(i + 1) + ".");
    for (int j = 0; j < 2; ++j) skips.push_back(x = level.apply(x, form.widths[i], form.depth[i]));
    if (i + 1 < levels)
      skips.push_back(x = net.conv(x, form.widths[i], {.kernel = 3, .stride = 2}));
  }
  net.at("middle.");
  std::int64_t deepest = form.depth.back();
  if (deepest == 0) deepest = form.depth[levels - 2];
  x = level.middle(x, deepest);
  for (std::size_t i = levels; i-- > 0;) {
    net.at("up" + std::to_string(levels - i) + ".");
    for (int j = 0; j < 3; ++j) {
      x = level.apply(net.concat({x, skips.back()}), form.widths[i], form.depth[i]);
      skips.pop_back();
    }
    if (i > 0) x = net.conv(net.upsample(x, 2), form.widths[i], {.kernel = 3});
  }
  net.at("head.");
  return net.finish({net.conv(net.activate(net.group_norm(x, 32), "silu"), 4, {.kernel = 3})});
}

}  // namespace

std::vector<NetworkInfo> stable_diffusion_family() {
  std::vector<NetworkInfo> family = diffusion::parts();
  for (const UNet& form : table) {
    family.push_back(
        {form.name, "denoising UNet of one step in the engine's form; batch 2: with guidance",
         form.published,
         with({{"latent", Form::count, form.latent, "height and width of the latents", {}, 512},
               {"tokens", Form::count, "77", "text tokens", {}, 4096},
               {"attention",
                Form::word,
                "split_einsum",
                "v2: queries in pieces of 512",
                {"split_einsum", "split_einsum_v2"}}},
              common_parameters()),
         [&form](const Values& values) { return make(form, values); }});
  }
  return family;
}

}  // namespace anesim::networks
