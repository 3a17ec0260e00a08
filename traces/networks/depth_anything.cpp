// Depth Anything (LiheYoung/Depth-Anything; transformers' form, which Apple's model cards name):
// DINOv2 with patches of 14 and a DPT head over four of its layers.
#include <array>

#include "traces/networks/families.h"
#include "traces/networks/net.h"

namespace anesim::networks {
namespace {

struct DepthAnything {
  std::string_view name;
  std::int64_t layers, width, heads, fused;
  std::array<std::int64_t, 4> widths;
  Published published;
};
constexpr std::string_view source = "arXiv 2401.10891, table of models";
constexpr std::array table{
    DepthAnything{"depth_anything_small", 12, 384, 6, 64, {48, 96, 192, 384}, {24.8e6, 0, source}},
    DepthAnything{
        "depth_anything_base", 12, 768, 12, 128, {96, 192, 384, 768}, {97.5e6, 0, source}},
    DepthAnything{
        "depth_anything_large", 24, 1024, 16, 256, {256, 512, 1024, 1024}, {335.3e6, 0, source}},
};
constexpr std::int64_t patch = 14, inner_head = 32;

TensorId layer(Net& net, TensorId x, const DepthAnything& form) {
  const TensorId mixed = net.attention(
      net.layer_norm(x),
      {.heads = form.heads, .head_width = form.width / form.heads, .fused_qkv = false});
  x = net.add(x, net.scale(mixed));
  const TensorId inner = net.linear(net.layer_norm(x), 4 * form.width, "gelu");
  return net.add(x, net.scale(net.linear(inner, form.width)));
}

TensorId c3(Net& net, TensorId x, std::int64_t out, bool bias = true) {
  return net.conv(x, out, {.kernel = 3, .bias = bias});
}

/// ReLU and convolution twice, and the skip.
TensorId residual(Net& net, TensorId x) {
  const std::int64_t width = net.channels(x);
  const TensorId y = c3(net, net.activate(x, "relu"), width);
  return net.add(x, c3(net, net.activate(y, "relu"), width));
}

/// A layer's tokens as a map at stride 3.5, 7, 14 or 28.
TensorId reassembled(Net& net, TensorId tokens, std::size_t level, const DepthAnything& form,
                     std::int64_t rows, std::int64_t columns) {
  const std::int64_t out = form.widths.at(level);
  const TensorId patches = net.slice(tokens, {0, 1, 0}, {net.batch(), rows * columns, form.width});
  TensorId x = net.conv(net.to_map(patches, rows, columns), out);
  if (level < 2) {
    const std::int64_t by = level == 0 ? 4 : 2;
    x = net.deconv(x, out, {.kernel = by, .stride = by});
  } else if (level == 3) {
    x = net.conv(x, out, {.kernel = 3, .stride = 2});
  }
  return c3(net, x, form.fused, false);
}

graph::Graph make(const DepthAnything& form, const Values& values) {
  Net net(std::string(form.name), values);
  // What is left of the last whole patch falls out of the patch convolution: 396 rows are 28
  // patches and give a depth map of 392 rows.
  const std::int64_t height = values.count("height"), width = values.count("width");
  if (height < patch || width < patch)
    values.fail("parameters 'height' and 'width' must be 14 or more");
  const std::int64_t rows = height / patch, columns = width / patch;
  TensorId x = net.input("image", {net.batch(), 3, height, width});
  x = net.to_tokens(net.conv(x, form.width, {.kernel = patch, .stride = patch, .pad = 0}));
  x = net.concat({net.constant({net.batch(), 1, form.width}, "class_token"), x}, 1);
  x = net.add(x, net.constant({1, net.shape(x)[1], form.width}, "positions"));
  std::vector<TensorId> taken;
  for (std::int64_t i = 0; i < form.layers; ++i) {
    net.at("layer" + std::to_string(i + 1) + ".");
    x = layer(net, x, form);
    if (i + 4 >= form.layers) taken.push_back(net.layer_norm(x));  // the last four (version 1)
  }
  if (values.word("head") == "none") return net.finish({taken.back()});
  net.at("neck.");
  std::array<TensorId, 4> maps;
  for (std::size_t i = 0; i < maps.size(); ++i)
    maps[i] = reassembled(net, taken[i], i, form, rows, columns);
  x = maps[3];
  for (std::size_t i = maps.size(); i-- > 0;) {
    if (i < 3) x = net.add(x, residual(net, maps[i]));
    const Shape& s = net.shape(i > 0 ? maps[i - 1] : maps[0]);
    const std::int64_t by = i > 0 ? 1 : 2;
    x = net.conv(net.resize(residual(net, x), by * s[2], by * s[3]), form.fused);
  }
  net.at("head.");
  x = net.resize(c3(net, x, form.fused / 2), patch * rows, patch * columns);
  x = net.conv(x, inner_head, {.kernel = 3, .activation = "relu"});
  return net.finish({net.conv(x, 1, {.activation = "relu"})});
}

}  // namespace

std::vector<NetworkInfo> depth_anything_family() {
  std::vector<NetworkInfo> family;
  for (const DepthAnything& form : table) {
    family.push_back(
        {form.name, "depth of one image, DINOv2 and a convolutional head", form.published,
         with(
             {{"height", Form::count, "518", "rows of the image", {}, 8192},
              {"width", Form::count, "518", "columns of the image", {}, 8192},
              {"head", Form::word, "depth", "none: the tokens of the backbone", {"depth", "none"}}},
             common_parameters()),
         [&form](const Values& values) { return make(form, values); }});
  }
  return family;
}

}  // namespace anesim::networks
