#include "validate/baseline/closed_formula.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "traces/graph/work.h"

namespace anesim::validate {
namespace {

double bytes_of(const graph::Graph& g, const std::vector<graph::TensorId>& ids) {
  double bytes = 0;
  for (const graph::TensorId id : ids)
    bytes += static_cast<double>(graph::element_count(g.at(id).shape)) *
             graph::bit_width(g.at(id).dtype) / 8;
  return bytes;
}

/// Three taps wide, dense, one step at a time: what Winograd's transformation saves MACs of.
bool winograd(const graph::Graph& g, const graph::Op& op) {
  if (op.type != "conv" || graph::find_int(g, op, "groups").value_or(1) != 1) return false;
  for (const char* steps : {"strides", "dilations"})
    for (const std::int64_t step :
         graph::find_ints(g, op, steps).value_or(std::vector<std::int64_t>{}))
      if (step > 1) return false;
  const auto weight = graph::find_input(op, "weight");
  return weight && g.at(*weight).shape.back() == 3;
}

/// An operation on the result of a product and on no other live tensor.
bool follows(const graph::Graph& g, const graph::Op& op, const std::set<graph::TensorId>& made) {
  int live = 0, of_product = 0;
  for (const auto& argument : op.arguments)
    for (const graph::TensorId id : argument.tensors)
      live += !g.at(id).constant, of_product += made.contains(id);
  return live == 1 && of_product == 1;
}

}  // namespace

FormulaTask formula_task(const graph::Graph& g, const spec::DeviceSpec& d, double engines) {
  const bool int8 = std::any_of(g.ops.begin(), g.ops.end(),
                                [](const graph::Op& op) { return op.type == "quantize"; });
  const double rate = d.engine.cores * d.engine.clock.value *
                      (int8 ? d.engine.macs_int8 : d.engine.macs_fp16) * engines;
  const double room = static_cast<double>(d.engine.weight_buffer.value) * d.engine.cores;
  // Weights that fit the cores' buffers stream once; what follows a product comes with it.
  std::set<graph::TensorId> held, made;
  FormulaTask task;
  for (const graph::Op& op : g.ops) {
    const graph::Work w = graph::work_of(g, op);
    const auto in = static_cast<double>(w.input_bytes), out = static_cast<double>(w.output_bytes),
               macs = static_cast<double>(w.macs), weights = static_cast<double>(w.weight_bytes);
    if (w.macs > 0) {
      const auto weight = graph::find_input(op, "weight");
      const double tiles = std::ceil((in + out) / static_cast<double>(d.l2.size.value));
      double streamed = weights * tiles;
      if (weight && weights <= room) streamed = held.insert(*weight).second ? weights : 0;
      const double compute = macs / rate / (winograd(g, op) ? d.engine.winograd_speedup : 1);
      task.seconds += std::max(compute, streamed / d.kernel_dma.rate.value);
      task.bytes += streamed;
      task.joules += macs * d.power.joules_per_mac * (int8 ? d.power.int8_share : 1) +
                     streamed * d.power.joules_per_weight_byte;
      made.insert(op.outputs.at(0));
    } else if (follows(g, op, made)) {
      made.insert(op.outputs.at(0));
    } else if (w.elementwise_ops > 0) {
      const double elements = std::max(in, out) / 2;
      task.seconds += elements / (d.planar.elements_per_cycle * d.planar.clock.value) / engines;
      task.joules += elements * d.power.joules_per_planar_element;
    }
  }
  const double ends = bytes_of(g, g.inputs) + bytes_of(g, g.outputs);
  task.seconds = std::max(task.seconds, ends / d.tile_dma.rate.value / engines);
  task.bytes += ends;
  task.joules += ends * d.power.joules_per_activation_byte;
  return task;
}

double formula_host_seconds(const graph::Graph& g, const spec::DeviceSpec& d,
                            const spec::StackSpec& s, double task_seconds, double engines) {
  const double late = std::clamp(
      (task_seconds - s.short_task.value) / std::max(1e-9, s.long_task.value - s.short_task.value),
      0.0, 1.0);
  double seconds = s.submit.value + s.completion_short.value +
                   late * (s.completion_long.value - s.completion_short.value);
  if (s.input_copy.value > 0) seconds += bytes_of(g, g.inputs) / s.input_copy.value;
  if (s.output_copy.value > 0) seconds += bytes_of(g, g.outputs) / s.output_copy.value;
  return seconds + (engines > 1 ? d.dual.start.value : 0);
}

}  // namespace anesim::validate
