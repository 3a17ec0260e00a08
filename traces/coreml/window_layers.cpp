// Layers with windows and those that change height and width.
#include <fmt/format.h>

#include <algorithm>

#include "traces/coreml/layers.h"

namespace anesim::coreml::layers {

namespace {
using graph::Shape;
using graph::TensorId;
using Integers = std::vector<std::int64_t>;

Integers list_or(const Parameters& p, int field, Integers otherwise) {
  Integers given = p.list(field);
  return given.empty() ? otherwise : given;
}

/// Amounts before and after height and width of a BorderAmounts message.
Integers border(const LayerBuilder& b, const Parameters* amounts) {
  Integers pads(4, 0);
  if (amounts == nullptr) return pads;
  const auto found = amounts->messages.find(10);
  if (found == amounts->messages.end()) return pads;
  if (found->second.size() != 2) {
    b.fail(fmt::format("has border amounts of {} dimensions (expected 2)", found->second.size()));
  }
  for (std::size_t i = 0; i < 2; ++i) {
    pads[2 * i] = found->second[i].integer(1);
    pads[2 * i + 1] = found->second[i].integer(2);
  }
  return pads;
}

/// pad_type and pad of a layer with the messages ValidPadding and SamePadding.
void add_padding(LayerBuilder& b, const Parameters& p, int valid, int same,
                 LayerBuilder::Arguments& arguments) {
  if (const Parameters* mode = p.find(same)) {
    arguments.push_back(
        {"pad_type", {b.build.text(mode->integer(1) == 1 ? "same_lower" : "same")}});
    return;
  }
  const Parameters* mode = p.find(valid);
  const Integers pads = border(b, mode == nullptr ? nullptr : mode->find(1));
  if (std::ranges::all_of(pads, [](std::int64_t pad) { return pad == 0; })) {
    arguments.push_back({"pad_type", {b.build.text("valid")}});
    return;
  }
  arguments.push_back({"pad_type", {b.build.text("custom")}});
  arguments.push_back({"pad", {b.build.ints(pads)}});
}
}  // namespace

void convolution(LayerBuilder& b, const Layer& layer) {
  const Parameters& p = layer.parameters;
  const Integers kernel = list_or(p, 20, {3, 3});
  const std::int64_t results = p.integer(1), channels = p.integer(2);
  const std::int64_t groups = std::max<std::int64_t>(p.integer(10, 1), 1);
  const bool transposed = p.flag(60);
  LayerBuilder::Arguments arguments{{"x", {b.in(0)}}};
  if (layer.inputs.size() > 1) {
    arguments.push_back({"weight", {b.in(1)}});
  } else {
    Shape shape;
    shape.push_back(transposed ? channels : results);
    shape.push_back(transposed ? results / groups : channels);
    for (const std::int64_t size : kernel) shape.push_back(size);
    arguments.push_back({"weight", {b.weight("weight", std::move(shape), p.format(90))}});
  }
  if (p.flag(70)) arguments.push_back({"bias", {b.weight("bias", {results}, p.format(91))}});
  arguments.push_back({"strides", {b.build.ints(list_or(p, 30, {1, 1}))}});
  arguments.push_back({"dilations", {b.build.ints(list_or(p, 40, {1, 1}))}});
  arguments.push_back({"groups", {b.build.integer(groups)}});
  add_padding(b, p, 50, 51, arguments);
  const Integers wanted = p.list(100);
  if (transposed && !wanted.empty()) {
    arguments.push_back({"output_shape", {b.build.ints(wanted)}});
  }
  b.out(b.op(transposed ? "conv_transpose" : "conv", std::move(arguments)));
}

void pooling(LayerBuilder& b, const Layer& layer) {
  const Parameters& p = layer.parameters;
  const std::int64_t type = p.integer(1);
  if (type < 0 || type > 2) b.fail(fmt::format("pooling type {} is not known", type));
  if (p.flag(60)) {  // over the whole image
    constexpr const char* reductions[] = {"reduce_max", "reduce_mean", "reduce_l2_norm"};
    b.simple(reductions[type],
             {{"axes", {b.build.ints({-2, -1})}}, {"keep_dims", {b.build.boolean(true)}}});
    return;
  }
  constexpr const char* pools[] = {"max_pool", "avg_pool", "l2_pool"};
  LayerBuilder::Arguments arguments{{"kernel_sizes", {b.build.ints(list_or(p, 10, {3, 3}))}},
                                    {"strides", {b.build.ints(list_or(p, 20, {1, 1}))}}};
  if (const Parameters* caffe = p.find(32)) {  // includeLastPixel: rounds up
    const Integers pads = list_or(*caffe, 10, {0, 0});
    if (pads.size() != 2) b.fail("includeLastPixel needs two padding amounts");
    arguments.push_back({"pad_type", {b.build.text("custom")}});
    arguments.push_back({"pad", {b.build.ints({pads[0], pads[0], pads[1], pads[1]})}});
    arguments.push_back({"ceil_mode", {b.build.boolean(true)}});
  } else {
    add_padding(b, p, 30, 31, arguments);
  }
  b.simple(pools[type], std::move(arguments));
}

void padding(LayerBuilder& b, const Layer& layer) {
  const Parameters& p = layer.parameters;
  const char* mode = p.find(2) != nullptr   ? "reflect"
                     : p.find(3) != nullptr ? "replicate"
                                            : "constant";
  b.simple("pad", {{"pad", {b.build.ints(border(b, p.find(10)))}}, {"mode", {b.build.text(mode)}}});
}

void constant_pad(LayerBuilder& b, const Layer& layer) {
  const Parameters& p = layer.parameters;
  if (p.flag(3)) b.fail("pads to a given size, which is not modelled");
  Integers pads = p.list(2);
  pads.resize(2 * b.shape(0).size());
  b.simple("pad", {{"pad", {b.build.ints(std::move(pads))}}, {"mode", {b.build.text("constant")}}});
}

void crop(LayerBuilder& b, const Layer& layer) {
  Integers amounts = border(b, layer.parameters.find(1));
  if (layer.inputs.size() > 1) {  // to the size of the second input, from an offset
    const Integers offset = list_or(layer.parameters, 5, {0, 0});
    const Shape& from = b.shape(0);
    const Shape& to = b.shape(1);
    if (offset.size() != 2 || from.size() < 2 || to.size() < 2) b.fail("needs images");
    for (std::size_t i = 0; i < 2; ++i) {
      if (offset[i] < 0 || offset[i] > from[from.size() - 2 + i]) {
        b.fail(fmt::format("crops from {} of {}", offset[i], from[from.size() - 2 + i]));
      }
      amounts[2 * i] = offset[i];
      amounts[2 * i + 1] = from[from.size() - 2 + i] - to[to.size() - 2 + i] - offset[i];
    }
  }
  b.simple("crop", {{"crop_height", {b.build.ints({amounts[0], amounts[1]})}},
                    {"crop_width", {b.build.ints({amounts[2], amounts[3]})}}});
}

void upsample(LayerBuilder& b, const Layer& layer) {
  const Parameters& p = layer.parameters;
  std::vector<double> factors(2, 1);
  const Integers whole = list_or(p, 1, {1, 1});
  const auto fractions = p.reals.find(7);
  if (fractions != p.reals.end()) {
    factors = fractions->second;
  } else {
    factors.assign(whole.begin(), whole.end());
  }
  if (factors.size() != 2) b.fail("needs two scaling factors");
  b.simple(p.integer(5) == 1 ? "upsample_bilinear" : "upsample_nearest_neighbor",
           {{"scale_factor_height", {b.build.number(factors[0], graph::DType::fp32)}},
            {"scale_factor_width", {b.build.number(factors[1], graph::DType::fp32)}}});
}

void resize_bilinear(LayerBuilder& b, const Layer& layer) {
  const Integers size = list_or(layer.parameters, 1, {1, 1});
  if (size.size() != 2) b.fail("needs two target sizes");
  b.simple("resize_bilinear", {{"target_size_height", {b.build.integer(size[0])}},
                               {"target_size_width", {b.build.integer(size[1])}}});
}

void reorganize(LayerBuilder& b, const Layer& layer) {
  const std::int64_t mode = layer.parameters.integer(1);
  const TensorId block = b.build.integer(layer.parameters.integer(2, 1));
  if (mode == 2) return b.simple("pixel_shuffle", {{"upscale_factor", {block}}});
  b.simple(mode == 1 ? "depth_to_space" : "space_to_depth", {{"block_size", {block}}});
}

}  // namespace anesim::coreml::layers
