// Result shapes of recurrent layers over x [steps, batch, inputs].
#include <fmt/format.h>

#include "traces/graph/rules.h"

namespace anesim::graph::rules {

namespace {
struct Recurrence {
  Shape sequence, last;
  DType dtype;
};

Recurrence recurrence(const OpCall& call, std::int64_t gates) {
  const Tensor& x = call.ranked("x", 3, 3);
  const Tensor& state = call.ranked("initial_h", 2, 2);
  const std::int64_t directions = call.word("direction", "forward") == "bidirectional" ? 2 : 1;
  const Tensor& input_weight = call.ranked("weight_ih", 2, 2);
  const Tensor& state_weight = call.ranked("weight_hh", 2, 2);
  const std::int64_t hidden = state_weight.shape[1];
  if (state.shape[1] != call.product(hidden, directions)) {
    call.fail(fmt::format("initial_h {} does not fit weight_hh {} in {} direction{}",
                          text(state.shape), text(state_weight.shape), directions,
                          directions == 1 ? "" : "s"));
  }
  if (input_weight.shape[0] != call.product(hidden, gates) ||
      state_weight.shape[0] != input_weight.shape[0] || input_weight.shape[1] != x.shape[2]) {
    call.fail(fmt::format("weight_ih {} and weight_hh {} (expected [{}, {}] and [{}, {}])",
                          text(input_weight.shape), text(state_weight.shape), gates * hidden,
                          x.shape[2], gates * hidden, hidden));
  }
  Recurrence result{
      {x.shape[0], x.shape[1], state.shape[1]}, {x.shape[1], state.shape[1]}, x.dtype};
  if (!call.flag("output_sequence", false)) result.sequence[0] = 1;
  return result;
}
}  // namespace

Result lstm(const OpCall& call) {
  (void)call.ranked("initial_c", 2, 2);
  Recurrence r = recurrence(call, 4);
  return std::vector<TensorType>{{r.sequence, r.dtype}, {r.last, r.dtype}, {r.last, r.dtype}};
}

Result gru(const OpCall& call) {
  Recurrence r = recurrence(call, 3);
  return std::vector<TensorType>{{r.sequence, r.dtype}, {r.last, r.dtype}};
}

Result rnn(const OpCall& call) {
  Recurrence r = recurrence(call, 1);
  return std::vector<TensorType>{{r.sequence, r.dtype}, {r.last, r.dtype}};
}

}  // namespace anesim::graph::rules
