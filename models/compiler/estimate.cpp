#include "models/compiler/estimate.h"

#include <algorithm>

#include "models/compiler/passes.h"
#include "models/compiler/rules.h"

namespace anesim::compiler {
namespace {

Seconds at(double amount, double rate) { return Seconds(amount / rate); }

Seconds moved(const Layer& l, BytesPerSecond rate) {
  return Bytes(l.input_bytes + l.output_bytes) / rate;
}

bool works(const Layer& l) {
  return l.kind != LayerKind::view && l.kind != LayerKind::host && l.belief != Belief::nothing;
}

/// A constant operand streams in the form it is stored in.
Seconds weight_stream(const Layer& l, const spec::DeviceSpec& d) {
  if (l.kind != LayerKind::convolution) return Seconds(0);
  const WeightForm w = weight_form(l, kernel_form(l, d.engine), d.engine);
  return at(static_cast<double>(l.weight_elements) * w.streamed_bytes,
            d.placement.weight_rate.value);
}

}  // namespace

AgentLoad agent_load(const Layer& l) {
  AgentLoad load;
  load.macs = l.weight_elements > 0 ? l.macs() : l.host_macs;
  load.flops = l.flops > 0     ? l.flops
               : load.macs > 0 ? 2.0 * static_cast<double>(load.macs)
                               : static_cast<double>(l.elements) * l.element_passes;
  load.bytes = l.input_bytes + l.output_bytes;
  // CPU and GPU get compressed weights expanded to FP16 when the model is loaded (m6-study 4.1:
  // block-wise INT4 layers of 2048 x 2048 take 66 us on the CPU, 127 GB/s of FP16).
  if (l.weight.index >= 0) load.bytes += 2 * l.weight_elements;
  return load;
}

Seconds agent_estimate(const Layer& l, const spec::AgentSpec& a) {
  if (l.kind == LayerKind::view) return Seconds(0);
  const AgentLoad load = agent_load(l);
  return a.operation_time(load.flops, load.bytes);
}

Seconds believed_cpu(const Layer& l, const spec::DeviceSpec& d) {
  if (!works(l)) return Seconds(0);
  const auto& p = d.placement;
  const AgentLoad load = agent_load(l);
  const auto computed = [&](double rate) {
    return std::max(at(load.flops, rate), Bytes(load.bytes) / p.bandwidth);
  };
  switch (l.belief) {
    case Belief::elementwise:
      return moved(l, p.bandwidth);
    case Belief::pointwise:
      return computed(p.cpu_pointwise);
    case Belief::spatial:
      return computed(p.cpu_flops);
    case Belief::transposed:
      return computed(p.cpu_transposed);
    case Belief::product:
      if (l.kind == LayerKind::convolution) return computed(p.cpu_flops);
      return std::max(at(load.flops, p.cpu_flops), moved(l, p.cpu_norm));
    case Belief::resize:
      return at(static_cast<double>(l.elements), p.cpu_resize);
    case Belief::movement:
      return moved(l, p.cpu_movement);
    case Belief::normalisation:
      return moved(l, p.cpu_norm);
    case Belief::nothing:
      break;
  }
  return Seconds(0);
}

Seconds believed_engine(const Layer& l, const spec::DeviceSpec& d) {
  if (!works(l)) return Seconds(0);
  const auto& p = d.placement;
  const double flops = agent_load(l).flops;
  const auto convolved = [&](double rate) {
    return std::max(at(flops, rate), weight_stream(l, d));
  };
  switch (l.belief) {
    case Belief::elementwise:
      return moved(l, p.bandwidth);
    case Belief::pointwise:
      return convolved(p.engine_pointwise);
    case Belief::spatial:
      return convolved(p.engine_flops);
    case Belief::transposed:
      return convolved(p.engine_transposed);
    case Belief::product:
      if (l.kind == LayerKind::convolution) return convolved(p.engine_flops);
      return std::max(at(flops, p.engine_flops), moved(l, p.engine_norm));
    case Belief::resize:
      return at(static_cast<double>(l.elements), p.engine_resize);
    case Belief::movement:
      return moved(l, p.bandwidth);
    case Belief::normalisation:
      return moved(l, p.engine_norm);
    case Belief::nothing:
      break;
  }
  return Seconds(0);
}

}  // namespace anesim::compiler
