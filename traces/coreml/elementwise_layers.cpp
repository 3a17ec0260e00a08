// Activations, functions of one value, and operations on two or more inputs of one shape.
#include <fmt/format.h>

#include <array>
#include <string_view>

#include "traces/coreml/layer_table.h"
#include "traces/coreml/layers.h"

namespace anesim::coreml::layers {

namespace {
using graph::Shape;
using graph::TensorId;

/// x * scale + shift, where it is not the identity.
TensorId linear(LayerBuilder& b, TensorId x, double factor, double shift, std::string_view part) {
  if (factor == 1 && shift == 0) return x;
  return b.op("linear_activation",
              {{"x", {x}}, {"alpha", {b.build.number(factor)}}, {"beta", {b.build.number(shift)}}},
              part);
}
/// One number a channel of an image is written as a vector.
Shape over_image(const LayerBuilder& b, Shape shape) {
  if (!b.exact() && shape.size() == 1) return {shape[0], 1, 1};
  return shape;
}
}  // namespace

void activation(LayerBuilder& b, const Layer& layer) {
  struct Kind {
    int field;
    const char* type;
  };
  constexpr std::array kinds = std::to_array<Kind>({{5, "linear_activation"},
                                                    {10, "relu"},
                                                    {15, "leaky_relu"},
                                                    {20, "thresholded_relu"},
                                                    {25, "prelu"},
                                                    {30, "tanh"},
                                                    {31, "scaled_tanh"},
                                                    {40, "sigmoid"},
                                                    {41, "sigmoid_hard"},
                                                    {50, "elu"},
                                                    {60, "softsign"},
                                                    {70, "softplus"},
                                                    {71, "softplus_parametric"}});
  for (const Kind& kind : kinds) {
    const Parameters* p = layer.parameters.find(kind.field);
    if (p == nullptr) continue;
    LayerBuilder::Arguments arguments;
    if (kind.field == 25) {
      const Shape& shape = b.shape(0);
      const std::int64_t channels = shape.size() > 2 ? shape[shape.size() - 3] : 1;
      arguments.push_back({"alpha", {b.weight("alpha", {channels}, p->format(1))}});
    } else if (kind.field != 71) {
      for (const auto& [field, name] : {std::pair{1, "alpha"}, std::pair{2, "beta"}}) {
        if (p->reals.contains(field)) {
          arguments.push_back({name, {b.build.number(p->real(field))}});
        }
      }
    }
    return b.simple(kind.type, std::move(arguments));
  }
  b.fail("has an activation that is not known");
}

void unary(LayerBuilder& b, const Layer& layer) {
  constexpr std::array types = std::to_array<const char*>(
      {"sqrt", "rsqrt", "inverse", "pow", "exp", "log", "abs", "threshold"});
  const Parameters& p = layer.parameters;
  const auto type = static_cast<std::uint64_t>(p.integer(1));
  if (type >= types.size()) b.fail(fmt::format("function {} is not known", p.integer(1)));
  const TensorId x = linear(b, b.in(0), p.real(5, 1), p.real(4, 0), "scale");
  LayerBuilder::Arguments arguments{{"x", {x}}};
  if (type == 3) arguments.push_back({"y", {b.build.number(p.real(2, 1))}});
  if (type == 7) arguments.push_back({"alpha", {b.build.number(p.real(2, 0))}});
  b.out(b.op(types[type], std::move(arguments)));
}

void same_name(LayerBuilder& b, const Layer& layer) { b.simple(find_layer_kind(layer.kind)->name); }

void clip(LayerBuilder& b, const Layer& layer) {
  b.simple("clip", {{"alpha", {b.build.number(layer.parameters.real(1))}},
                    {"beta", {b.build.number(layer.parameters.real(2))}}});
}

void clamped_relu(LayerBuilder& b, const Layer& layer) {
  b.simple("clamped_relu", {{"alpha", {b.build.number(layer.parameters.real(1))}},
                            {"beta", {b.build.number(layer.parameters.real(2))}}});
}

void chain(LayerBuilder& b, const Layer& layer) {
  const char* type = layer.kind == 231   ? "mul"
                     : layer.kind == 260 ? "maximum"
                     : layer.kind == 261 ? "minimum"
                                         : "add";
  TensorId result = b.in(0);
  if (layer.inputs.size() == 1) {  // with the number of the layer
    result = b.op(type, {{"x", {result}}, {"y", {b.build.number(layer.parameters.real(1))}}});
  }
  for (std::size_t i = 1; i < layer.inputs.size(); ++i) {
    const bool last = i + 1 == layer.inputs.size() && layer.kind != 240;
    result = b.op(type, {{"x", {result}}, {"y", {b.in(i)}}}, last ? "" : "part");
  }
  if (layer.kind == 240) {
    const double share = 1.0 / static_cast<double>(layer.inputs.size());
    result = b.op("mul", {{"x", {result}}, {"y", {b.build.number(share)}}});
  }
  b.out(result);
}

void broadcast(LayerBuilder& b, const Layer& layer) {
  struct Kind {
    int kind;
    const char* type;
  };
  constexpr std::array kinds = std::to_array<Kind>({{815, "equal"},
                                                    {820, "not_equal"},
                                                    {825, "less"},
                                                    {827, "less_equal"},
                                                    {830, "greater"},
                                                    {832, "greater_equal"},
                                                    {840, "logical_or"},
                                                    {845, "logical_xor"},
                                                    {855, "logical_and"},
                                                    {865, "mod"},
                                                    {870, "minimum"},
                                                    {875, "maximum"},
                                                    {880, "add"},
                                                    {885, "pow"},
                                                    {890, "real_div"},
                                                    {895, "floor_div"},
                                                    {900, "mul"},
                                                    {905, "sub"}});
  for (const Kind& kind : kinds) {
    if (kind.kind != layer.kind) continue;
    // Comparisons may be with a number of the layer.
    const TensorId other =
        layer.inputs.size() > 1 ? b.in(1) : b.build.number(layer.parameters.real(2));
    TensorId result = b.op(kind.type, {{"x", {b.in(0)}}, {"y", {other}}});
    for (std::size_t i = 2; i < layer.inputs.size(); ++i) {  // of minimum and maximum
      result = b.op(kind.type, {{"x", {result}}, {"y", {b.in(i)}}});
    }
    return b.out(result);
  }
}

void logical_not(LayerBuilder& b, const Layer&) { b.simple("logical_not"); }

void where(LayerBuilder& b, const Layer&) {
  b.out(b.op("select", {{"cond", {b.in(0)}}, {"a", {b.in(1)}}, {"b", {b.in(2)}}}));
}

void scale(LayerBuilder& b, const Layer& layer) {
  const Parameters& p = layer.parameters;
  TensorId x = b.op(
      "mul", {{"x", {b.in(0)}}, {"y", {b.weight("scale", over_image(b, p.list(1)), p.format(2))}}},
      p.flag(3) ? "scale" : "");
  if (p.flag(3)) {
    x = b.op("add", {{"x", {x}}, {"y", {b.weight("bias", over_image(b, p.list(4)), p.format(5))}}});
  }
  b.out(x);
}

void bias(LayerBuilder& b, const Layer& layer) {
  const Parameters& p = layer.parameters;
  b.simple("add", {{"y", {b.weight("bias", over_image(b, p.list(1)), p.format(2))}}});
}

}  // namespace anesim::coreml::layers
