// Recurrent layers. ONNX keeps the directions in a dimension of their own.
#include <fmt/format.h>

#include "traces/onnx/mappings.h"

namespace anesim::onnx::map {

namespace {
/// One direction of a weight [directions, rows, columns], or [directions, rows].
TensorId one_direction(const Call& call, TensorId weight, std::int64_t direction,
                       const std::string& suffix) {
  const Shape shape = call.shape(weight);
  Ints begin(shape.size(), 0), end = shape;
  begin[0] = direction;
  end[0] = direction + 1;
  const TensorId cut = call.op(
      "slice_by_index",
      {{"x", {weight}}, {"begin", {call.ints_of(begin)}}, {"end", {call.ints_of(end)}}}, suffix);
  return call.reshape(cut, Shape(shape.begin() + 1, shape.end()), suffix);
}

/// [directions, batch, hidden] to [batch, directions * hidden].
TensorId state_in(const Call& call, std::size_t input, const Shape& wanted,
                  const std::string& suffix) {
  const Shape whole = {wanted[1], wanted[0] * wanted[2]};
  if (!call.has(input)) return call.weight(whole, graph::DType::fp16, suffix);  // zeros
  if (call.shape_in(input) != wanted) {
    call.fail(fmt::format("initial state has shape {} (expected {})",
                          graph::text(call.shape_in(input)), graph::text(wanted)));
  }
  if (wanted[0] == 1) return call.reshape(call.in(input), whole, suffix);
  return call.reshape(call.transpose(call.in(input), {1, 0, 2}, suffix + "_turned"), whole, suffix);
}
}  // namespace

/// x, W, R, B, lengths, initial states, peepholes.
Results recurrent(const Call& call) {
  const bool batch_first = call.integer("layout", 0) != 0;
  if (batch_first) call.fail("layout 1 is not supported");
  const TensorId x = call.in(0);
  const Shape weight = call.shape_in(1);
  const Shape recurrence = call.shape_in(2);
  const Shape shape = call.shape(x);
  if (shape.size() != 3 || weight.size() != 3 || recurrence.size() != 3) {
    call.fail(fmt::format("x {}, W {}, R {} (expected three dimensions each)", graph::text(shape),
                          graph::text(weight), graph::text(recurrence)));
  }
  const bool both = call.word("direction", "forward") == "bidirectional";
  const std::int64_t directions = both ? 2 : 1;
  if (weight[0] != directions || recurrence[0] != directions) {
    call.fail(fmt::format("W {} and R {} have not {} directions", graph::text(weight),
                          graph::text(recurrence), directions));
  }
  const Shape state = {directions, shape[1], recurrence[2]};
  const bool lstm = call.target == "lstm";
  Arguments arguments = {{"x", {x}}, {"initial_h", {state_in(call, 5, state, "initial_h")}}};
  if (lstm) arguments.push_back({"initial_c", {state_in(call, 6, state, "initial_c")}});
  arguments.push_back({"weight_ih", {one_direction(call, call.in(1), 0, "weight_ih")}});
  arguments.push_back({"weight_hh", {one_direction(call, call.in(2), 0, "weight_hh")}});
  if (call.has(3)) {
    arguments.push_back({"bias", {one_direction(call, call.in(3), 0, "bias")}});
  }
  if (both) {
    arguments.push_back({"weight_ih_back", {one_direction(call, call.in(1), 1, "weight_ih_back")}});
    arguments.push_back({"weight_hh_back", {one_direction(call, call.in(2), 1, "weight_hh_back")}});
    if (call.has(3)) {
      arguments.push_back({"bias_back", {one_direction(call, call.in(3), 1, "bias_back")}});
    }
  }
  arguments.push_back({"direction", {call.word_of(call.word("direction", "forward"))}});
  arguments.push_back({"output_sequence", {call.flag_of(true)}});
  const auto results = call.ops(call.target, arguments, "layer");
  const Shape apart = {shape[0], shape[1], directions, recurrence[2]};
  Results outputs = {call.transpose(call.reshape(results[0], apart, "directions"), {0, 2, 1, 3})};
  for (std::size_t i = 1; i < results.size(); ++i) {
    const TensorId split = call.reshape(results[i], {shape[1], directions, recurrence[2]}, "state");
    outputs.push_back(call.transpose(split, {1, 0, 2}, "last"));
  }
  return outputs;
}

}  // namespace anesim::onnx::map
