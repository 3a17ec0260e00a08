// Inputs of each layer beside its hidden state (language-models.md 4): a row of a table for the
// token plus a projection of its embedding, multiplied into a gate of the layer's output.
// What it leaves out: the look-up (the caller's). Assumed: the two are added as they are, and the
// gated input joins the residual stream at the end of the layer.
#include "traces/language/blocks.h"

namespace anesim::language {

using graph::TensorId;

TensorId Blocks::per_layer_inputs(TensorId x, std::int64_t first, std::int64_t last) {
  const auto& s = shape();
  const char* part = part_layer_input;
  const std::int64_t columns = window_.positions;
  if (first > 0)  // an earlier program made them
    return builder_.input("per_layer_inputs", {1, (last - first) * s.per_layer_input, 1, columns});
  const std::int64_t width = s.layers * s.per_layer_input;
  const TensorId rows = builder_.input("per_layer_rows", {1, width, 1, columns});
  const TensorId made = project(part, x, width, model_.formats.ffn, "projection");
  const TensorId sum = binary(part, "add", rows, made, "sum");
  if (last < s.layers) result(sum);
  return sum;
}

TensorId Blocks::per_layer_gate(TensorId x, TensorId inputs, std::int64_t index) {
  const char* part = part_layer_input;
  const std::string& format = model_.formats.ffn;
  const std::int64_t width = shape().per_layer_input;
  const TensorId gate = activation(part, project(part, x, width, format, "gate"), "act");
  const TensorId own = cut(part, inputs, 1, index * width, width, "own");
  const TensorId out =
      project(part, binary(part, "mul", gate, own, "gated"), shape().width, format, "out");
  return binary(part_norms, "add", x, norm(out, 1, "norm_input"), "residual_input");
}

}  // namespace anesim::language
