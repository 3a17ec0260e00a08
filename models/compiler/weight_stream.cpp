#include "models/compiler/weight_stream.h"

#include <algorithm>

namespace anesim::compiler {

bool held_in_sram(const Layer& l, const WeightForm& w, const spec::DeviceSpec& d) {
  return d.memory.sram_allocate == spec::SramPolicy::weights &&
         static_cast<double>(d.memory.sram_size.value) >=
             static_cast<double>(l.weight_elements) * w.streamed_bytes;
}

double stream_scale(const Layer& l, const KernelForm& k, const WeightForm& w,
                    const spec::DeviceSpec& d, bool again) {
  const auto& dma = d.kernel_dma;
  double scale = 1;
  if (w.stream == Stream::decoded) {
    const double taps = static_cast<double>(l.kernel_h * l.kernel_w * l.kernel_d);
    const double stored = k.stored_taps / taps;  // of a weight
    scale = std::max(1.0, stored / dma.decode_rate * dma.rate.value / w.streamed_bytes);
  } else if (w.stream == Stream::compressed) {
    scale = 1 / dma.compressed_efficiency;
  } else if (w.stream == Stream::sparse) {
    scale = 1 / dma.sparse_efficiency;
  }
  if (again) {
    // Of path and decoder the slower counts (cadamcat MLP at 1024 positions: lut4 is re-streamed as
    // fast as it is streamed once, fp16 at half that rate).
    return held_in_sram(l, w, d)
               ? scale * dma.rate.value /
                     std::max(d.memory.sram_bandwidth.value, dma.restream_rate.value)
               : std::max(scale, dma.rate.value / dma.restream_rate.value);
  }
  // Re-streamed weights were measured at these widths; their rate contains the conflict.
  const std::int64_t row = 2 * l.in_channels, period = dma.conflict_stride.value;
  const bool stride = l.kernel_h * l.kernel_w == 1 && l.in_channels == l.out_channels &&
                      (row == period || row == 2 * period);
  return stride ? scale * dma.conflict_factor : scale;
}

double stream_seconds(const Layer& l, const spec::DeviceSpec& d, bool again) {
  const KernelForm k = kernel_form(l, d.engine);
  const WeightForm w = weight_form(l, k, d.engine);
  return static_cast<double>(l.weight_elements) * w.streamed_bytes *
         stream_scale(l, k, w, d, again) / d.kernel_dma.rate.value;
}

}  // namespace anesim::compiler
