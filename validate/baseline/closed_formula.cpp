#include "validate/baseline/closed_formula.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "traces/graph/work.h"

namespace anesim::validate {
namespace {

/// The largest constant that an op reads; null for an op without weights.
const graph::Tensor* weights_of(const graph::Graph& g, const graph::Op& op, graph::TensorId& id) {
  const graph::Tensor* largest = nullptr;
  for (const auto& argument : op.arguments) {
    for (const graph::TensorId candidate : argument.tensors) {
      const graph::Tensor& t = g.at(candidate);
      if (!graph::is_weight(t)) continue;
      if (largest && graph::element_count(t.shape) <= graph::element_count(largest->shape))
        continue;
      largest = &t;
      id = candidate;
    }
  }
  return largest;
}

/// A dense kernel of 3x3 or 1x3 with one group and stride and dilation 1.
bool winograd_form(const graph::Graph& g, const graph::Op& op, const graph::Tensor& weights) {
  if (op.type != "conv" || weights.shape.size() != 4 || weights.shape[3] != 3) return false;
  if (weights.shape[2] != 3 && weights.shape[2] != 1) return false;
  for (const char* parameter : {"strides", "dilations", "groups"}) {
    const auto bound = graph::find_input(op, parameter);
    if (!bound || !g.at(*bound).literal) continue;
    const auto* steps = std::get_if<std::vector<std::int64_t>>(&g.at(*bound).literal->values);
    if (steps && std::any_of(steps->begin(), steps->end(), [](auto s) { return s != 1; }))
      return false;
  }
  return true;
}

double bytes_of(const graph::Graph& g, const std::vector<graph::TensorId>& ids) {
  double bytes = 0;
  for (const graph::TensorId id : ids) {
    const auto& t = g.at(id);
    bytes += static_cast<double>(graph::element_count(t.shape)) * graph::bit_width(t.dtype) / 8;
  }
  return bytes;
}

}  // namespace

double formula_task_seconds(const graph::Graph& g, const spec::DeviceSpec& d, double engines) {
  std::set<graph::TensorId> held;  // weights that the cores keep from layer to layer
  const bool quantised = std::any_of(g.ops.begin(), g.ops.end(),
                                     [](const graph::Op& op) { return op.type == "quantize"; });
  double seconds = 0, elementwise = 0;
  for (const graph::Op& op : g.ops) {
    const graph::Work w = graph::work_of(g, op);
    const auto moved = static_cast<double>(w.input_bytes + w.output_bytes);
    graph::TensorId id;
    const graph::Tensor* weights = weights_of(g, op, id);
    if (w.macs == 0) {
      const double elements = static_cast<double>(w.elementwise_ops);
      elementwise += elements / (d.planar.elements_per_cycle * d.planar.clock.value * engines);
      continue;
    }
    double macs = static_cast<double>(w.macs);
    if (quantised) macs *= d.engine.macs_fp16 / d.engine.macs_int8;
    double bytes = static_cast<double>(weights ? w.weight_bytes : 0);
    if (weights && winograd_form(g, op, *weights)) macs /= d.engine.winograd_speedup;
    if (weights && weights->shape.size() == 4 && weights->shape[3] > d.engine.native_kernel_width)
      bytes *= 2;  // wide kernels are stored twice, shifted
    const double buffer = static_cast<double>(d.engine.weight_buffer.value) * d.engine.cores;
    if (bytes <= buffer) {
      if (!held.insert(id).second) bytes = 0;
    } else {
      bytes *= std::max(1.0, std::ceil(moved / static_cast<double>(d.l2.size.value)));
    }
    seconds += std::max(macs / (d.peak_macs() * engines), bytes / d.kernel_dma.rate.value);
  }
  // Beside convolutions other operations are taken to fuse with them.
  if (seconds == 0) seconds = elementwise;
  const double ends = bytes_of(g, g.inputs) + bytes_of(g, g.outputs);
  return std::max(seconds, ends / (d.tile_dma.rate.value * engines));
}

double formula_host_seconds(const graph::Graph& g, const spec::StackSpec& s, double task_seconds) {
  double seconds = s.submit.value + (task_seconds < (s.short_task.value + s.long_task.value) / 2
                                         ? s.completion_short.value
                                         : s.completion_long.value);
  if (s.input_copy.value > 0) seconds += bytes_of(g, g.inputs) / s.input_copy.value;
  if (s.output_copy.value > 0) seconds += bytes_of(g, g.outputs) / s.output_copy.value;
  return seconds;
}

}  // namespace anesim::validate
