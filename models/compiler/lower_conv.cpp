// Lowering of convolutions and linear layers. Source: m6-study 2.2-2.4, MODEL.md 2.
#include <fmt/format.h>

#include <algorithm>

#include "models/compiler/lowering.h"

namespace anesim::compiler {
namespace {

using graph::element_count;
using graph::Op;
using graph::Shape;
using graph::TensorId;

/// Windows that do not overlap: space to depth, which costs about nothing (m6-study T7-5), and a
/// 1x1 convolution over kernel-size times the channels.
void patches(Layer& l) {
  const bool disjoint = l.stride_h == l.kernel_h && l.stride_w == l.kernel_w && l.kernel_d == 1;
  if (!disjoint || l.kernel_h * l.kernel_w == 1 || l.groups != 1 || l.transposed ||
      l.kind != LayerKind::convolution || l.dilation_h * l.dilation_w != 1)
    return;
  l.in_channels *= l.kernel_h * l.kernel_w;
  l.kernel_h = l.kernel_w = l.stride_h = l.stride_w = 1;
  l.reason = "patches by space to depth";
}

void limits(Lowering& s, Layer& l) {
  const auto& e = s.device().engine;
  if (l.kernel_w > e.max_kernel_width || l.kernel_h > e.max_kernel_height) {
    l.kind = LayerKind::host;
    l.reason = fmt::format("kernel {}x{} is beyond the engine's {}x{}", l.kernel_h, l.kernel_w,
                           e.max_kernel_height, e.max_kernel_width);
    l.flops = 2.0 * static_cast<double>(l.macs());
  }
}

void convolution(Lowering& s, const Op& op) {
  Layer l = s.base(op, LayerKind::convolution);
  const TensorId x = s.need(op, "x"), w = s.need(op, "weight");
  const Shape& xs = s.shape(x);
  const Shape& ws = s.shape(w);
  const Shape& os = s.shape(op.outputs[0]);
  const std::size_t spatial = xs.size() - 2;
  const bool transposed = op.type == "conv_transpose";
  l.groups = graph::find_int(s.graph(), op, "groups").value_or(1);
  l.batch = xs[0];
  l.in_channels = xs[1];
  l.out_channels = os[1];
  const auto strides = graph::find_ints(s.graph(), op, "strides");
  const auto dilations = graph::find_ints(s.graph(), op, "dilations");
  auto at = [](const std::optional<std::vector<std::int64_t>>& v, std::size_t i) {
    return v && i < v->size() ? (*v)[i] : std::int64_t{1};
  };
  l.kernel_w = ws[spatial + 1];
  l.in_w = xs[spatial + 1];
  l.out_w = os[spatial + 1];
  l.stride_w = at(strides, spatial - 1);
  l.dilation_w = at(dilations, spatial - 1);
  l.in_h = l.out_h = 1;
  if (spatial >= 2) {
    l.kernel_h = ws[spatial];
    l.in_h = xs[spatial];
    l.out_h = os[spatial];
    l.stride_h = at(strides, spatial - 2);
    l.dilation_h = at(dilations, spatial - 2);
  }
  if (spatial >= 3) {
    l.kernel_d = ws[2];
    l.in_h *= xs[2];
    l.out_h *= os[2];
  }
  if (transposed) {
    // Interleaved outputs: an ordinary convolution per output phase (m6-study 2.4).
    l.transposed = true;
    const auto taps = [](std::int64_t k, std::int64_t st) { return (k + st - 1) / st; };
    l.kernel_h = taps(l.kernel_h, l.stride_h);
    l.kernel_w = taps(l.kernel_w, l.stride_w);
    l.stride_h = l.stride_w = 1;
  }
  const bool point = l.kernel_h * l.kernel_w * l.kernel_d == 1;
  l.belief = transposed ? Belief::transposed : point ? Belief::pointwise : Belief::spatial;
  l.int8_activations = s.is_int8(x);
  if (s.is_constant(w)) {
    s.set_weight(l, w);
  } else {
    l.kind = LayerKind::matmul;
    l.weight_elements = element_count(ws);
  }
  patches(l);
  limits(s, l);
  s.append(std::move(l));
}

/// y = x W^T: a 1x1 convolution over [1, C, 1, S].
void linear(Lowering& s, const Op& op) {
  Layer l = s.base(op, LayerKind::convolution);
  const TensorId x = s.need(op, "x"), w = s.need(op, "weight");
  const Shape& xs = s.shape(x);
  const Shape& ws = s.shape(w);
  l.belief = Belief::product;
  l.batch = 1;
  l.in_channels = ws[1];
  l.out_channels = ws[0];
  l.in_h = l.out_h = 1;
  l.in_w = l.out_w = xs.empty() || xs.back() == 0 ? 1 : element_count(xs) / xs.back();
  l.int8_activations = s.is_int8(x);
  if (s.is_constant(w))
    s.set_weight(l, w);
  else
    l.kind = LayerKind::matmul;
  s.append(std::move(l));
}

}  // namespace

void add_convolution_rules(LowerTable& t) {
  add_all(t, convolution, "ne", {"conv", "conv_transpose"});
  add_all(t, linear, "ne", {"linear"});
}

}  // namespace anesim::compiler
