// Layers that multiply by matrices.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "traces/coreml/layers.h"

namespace anesim::coreml::layers {

namespace {
using graph::Shape;
using graph::TensorId;

std::int64_t elements(const LayerBuilder& b, TensorId id) {
  return graph::element_count(b.build.shape(id));
}
}  // namespace

void inner_product(LayerBuilder& b, const Layer& layer) {
  const Parameters& p = layer.parameters;
  const std::int64_t from = p.integer(1), to = p.integer(2);
  TensorId x = b.in(0);
  const Shape given = b.build.shape(x);
  LayerBuilder::Arguments arguments;
  if (b.exact()) {  // along the last axis
    arguments = {{"x", {x}}, {"weight", {b.weight("weight", {to, from}, p.format(20))}}};
    if (p.flag(10)) arguments.push_back({"bias", {b.weight("bias", {to}, p.format(21))}});
    b.out(b.op("linear", std::move(arguments)));
    return;
  }
  // Over the channels of a 1x1 image; a larger one is flattened.
  if (given.size() == 4 && given[1] != from &&
      graph::element_count({given[1], given[2], given[3]}) == from) {
    x = b.reshaped(x, {given[0], from, 1, 1}, "flatten");
  }
  arguments = {{"x", {x}}, {"weight", {b.weight("weight", {to, from, 1, 1}, p.format(20))}}};
  if (p.flag(10)) arguments.push_back({"bias", {b.weight("bias", {to}, p.format(21))}});
  b.out(b.op("conv", std::move(arguments)));
}

void batched_matmul(LayerBuilder& b, const Layer& layer) {
  const Parameters& p = layer.parameters;
  LayerBuilder::Arguments arguments{{"x", {b.in(0)}}};
  if (layer.inputs.size() > 1) {
    arguments.push_back({"y", {b.in(1)}});
  } else {
    arguments.push_back({"y", {b.weight("weight", {p.integer(5), p.integer(6)}, p.format(8))}});
  }
  arguments.push_back({"transpose_x", {b.build.boolean(p.flag(1))}});
  arguments.push_back({"transpose_y", {b.build.boolean(p.flag(2))}});
  TensorId product = b.op("matmul", std::move(arguments));
  if (p.flag(7)) {
    product = b.op(
        "add",
        {{"x", {product}}, {"y", {b.weight("bias", {b.build.shape(product).back()}, p.format(9))}}},
        "bias");
  }
  b.out(product);
}

void embedding(LayerBuilder& b, const Layer& layer) {
  const Parameters& p = layer.parameters;
  const std::int64_t words = p.integer(1), width = p.integer(2);
  const TensorId table = b.weight("weight", {words, width}, p.format(20));
  TensorId x = b.in(0);
  Shape shape = b.build.shape(x);
  // One word a sequence step: a channel of one, or a last axis of one.
  if (!shape.empty() && (!b.exact() || shape.back() == 1)) {
    x = b.reshaped(x, {elements(b, x)}, "words");
  }
  TensorId result =
      b.op("gather", {{"x", {table}}, {"indices", {x}}, {"axis", {b.build.integer(0)}}});
  if (p.flag(layer.kind == 150 ? 10 : 3)) {
    result =
        b.op("add", {{"x", {result}}, {"y", {b.weight("bias", {width}, p.format(21))}}}, "bias");
  }
  if (!b.exact() && shape.size() == 4) {
    shape = {elements(b, result) / width, width, 1, 1};
  } else if (!shape.empty() && shape.back() == 1) {
    shape.back() = width;
  } else {
    shape.push_back(width);
  }
  b.out(b.reshaped(result, shape, "shape"));
}

void dot(LayerBuilder& b, const Layer&) {
  const TensorId product = b.op("mul", {{"x", {b.in(0)}}, {"y", {b.in(1)}}}, "product");
  const std::int64_t axis = b.exact() ? -1 : -3;
  b.out(b.op("reduce_sum", {{"x", {product}},
                            {"axes", {b.build.ints({axis})}},
                            {"keep_dims", {b.build.boolean(true)}}}));
}

void recurrent(LayerBuilder& b, const Layer& layer) {
  struct Kind {
    int kind;
    const char* type;
    std::int64_t gates;
    int sequence;  ///< field of the flag, in message 15 for LSTMs
    int weights;   ///< a field that tells the format
  };
  constexpr std::array kinds = std::to_array<Kind>({{400, "rnn", 1, 15, 30},
                                                    {410, "gru", 3, 15, 30},
                                                    {420, "lstm", 4, 10, 1},
                                                    {430, "lstm", 4, 10, 1}});
  const Kind& kind = *std::ranges::find(kinds, layer.kind, &Kind::kind);
  const Parameters& p = layer.parameters;
  const bool is_lstm = kind.gates == 4;
  const bool both = layer.kind == 430;
  const std::int64_t width = p.integer(1), hidden = p.integer(2);
  constexpr std::int64_t widest = std::int64_t{1} << 24;
  if (width < 1 || hidden < 1 || width > widest || hidden > widest) {
    b.fail(fmt::format("has vectors of {} and {} (expected 1..2^24)", width, hidden));
  }
  const Parameters* weights = is_lstm ? p.find(20) : &p;
  const graph::StorageFormat format =
      weights == nullptr ? graph::StorageFormat{} : weights->format(kind.weights);
  const Parameters* flags = is_lstm ? p.find(15) : &p;
  const bool sequence = flags != nullptr && flags->flag(kind.sequence);

  const TensorId x = b.in(0);
  const Shape given = b.build.shape(x);
  const std::int64_t all = elements(b, x);
  if (all % width != 0) {
    b.fail(fmt::format("input {} does not end in vectors of {}", graph::text(given), width));
  }
  const std::int64_t batch = b.exact() && given.size() > 1 ? given[1] : 1;
  const std::int64_t steps = all / width / std::max<std::int64_t>(batch, 1);
  const std::int64_t directions = both ? 2 : 1;
  const Shape state{batch, directions * hidden};
  const auto initial = [&](std::size_t index, const char* part) {
    return b.has_input(index) ? b.reshaped(b.in(index), state, part) : b.weight(part, state, {});
  };
  const std::int64_t rows = kind.gates * hidden;
  LayerBuilder::Arguments arguments{{"x", {b.reshaped(x, {steps, batch, width}, "steps")}},
                                    {"initial_h", {initial(1, "initial_h")}},
                                    {"weight_ih", {b.weight("weight_ih", {rows, width}, format)}},
                                    {"weight_hh", {b.weight("weight_hh", {rows, hidden}, format)}},
                                    {"direction",
                                     {b.build.text(both          ? "bidirectional"
                                                   : p.flag(100) ? "reverse"
                                                                 : "forward")}},
                                    {"output_sequence", {b.build.boolean(sequence)}}};
  if (is_lstm) arguments.push_back({"initial_c", {initial(2, "initial_c")}});
  if (both) {
    arguments.push_back({"weight_ih_back", {b.weight("weight_ih_back", {rows, width}, format)}});
    arguments.push_back({"weight_hh_back", {b.weight("weight_hh_back", {rows, hidden}, format)}});
  }
  const auto results = b.op_many(kind.type, std::move(arguments));
  const std::int64_t length = sequence ? steps : 1;
  const auto shaped = [&](std::int64_t count) -> Shape {
    if (!b.exact()) return {count * batch, directions * hidden, 1, 1};
    Shape result(std::max<std::size_t>(given.size(), 3), 1);
    result[0] = count;
    result[1] = batch;
    result[2] = directions * hidden;
    return result;
  };
  b.out(b.reshaped(results[0], shaped(length), "result"));
  for (std::size_t i = 1; i < results.size(); ++i) {
    if (i < layer.outputs.size()) b.out(b.reshaped(results[i], shaped(1), "state"), i);
  }
}

}  // namespace anesim::coreml::layers
