// Lowering of elementwise arithmetic and activations. Source: m6-study 2.8.
#include "models/compiler/lowering.h"

namespace anesim::compiler {
namespace {

using graph::Op;

void elementwise(Lowering& s, const Op& op) {
  Layer l = s.base(op, LayerKind::planar);
  if (l.inputs.empty()) l.kind = LayerKind::view;  // folded at compile time
  s.append(std::move(l));
}

void table_function(Lowering& s, const Op& op) {
  Layer l = s.base(op, LayerKind::planar);
  l.needs_table = true;
  s.append(std::move(l));
}

void division(Lowering& s, const Op& op) {
  Layer l = s.base(op, LayerKind::planar);
  if (l.live_inputs > 1) {  // reciprocal, then multiply
    l.element_passes = 2;
    l.planar_tasks = 2;
  }
  s.append(std::move(l));
}

}  // namespace

void add_elementwise_rules(LowerTable& t) {
  add_all(t, elementwise, "planar",
          {"add",
           "sub",
           "mul",
           "maximum",
           "minimum",
           "relu",
           "relu6",
           "leaky_relu",
           "prelu",
           "clamped_relu",
           "thresholded_relu",
           "linear_activation",
           "abs",
           "sign",
           "square",
           "clip",
           "threshold",
           "ceil",
           "floor",
           "round",
           "equal",
           "not_equal",
           "less",
           "less_equal",
           "greater",
           "greater_equal",
           "select",
           "identity",
           "quantize",
           "dequantize",
           "logical_and",
           "logical_or",
           "logical_not",
           "logical_xor"});
  add_all(t, elementwise, "planar", {"batch_norm"});
  add_all(t, table_function, "planar",
          {"sigmoid",  "tanh", "silu",        "gelu",         "softplus", "softplus_parametric",
           "softsign", "elu",  "scaled_tanh", "sigmoid_hard", "sqrt",     "rsqrt",
           "inverse",  "exp",  "exp2",        "log",          "erf",      "pow",
           "sin",      "cos",  "atan"});
  add_all(t, division, "planar", {"real_div"});
}

}  // namespace anesim::compiler
