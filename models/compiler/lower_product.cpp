// Lowering of products of two tensors and of attention. Source: m6-study 2.7, MODEL.md 2.
#include <algorithm>
#include <string_view>

#include "models/compiler/lowering.h"
#include "traces/graph/work.h"

namespace anesim::compiler {
namespace {

using graph::element_count;
using graph::Op;
using graph::Shape;
using graph::TensorId;

void product(Lowering& s, Layer& l, TensorId x, TensorId y, bool transpose_x) {
  const Shape& xs = s.shape(x);
  const Shape& ys = s.shape(y);
  const Shape& os = s.shape(l.outputs[0]);
  const std::size_t r = xs.size();
  const std::int64_t k = r >= 2 ? (transpose_x ? xs[r - 2] : xs[r - 1]) : (r == 1 ? xs[0] : 1);
  const std::int64_t n = os.empty() ? 1 : os.back();
  const std::int64_t total = element_count(os);
  const std::int64_t m = os.size() >= 2 ? os[os.size() - 2] : 1;
  if (s.is_constant(y) || s.is_constant(x)) {
    const TensorId w = s.is_constant(y) ? y : x;
    const bool right = s.is_constant(y);
    const bool one_matrix = element_count(s.shape(w)) == k * (right ? n : m);
    l.kind = LayerKind::convolution;
    s.set_weight(l, w);
    l.int8_activations = s.is_int8(right ? x : y);
    l.in_channels = k;
    l.out_channels = right ? n : m;
    l.in_h = l.out_h = 1;
    l.batch = one_matrix ? 1 : total / (m * n);
    l.in_w = l.out_w = total / (l.batch * l.out_channels);
    return;
  }
  l.batch = total / (m * n);
  l.in_channels = k;
  l.out_channels = n;
  l.in_h = l.out_h = 1;
  l.in_w = l.out_w = m;
  l.weight_elements = element_count(ys);
  l.row_local = false;
}

void matmul(Lowering& s, const Op& op) {
  Layer l = s.base(op, LayerKind::matmul);
  l.belief = Belief::product;
  const TensorId x = s.need(op, "x"), y = s.need(op, "y");
  product(s, l, x, y, graph::find_bool(s.graph(), op, "transpose_x").value_or(false));
  s.append(std::move(l));
}

void einsum(Lowering& s, const Op& op) {
  const auto& values = graph::inputs_of(op, "values");
  Layer l = s.base(op, LayerKind::matmul);
  l.belief = Belief::product;
  const graph::Work w = graph::work_of(s.graph(), op);
  const Shape& os = s.shape(op.outputs[0]);
  const std::int64_t out = element_count(os);
  l.in_channels = out > 0 ? std::max<std::int64_t>(1, w.macs / out) : 1;
  l.out_channels = os.empty() ? 1 : os.back();
  l.batch = as_nchw(os).n * as_nchw(os).c;
  l.in_h = l.out_h = 1;
  l.in_w = l.out_w = std::max<std::int64_t>(1, out / (l.batch * l.out_channels));
  l.weight_elements = values.size() > 1 ? element_count(s.shape(values[1])) : 0;
  l.row_local = false;
  s.append(std::move(l));
}

/// softmax(QK^T)V as two products with a softmax between.
void attention(Lowering& s, const Op& op) {
  const TensorId q = s.need(op, "query"), k = s.need(op, "key"), v = s.need(op, "value");
  const Shape& qs = s.shape(q);
  const Shape& ks = s.shape(k);
  const std::size_t r = qs.size();
  const std::int64_t e = qs[r - 1], lq = qs[r - 2], lk = ks[r - 2];
  const std::int64_t heads = element_count(qs) / (e * lq);
  const std::int64_t ev = s.shape(v).back();
  Layer scores = s.base(op, LayerKind::matmul);
  scores.belief = Belief::nothing;  // Core ML estimates the operation, which `context` stands for
  scores.name = op.name + "/scores";
  scores.batch = heads;
  scores.in_channels = e;
  scores.out_channels = lk;
  scores.in_h = scores.out_h = 1;
  scores.in_w = scores.out_w = lq;
  scores.weight_elements = element_count(ks);
  scores.output_bytes = heads * lq * lk * 2;
  scores.row_local = false;
  Layer soft = s.base(op, LayerKind::planar);
  soft.belief = Belief::nothing;
  soft.type = "softmax";
  soft.name = op.name + "/softmax";
  soft.elements = heads * lq * lk;
  soft.batch = 1;
  soft.in_channels = soft.out_channels = heads;
  soft.out_h = soft.in_h = lq;
  soft.out_w = soft.in_w = lk;
  soft.input_bytes = soft.output_bytes = soft.elements * 2;
  soft.live_inputs = 1;
  softmax_cost(soft, s.device().planar);
  Layer context = s.base(op, LayerKind::matmul);
  context.belief = Belief::normalisation;
  context.name = op.name + "/context";
  context.batch = heads;
  context.in_channels = lk;
  context.out_channels = ev;
  context.in_h = context.out_h = 1;
  context.in_w = context.out_w = lq;
  context.weight_elements = element_count(s.shape(v));
  context.row_local = false;
  soft.ops.clear();  // the operation of the graph counts once
  context.ops.clear();
  s.append(std::move(scores));
  s.append(std::move(soft));
  s.append(std::move(context));
}

}  // namespace

void add_product_rules(LowerTable& t) {
  add_all(t, matmul, "ne", {"matmul"});
  add_all(t, einsum, "ne", {"einsum"});
  add_all(t, attention, "ne", {"scaled_dot_product_attention"});
}

}  // namespace anesim::compiler
