// Placement: what the engine cannot do, or what costs more to move there than it saves, runs on
// the CPU. Source: m6-study 8.1 (segment start and backend switch 0.125 ms each).
#include <algorithm>
#include <cmath>

#include "models/compiler/passes.h"

namespace anesim::compiler {
namespace {

double cpu_seconds(const Layer& l, const spec::AgentSpec& cpu) {
  if (l.kind == LayerKind::view) return 0;
  const double flops = l.weight_elements > 0 ? 2.0 * static_cast<double>(l.macs())
                                             : static_cast<double>(l.elements) * l.element_passes;
  const double bytes = static_cast<double>(l.input_bytes + l.output_bytes + 2 * l.weight_elements);
  return cpu.launch.value + std::max(flops / cpu.flops, bytes / cpu.bandwidth.value);
}

}  // namespace

void place(std::vector<Layer>& layers, const spec::DeviceSpec& d, ComputeUnits units) {
  if (units == ComputeUnits::cpu_only || units == ComputeUnits::cpu_and_gpu) {
    for (auto& l : layers)
      if (l.kind != LayerKind::view) {
        l.kind = LayerKind::host;
        l.reason = "engine excluded by the compute units";
      }
    return;
  }
  // A stretch on the engine between host stretches must save its start and its switches.
  for (std::size_t i = 0; i < layers.size();) {
    if (layers[i].kind == LayerKind::host) {
      ++i;
      continue;
    }
    std::size_t end = i;
    double engine = 0, cpu = 0;
    while (end < layers.size() && layers[end].kind != LayerKind::host) {
      engine += estimate_layer(layers[end], d);
      cpu += cpu_seconds(layers[end], d.cpu);
      ++end;
    }
    const bool head = i == 0, tail = end == layers.size();
    if (!(head && tail)) {
      const int switches = (head ? 0 : 1) + (tail ? 0 : 1);
      const double cost = d.segment_start.value + switches * d.backend_switch.value;
      if (cpu < engine + cost)
        for (std::size_t j = i; j < end; ++j)
          if (layers[j].kind != LayerKind::view) {
            layers[j].kind = LayerKind::host;
            layers[j].reason = "moving this stretch to the engine costs more than it saves";
          }
    }
    i = end;
  }
}

}  // namespace anesim::compiler
