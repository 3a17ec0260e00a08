#include "models/compiler/estimate.h"

#include <algorithm>

#include "models/compiler/passes.h"

namespace anesim::compiler {
namespace {

bool is_product(const Layer& l) {
  return l.kind == LayerKind::convolution || l.kind == LayerKind::matmul || l.weight_elements > 0;
}

Seconds moved(const Layer& l, BytesPerSecond rate) {
  return Bytes(l.input_bytes + l.output_bytes) / rate;
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
  if (l.kind == LayerKind::view) return Seconds(0);
  const AgentLoad load = agent_load(l);
  const Seconds memory = Bytes(load.bytes) / d.placement.bandwidth;
  if (!is_product(l)) return memory;
  return std::max(memory, Seconds(load.flops / d.placement.cpu_flops));
}

Seconds believed_engine(const Layer& l, const spec::DeviceSpec& d) {
  switch (l.kind) {
    case LayerKind::convolution:
    case LayerKind::matmul:
      return Seconds(estimate_layer(l, d, d.placement.weight_rate));
    case LayerKind::planar:
    case LayerKind::movement:
      return std::max(Seconds(estimate_layer(l, d)), moved(l, d.placement.bandwidth));
    case LayerKind::view:
    case LayerKind::host:
      return Seconds(0);
  }
  return Seconds(0);
}

}  // namespace anesim::compiler
