// Norms, softmax and reductions.
#include <fmt/format.h>

#include <array>

#include "traces/coreml/layers.h"

namespace anesim::coreml::layers {

namespace {
using graph::Shape;
using graph::TensorId;

constexpr std::array modes = std::to_array<const char*>(
    {"reduce_sum", "reduce_mean", "reduce_prod", "reduce_log_sum", "reduce_sum_square",
     "reduce_l1_norm", "reduce_l2_norm", "reduce_max", "reduce_min", "reduce_argmax"});
}  // namespace

void batch_norm(LayerBuilder& b, const Layer& layer) {
  const Parameters& p = layer.parameters;
  const std::int64_t channels = p.integer(1);
  LayerBuilder::Arguments arguments;
  if (p.flag(5) && p.flag(6)) {
    arguments = {{"gamma", {b.weight("gamma", {channels}, p.format(15))}},
                 {"beta", {b.weight("beta", {channels}, p.format(16))}}};
    return b.simple("instance_norm", std::move(arguments));
  }
  constexpr std::array fields = std::to_array<std::pair<int, const char*>>(
      {{17, "mean"}, {18, "variance"}, {15, "gamma"}, {16, "beta"}});
  for (const auto& [field, name] : fields) {
    arguments.push_back({name, {b.weight(name, {channels}, p.format(field))}});
  }
  b.simple("batch_norm", std::move(arguments));
}

void mean_variance(LayerBuilder& b, const Layer& layer) {
  const bool across = layer.parameters.flag(1);
  if (!across) return b.simple("instance_norm");
  b.simple("layer_norm", {{"axes", {b.build.ints({-3, -2, -1})}}});
}

void l2_normalize(LayerBuilder& b, const Layer&) { b.simple("l2_norm"); }

void response_norm(LayerBuilder& b, const Layer& layer) {
  b.simple("local_response_norm", {{"size", {b.build.integer(layer.parameters.integer(3, 5))}}});
}

void layer_norm(LayerBuilder& b, const Layer& layer) {
  const Parameters& p = layer.parameters;
  const Shape shape = p.list(1);
  std::vector<std::int64_t> axes;
  for (std::size_t i = shape.size(); i > 0; --i) axes.push_back(-static_cast<std::int64_t>(i));
  if (axes.empty()) b.fail("names no axes to normalise");
  b.simple("layer_norm", {{"axes", {b.build.ints(std::move(axes))}},
                          {"gamma", {b.weight("gamma", shape, p.format(3))}},
                          {"beta", {b.weight("beta", shape, p.format(4))}}});
}

void softmax(LayerBuilder& b, const Layer& layer) {
  // The first kind works over the channels.
  const std::int64_t axis = layer.kind == 950 ? layer.parameters.integer(1) : -3;
  b.simple("softmax", {{"axis", {b.build.integer(axis)}}});
}

void reduce(LayerBuilder& b, const Layer& layer) {
  const Parameters& p = layer.parameters;
  const auto mode = static_cast<std::uint64_t>(p.integer(1));
  if (mode >= modes.size()) b.fail(fmt::format("reduction {} is not known", p.integer(1)));
  constexpr std::array axes = std::to_array<std::pair<int, int>>(
      {{-3, -1}, {-2, -1}, {-3, -3}, {-2, -2}, {-1, -1}});  // CHW, HW, C, H, W
  const auto letter = static_cast<std::uint64_t>(p.integer(3));
  if (letter >= axes.size()) b.fail(fmt::format("reduction axis {} is not known", p.integer(3)));
  const auto [first, last] = axes[letter];
  if (mode == 9) {
    return b.simple(modes[mode],
                    {{"axis", {b.build.integer(first)}}, {"keep_dims", {b.build.boolean(true)}}});
  }
  std::vector<std::int64_t> list;
  for (int axis = first; axis <= last; ++axis) list.push_back(axis);
  b.simple(modes[mode],
           {{"axes", {b.build.ints(std::move(list))}}, {"keep_dims", {b.build.boolean(true)}}});
}

void reduce_axes(LayerBuilder& b, const Layer& layer) {
  const Parameters& p = layer.parameters;
  constexpr std::array types =
      std::to_array<std::pair<int, const char*>>({{1250, "reduce_l1_norm"},
                                                  {1255, "reduce_l2_norm"},
                                                  {1260, "reduce_max"},
                                                  {1265, "reduce_min"},
                                                  {1270, "reduce_sum"},
                                                  {1275, "reduce_prod"},
                                                  {1280, "reduce_mean"},
                                                  {1285, "reduce_log_sum"},
                                                  {1290, "reduce_sum_square"},
                                                  {1295, "reduce_log_sum_exp"}});
  for (const auto& [kind, type] : types) {
    if (kind != layer.kind) continue;
    LayerBuilder::Arguments arguments{{"keep_dims", {b.build.boolean(p.flag(2))}}};
    if (!p.flag(3)) arguments.push_back({"axes", {b.build.ints(p.list(1))}});
    return b.simple(type, std::move(arguments));
  }
}

void arg_reduce(LayerBuilder& b, const Layer& layer) {
  const Parameters& p = layer.parameters;
  b.simple(
      layer.kind == 1020 ? "reduce_argmin" : "reduce_argmax",
      {{"axis", {b.build.integer(p.integer(1))}}, {"keep_dims", {b.build.boolean(!p.flag(2))}}});
}

void top_k(LayerBuilder& b, const Layer& layer) {
  const Parameters& p = layer.parameters;
  const auto results = b.op_many("topk", {{"x", {b.in(0)}},
                                          {"k", {b.build.integer(p.integer(2, 1))}},
                                          {"axis", {b.build.integer(p.integer(1))}},
                                          {"ascending", {b.build.boolean(p.flag(3))}}});
  b.out(results[0], 0);
  b.out(results[1], 1);
}

}  // namespace anesim::coreml::layers
