// Lowering of softmax, norms, reductions and pooling. Source: m6-study 2.8.
#include <algorithm>

#include "models/compiler/lowering.h"

namespace anesim::compiler {

using graph::element_count;
using graph::Op;

void softmax_cost(Layer& l, const spec::PlanarSpec& p) {
  l.element_passes = p.softmax_passes;
  l.planar_tasks = p.softmax_tasks;
  l.needs_table = true;
  l.row_local = false;
}

namespace {

void softmax(Lowering& s, const Op& op) {
  Layer l = s.base(op, LayerKind::planar);
  l.belief = Belief::normalisation;
  softmax_cost(l, s.device().planar);
  s.append(std::move(l));
}

void norm(Lowering& s, const Op& op) {
  Layer l = s.base(op, LayerKind::planar);
  l.belief = Belief::normalisation;
  l.element_passes = s.device().planar.norm_passes;
  l.planar_tasks = s.device().planar.norm_tasks;
  l.row_local = false;
  s.append(std::move(l));
}

void reduce(Lowering& s, const Op& op) {
  Layer l = s.base(op, LayerKind::planar);
  l.elements = l.inputs.empty() ? l.elements : element_count(s.shape(l.inputs[0]));
  l.row_local = false;
  s.append(std::move(l));
}

void pool(Lowering& s, const Op& op) {
  Layer l = s.base(op, LayerKind::planar);
  const auto k =
      graph::find_ints(s.graph(), op, "kernel_sizes").value_or(std::vector<std::int64_t>{});
  double taps = 1;
  for (const auto v : k) taps *= static_cast<double>(v);
  const double in = l.inputs.empty() ? static_cast<double>(l.elements)
                                     : static_cast<double>(element_count(s.shape(l.inputs[0])));
  // Separable window: one pass over the input, one per further row of the window.
  l.element_passes = std::max(in / static_cast<double>(std::max<std::int64_t>(l.elements, 1)),
                              std::min(taps, s.device().planar.pool_passes));
  s.append(std::move(l));
}

}  // namespace

void add_reduction_rules(LowerTable& t) {
  add_all(t, softmax, "planar", {"softmax"});
  add_all(t, norm, "planar", {"layer_norm", "instance_norm", "l2_norm", "local_response_norm"});
  add_all(t, reduce, "planar",
          {"reduce_sum", "reduce_mean", "reduce_max", "reduce_min", "reduce_l1_norm",
           "reduce_l2_norm", "reduce_log_sum", "reduce_log_sum_exp", "reduce_sum_square",
           "reduce_argmax", "reduce_argmin", "topk"});
  add_all(t, pool, "planar", {"avg_pool", "max_pool", "l2_pool"});
}

}  // namespace anesim::compiler
