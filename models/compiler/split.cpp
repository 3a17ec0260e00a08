#include <algorithm>
#include <cmath>

#include "models/compiler/passes.h"
#include "models/compiler/rules.h"

namespace anesim::compiler {

const char* name(Split s) {
  switch (s) {
    case Split::single:
      return "one engine";
    case Split::rows:
      return "rows over both engines";
    case Split::channels:
      return "channels over both engines";
  }
  return "?";
}

double estimate_layer(const Layer& l, const spec::DeviceSpec& d) {
  return estimate_layer(l, d, d.kernel_dma.rate);
}

double estimate_layer(const Layer& l, const spec::DeviceSpec& d, BytesPerSecond rate) {
  const double f_ne = d.engine.clock.value;
  switch (l.kind) {
    case LayerKind::convolution:
    case LayerKind::matmul: {
      const KernelForm k = kernel_form(l, d.engine);
      const WeightForm w = weight_form(l, k, d.engine);
      const CoreWork c = core_work(l, l.batch * l.positions(), l.out_channels, k, w, d.engine);
      const double weights =
          l.kind == LayerKind::convolution
              ? static_cast<double>(l.weight_elements) * w.streamed_bytes / rate.value
              : 0;
      return std::max((c.cycles_large + c.fill_cycles) / f_ne, weights);
    }
    case LayerKind::planar:
      return static_cast<double>(l.planar_tasks) * d.planar.task_time.value +
             static_cast<double>(l.elements) * l.element_passes /
                 (d.planar.elements_per_cycle * d.planar.clock.value);
    case LayerKind::movement:
      return static_cast<double>(l.input_bytes + l.output_bytes) / d.tile_dma.rate.value;
    case LayerKind::view:
    case LayerKind::host:
      return 0;
  }
  return 0;
}

SplitPlan plan_split(const std::vector<Layer>& layers, std::size_t first, std::size_t last,
                     int forced, const spec::DeviceSpec& d) {
  SplitPlan plan;
  plan.layers.assign(last - first, Split::single);
  if (d.engine.count < 2 || forced == 1) return plan;
  double unsplit = 0, divided = 0, merge = 0;
  bool any = false, small_tiles = true;
  for (std::size_t i = first; i < last; ++i) {
    const Layer& l = layers[i];
    const double t = estimate_layer(l, d);
    unsplit += t;
    const std::int64_t unit = work_unit(l, d.engine);
    const std::int64_t positions = l.batch * l.positions();
    Split how = Split::single;
    if (l.kind == LayerKind::convolution || l.kind == LayerKind::matmul) {
      const KernelForm k = kernel_form(l, d.engine);
      const WeightForm w = weight_form(l, k, d.engine);
      const bool conv = l.kind == LayerKind::convolution;
      const int group = output_group(l, k, w, d.engine);
      const std::int64_t per_core = (l.out_channels + d.engine.cores - 1) / d.engine.cores;
      const bool equal_passes = per_core % group == 0 && per_core / group >= 2 &&
                                l.out_channels % (2 * d.engine.cores) == 0;
      // By rows both engines read all weights, by channels half of them but exchange results.
      const double taps = static_cast<double>(l.kernel_h * l.kernel_w * l.kernel_d);
      const double stream = static_cast<double>(l.weight_elements) * k.stored_taps / taps *
                            w.streamed_bytes / d.dual.estimate_rate.value;
      const double half = static_cast<double>(l.macs()) / d.peak_macs() / 2;
      const double saved = std::max(half, stream) - std::max(half, stream / 2);
      const bool cheaper = positions <= 2 * unit || saved > d.dual.estimate_merge.value;
      // A map of two work units is divided by rows only where none are exchanged, and by channel
      // only where the weights fill their loads of the buffers by more than a share; wide
      // kernels stay on one engine (m6-conv-kernel-slopes, 256 channels at 8x32: one engine for
      // 5x1, 11x1, 3x3, 1x11 to 1x14, two for 1x1 to 1x8, 5x5, 13x1 and 15x1).
      const bool small = positions <= 2 * unit;
      const bool wide = conv && l.kernel_w > d.engine.native_kernel_width;
      const double loads =
          weights_per_core(l, k, w, d.engine) / static_cast<double>(d.engine.weight_buffer.value);
      const bool by_channel =
          !small || (!wide && loads > d.dual.channel_split_fill * std::ceil(loads));
      const bool by_rows = !small || !conv || (!wide && l.kernel_h == 1);
      if (conv && equal_passes && cheaper && by_channel && positions > unit &&
          !resident(l, k, w, d.engine))
        how = Split::channels;
      else if (positions > unit && by_rows)
        how = Split::rows;
    } else if (l.kind == LayerKind::planar && l.elements >= 2 * unit * 16) {
      how = Split::rows;
    }
    plan.layers[i - first] = how;
    if (how == Split::single) {
      divided += t;
    } else {
      any = true;
      divided += t / 2;
      if (positions > 2 * unit) small_tiles = false;
    }
  }
  // Copy and merge counts only if every tile has at most one work unit, then by the byte of the
  // activation, once (m6-study 5: threshold of the 8x32 chains).
  if (small_tiles && last > first)
    merge = static_cast<double>(layers[first].input_bytes) / d.dual.estimate_copy.value;
  const bool gain = unsplit > divided + 0.5 * merge;
  plan.use_both = any && (forced >= 2 || gain);
  if (!plan.use_both) plan.layers.assign(last - first, Split::single);
  return plan;
}

}  // namespace anesim::compiler
