// Normalisations. What the graph has no operation for is written out as a converter does.
#include <fmt/format.h>

#include <numeric>

#include "traces/onnx/blocks.h"
#include "traces/onnx/mappings.h"

namespace anesim::onnx {

namespace {
Ints axes_from(std::size_t first, std::size_t rank) {
  Ints axes(rank - first);
  std::iota(axes.begin(), axes.end(), static_cast<std::int64_t>(first));
  return axes;
}

TensorId times_and_plus(const Call& call, TensorId x, std::optional<TensorId> scale,
                        std::optional<TensorId> shift) {
  if (scale) x = call.op("mul", {{"x", {x}}, {"y", {*scale}}}, shift ? "scale" : "");
  if (shift) x = call.op("add", {{"x", {x}}, {"y", {*shift}}});
  return x;
}
}  // namespace

TensorId layer_norm_of(const Call& call, TensorId x, std::size_t axis,
                       std::optional<TensorId> scale, std::optional<TensorId> shift,
                       double epsilon) {
  const Shape shape = call.shape(x);
  const Shape normalised(shape.begin() + static_cast<std::ptrdiff_t>(axis), shape.end());
  const auto fits = [&](std::optional<TensorId> id) {
    return !id || (call.constant(*id) && call.shape(*id) == normalised);
  };
  Arguments arguments = {{"x", {x}},
                         {"axes", {call.ints_of(axes_from(axis, shape.size()))}},
                         {"epsilon", {call.number_of(epsilon)}}};
  if (!fits(scale) || !fits(shift)) {
    return times_and_plus(call, call.op("layer_norm", arguments, "norm"), scale, shift);
  }
  if (scale) arguments.push_back({"gamma", {*scale}});
  if (shift) arguments.push_back({"beta", {*shift}});
  return call.op("layer_norm", arguments);
}

TensorId rms_norm_of(const Call& call, TensorId x, std::size_t axis, std::optional<TensorId> scale,
                     double epsilon) {
  const Ints axes = axes_from(axis, call.shape(x).size());
  const TensorId square = call.op("square", {{"x", {x}}}, "square");
  const TensorId mean = call.op(
      "reduce_mean",
      {{"x", {square}}, {"axes", {call.ints_of(axes)}}, {"keep_dims", {call.flag_of(true)}}},
      "mean");
  const TensorId inverse =
      call.op("rsqrt", {{"x", {mean}}, {"epsilon", {call.number_of(epsilon)}}}, "rsqrt");
  const TensorId result = call.op("mul", {{"x", {x}}, {"y", {inverse}}}, scale ? "normalised" : "");
  if (!scale) return result;
  return call.op("mul", {{"x", {result}}, {"y", {*scale}}});
}

namespace map {

Results batch_norm(const Call& call) {
  const TensorId x = call.in(0);
  const Shape shape = call.shape(x);
  const bool flat = shape.size() == 2;  // [N, C] as an image of one element
  const TensorId image = flat ? call.reshape(x, {shape[0], shape[1], 1}, "image") : x;
  const TensorId result = call.op("batch_norm",
                                  {{"x", {image}},
                                   {"mean", {call.in(3)}},
                                   {"variance", {call.in(4)}},
                                   {"gamma", {call.in(1)}},
                                   {"beta", {call.in(2)}},
                                   {"epsilon", {call.number_of(call.number("epsilon", 1e-5))}}},
                                  flat ? "norm" : "");
  return {call.reshape(result, shape)};
}

Results instance_norm(const Call& call) {
  return {call.op("instance_norm", {{"x", {call.in(0)}},
                                    {"gamma", {call.in(1)}},
                                    {"beta", {call.in(2)}},
                                    {"epsilon", {call.number_of(call.number("epsilon", 1e-5))}}})};
}

Results group_norm(const Call& call) {
  const TensorId x = call.in(0);
  const Shape shape = call.shape(x);
  const std::int64_t groups = call.integer("num_groups", 1);
  if (shape.size() < 3 || groups < 1 || shape[1] % groups != 0) {
    call.fail(fmt::format("{} groups of x {}", groups, graph::text(shape)));
  }
  const std::int64_t size = call.product(shape[1] / groups, call.product(shape, 2, shape.size()));
  const TensorId grouped = call.reshape(x, {shape[0], groups, size}, "groups");
  const TensorId normal = call.op("layer_norm",
                                  {{"x", {grouped}},
                                   {"axes", {call.ints_of({2})}},
                                   {"epsilon", {call.number_of(call.number("epsilon", 1e-5))}}},
                                  "norm");
  TensorId result = call.reshape(normal, shape, "image");
  Shape channels(shape.size() - 1, 1);
  channels[0] = shape[1];
  const auto per_channel = [&](TensorId id, std::string_view suffix) {
    const Shape& given = call.shape(id);
    if (call.product(given, 0, given.size()) == shape[1]) return call.reshape(id, channels, suffix);
    // One a group before opset 21: as many multiplications.
    return call.weight(channels, graph::DType::fp16, suffix);
  };
  result = call.op("mul", {{"x", {result}}, {"y", {per_channel(call.in(1), "gamma")}}}, "scale");
  return {call.op("add", {{"x", {result}}, {"y", {per_channel(call.in(2), "beta")}}})};
}

Results layer_norm(const Call& call) {
  const std::size_t axis = call.axis(call.integer("axis", -1), call.rank_in(0));
  const auto scale = call.has(1) ? std::optional(call.in(1)) : std::nullopt;
  const auto shift = call.has(2) ? std::optional(call.in(2)) : std::nullopt;
  return {layer_norm_of(call, call.in(0), axis, scale, shift, call.number("epsilon", 1e-5))};
}

Results rms_norm(const Call& call) {
  const std::size_t axis = call.axis(call.integer("axis", -1), call.rank_in(0));
  const auto scale = call.has(1) ? std::optional(call.in(1)) : std::nullopt;
  return {rms_norm_of(call, call.in(0), axis, scale, call.number("epsilon", 1e-5))};
}

Results lp_norm(const Call& call) {
  const TensorId x = call.in(0);
  const std::size_t axis = call.axis(call.integer("axis", -1), call.shape(x).size());
  const bool squares = call.integer("p", 2) == 2;
  const TensorId length = call.op(squares ? "reduce_l2_norm" : "reduce_l1_norm",
                                  {{"x", {x}},
                                   {"axes", {call.ints_of({static_cast<std::int64_t>(axis)})}},
                                   {"keep_dims", {call.flag_of(true)}}},
                                  "length");
  return {call.op("real_div", {{"x", {x}}, {"y", {length}}})};
}

Results mean_variance_norm(const Call& call) {
  const TensorId x = call.in(0);
  const TensorId axes = call.ints_of(call.ints("axes").value_or(Ints{0, 2, 3}));
  const TensorId keep = call.flag_of(true);
  const TensorId mean =
      call.op("reduce_mean", {{"x", {x}}, {"axes", {axes}}, {"keep_dims", {keep}}}, "mean");
  const TensorId centred = call.op("sub", {{"x", {x}}, {"y", {mean}}}, "centred");
  const TensorId square = call.op("square", {{"x", {centred}}}, "square");
  const TensorId variance = call.op(
      "reduce_mean", {{"x", {square}}, {"axes", {axes}}, {"keep_dims", {keep}}}, "variance");
  const TensorId deviation = call.op("sqrt", {{"x", {variance}}}, "deviation");
  return {call.op("real_div", {{"x", {centred}}, {"y", {deviation}}})};
}

Results local_response_norm(const Call& call) {
  return {call.op("local_response_norm", {{"x", {call.in(0)}},
                                          {"size", {call.integer_of(call.integer("size", 1))}},
                                          {"alpha", {call.number_of(call.number("alpha", 1e-4))}},
                                          {"beta", {call.number_of(call.number("beta", 0.75))}},
                                          {"k", {call.number_of(call.number("bias", 1))}}})};
}

}  // namespace map
}  // namespace anesim::onnx
