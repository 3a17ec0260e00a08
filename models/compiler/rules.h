// The timing and sizing rules of convolutions on the NE cores, as pure functions.
// Source: hardware/MODEL.md sections 2 and 3, m6-study 2.2-2.5.
#pragma once

#include <cstdint>

#include "models/compiler/layer.h"
#include "models/compiler/program.h"
#include "models/spec/device_spec.h"

namespace anesim::compiler {

/// How the engine computes a convolution.
struct KernelForm {
  bool winograd = false;
  bool rewritten = false;   ///< wide, strided or dilated: sparse weight format
  double stored_taps = 1;   ///< kernel positions stored per channel pair
  double compute_taps = 1;  ///< kernel positions that cost MAC cycles
};
[[nodiscard]] KernelForm kernel_form(const Layer&, const spec::EngineSpec&);

/// Bytes one weight takes in the cores' buffer and on the way there.
struct WeightForm {
  double buffer_bytes = 2;    ///< per weight inside the buffer (fp16 2, W8A8 1)
  double stored_bytes = 2;    ///< per weight in DRAM
  double streamed_bytes = 2;  ///< per weight moved by the kernel DMA
  Stream stream = Stream::native;
  double compute_share = 1;  ///< of the MACs after zero skipping
};
[[nodiscard]] WeightForm weight_form(const Layer&, const KernelForm&, const spec::EngineSpec&);

/// Output positions of one work unit: as many as keep the array busy at the layer's MAC rate
/// (m6-study 7.2.3: FP16 128, INT8 256).
[[nodiscard]] std::int64_t work_unit(const Layer&, const spec::EngineSpec&);

/// Output channels a core computes in one pass: min(limit, largest power of two that fits).
[[nodiscard]] int output_group(const Layer&, const KernelForm&, const WeightForm&,
                               const spec::EngineSpec&);

/// Weights of one core in bytes (its share of output channels).
[[nodiscard]] double weights_per_core(const Layer&, const KernelForm&, const WeightForm&,
                                      const spec::EngineSpec&);
[[nodiscard]] bool resident(const Layer&, const KernelForm&, const WeightForm&,
                            const spec::EngineSpec&);

/// Work of the cores on one part (positions x output channels) of a layer.
struct CoreWork {
  std::int64_t channels_large = 0;  ///< output channels of the busiest cores
  int cores_large = 0;
  std::int64_t channels_small = 0;
  std::int64_t passes = 1;
  std::int64_t work_units = 1;
  double cycles_large = 0;
  double cycles_small = 0;
  double fill_cycles = 0;
};
[[nodiscard]] CoreWork core_work(const Layer&, std::int64_t positions, std::int64_t out_channels,
                                 const KernelForm&, const WeightForm&, const spec::EngineSpec&);

/// Planar-clock cycles to bring `positions` of input to the cores and results back (the larger
/// way counts; both run at once).
[[nodiscard]] double l2_cycles(const Layer&, std::int64_t positions, std::int64_t out_channels,
                               std::int64_t passes, const spec::L2Spec&);

/// Position tiles a layer with this block of input and output bytes needs.
[[nodiscard]] std::int64_t position_tiles(std::int64_t positions, std::int64_t bytes_per_position,
                                          Bytes limit);

}  // namespace anesim::compiler
