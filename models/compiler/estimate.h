// What placement compares: the segmenter's own beliefs, and the plain estimates of CPU and GPU.
// Source: m6-study 8.1 (T5-1), socs.md 4-6.
#pragma once

#include "models/compiler/layer.h"
#include "models/spec/device_spec.h"

namespace anesim::compiler {

/// What a layer asks of a CPU or GPU.
struct AgentLoad {
  double flops = 0;
  std::int64_t bytes = 0;  ///< inputs, outputs and stored weights
  std::int64_t macs = 0;
};
[[nodiscard]] AgentLoad agent_load(const Layer&);

/// Roofline with launch cost; 0 for a view.
[[nodiscard]] Seconds agent_estimate(const Layer&, const spec::AgentSpec&);

/// The segmenter's belief of a layer on the CPU, a rate by kind of operation (Layer::belief).
/// Convolutions and products are not faster than their bytes, weights included.
[[nodiscard]] Seconds believed_cpu(const Layer&, const spec::DeviceSpec&);
/// The same of the engine, where convolutions are not faster than their weights at
/// placement.weight_rate. Of convolutions in groups nothing is published: by their FLOPs as others.
[[nodiscard]] Seconds believed_engine(const Layer&, const spec::DeviceSpec&);

}  // namespace anesim::compiler
