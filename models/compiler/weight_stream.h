// How fast weights come in: the kernel DMA and the decoders behind it (MODEL.md 2, m6-study 4.1).
#pragma once

#include "models/compiler/layer.h"
#include "models/compiler/rules.h"
#include "models/spec/device_spec.h"

namespace anesim::compiler {

/// Whether weights that are streamed again come from the shared SRAM.
[[nodiscard]] bool held_in_sram(const Layer&, const WeightForm&, const spec::DeviceSpec&);

/// Time of a streamed byte relative to the plain rate of the kernel DMA; `again`: for a further
/// position tile.
[[nodiscard]] double stream_scale(const Layer&, const KernelForm&, const WeightForm&,
                                  const spec::DeviceSpec&, bool again);

/// Seconds in which all weights of a convolution stream once.
[[nodiscard]] double stream_seconds(const Layer&, const spec::DeviceSpec&, bool again);

}  // namespace anesim::compiler
