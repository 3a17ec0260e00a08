#include "models/compiler/rules.h"

#include <algorithm>
#include <cmath>

namespace anesim::compiler {
namespace {

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

bool depthwise(const Layer& l) { return l.groups > 1 && l.groups == l.in_channels; }

bool dense(const Layer& l) {
  return l.format.encoding != graph::Encoding::sparse &&
         l.format.encoding != graph::Encoding::sparse_palette;
}

}  // namespace

std::int64_t work_unit(const Layer& l, const spec::EngineSpec& e) {
  if (!l.int8_activations) return e.work_unit_positions;
  return std::llround(e.work_unit_positions * e.macs_int8 / e.macs_fp16);
}

KernelForm kernel_form(const Layer& l, const spec::EngineSpec& e) {
  KernelForm f;
  const double taps = static_cast<double>(l.kernel_h * l.kernel_w * l.kernel_d);
  f.compute_taps = taps;
  f.stored_taps = taps;
  if (l.kind != LayerKind::convolution) return f;
  const bool strided = l.stride_h > 1 || l.stride_w > 1;
  const bool dilated = l.dilation_h > 1 || l.dilation_w > 1;
  // Sparse-format storage: the non-zero values of 16 bits and one mask bit a stored position.
  constexpr double mask = 1.0 / 16;
  if (l.kernel_w > e.native_kernel_width) {
    // Two interleaved outputs with two shifted kernel sets (m6-study 2.4): 2K values in 2(K+1).
    f.rewritten = true;
    const double h = static_cast<double>(l.kernel_h * l.kernel_d);
    f.stored_taps = h * (2.0 * l.kernel_w + 2.0 * (l.kernel_w + 1) * mask);
  } else if (dilated && taps > 1) {
    f.rewritten = true;
    const double spread = (static_cast<double>(l.kernel_h - 1) * l.dilation_h + 1) *
                          (static_cast<double>(l.kernel_w - 1) * l.dilation_w + 1);
    f.stored_taps = taps + spread * mask;
  } else if (strided && taps > 1 && !depthwise(l) && l.in_channels > 4) {
    f.rewritten = true;
    const double even_h = 2.0 * static_cast<double>(ceil_div(l.kernel_h, 2));
    const double even_w = 2.0 * static_cast<double>(ceil_div(l.kernel_w, 2));
    f.stored_taps = taps + even_h * even_w * mask;
  } else if (e.winograd_speedup > 1 && l.kernel_w == 3 && (l.kernel_h == 1 || l.kernel_h == 3) &&
             l.kernel_d == 1 && !strided && dense(l) && !depthwise(l) && !l.transposed) {
    f.winograd = true;
    f.compute_taps = taps / e.winograd_speedup;
  }
  return f;
}

WeightForm weight_form(const Layer& l, const KernelForm& k, const spec::EngineSpec& e) {
  WeightForm f;
  const auto& s = l.format;
  const double nonzero = std::clamp(s.nonzero_fraction, 0.0, 1.0);
  const double native = l.int8_activations ? 1.0 : 2.0;
  using graph::Encoding;
  bool streams = true;
  bool zeros_known = false;
  switch (s.encoding) {
    case Encoding::dense:
      f.stored_bytes = std::max(1.0, static_cast<double>(bit_width(s.stored)) / 8);
      if (s.stored == graph::DType::fp32) f.stored_bytes = 2;  // converted at load
      streams = f.stored_bytes >= 2 || e.streams_int8;
      break;
    case Encoding::affine:
      f.stored_bytes = s.bits / 8.0;
      streams = e.streams_int8;
      break;
    case Encoding::palette:
      f.stored_bytes = s.bits / 8.0;
      streams = e.streams_palette;
      break;
    case Encoding::blockwise:
      f.stored_bytes = s.bits / 8.0;
      streams = e.streams_blockwise;
      break;
    case Encoding::sparse:
    case Encoding::sparse_palette:
      f.stored_bytes = nonzero * s.bits / 8.0 + 1.0 / 8;
      streams = e.streams_sparse;
      zeros_known = e.sparse_zero_skip;
      break;
  }
  f.streamed_bytes = streams ? f.stored_bytes : 2.0;
  f.buffer_bytes = streams ? std::min(f.stored_bytes, native) : native;
  if (k.rewritten)
    f.stream = Stream::decoded;
  else
    // INT8 weights beside INT8 activations are multiplied as they come.
    f.stream = f.streamed_bytes >= native       ? Stream::native
               : s.encoding == Encoding::sparse ? Stream::sparse
                                                : Stream::compressed;
  if (!zeros_known && e.dense_zero_skip && nonzero < 1)
    f.compute_share = std::max(e.dense_zero_floor, std::min(1.0, nonzero + e.zero_skip_overhead));
  if (zeros_known && nonzero < 1)
    f.compute_share = std::max(e.zero_skip_floor, std::min(1.0, nonzero + e.zero_skip_overhead));
  return f;
}

int output_group(const Layer& l, const KernelForm& k, const WeightForm& w,
                 const spec::EngineSpec& e) {
  if (depthwise(l)) return 1;
  const double per_channel =
      static_cast<double>(l.in_channels / l.groups) * k.stored_taps * w.buffer_bytes;
  const int limit = k.winograd            ? e.winograd_output_group
                    : l.int8_activations ? e.max_output_group_int8
                                         : e.max_output_group;
  int group = 1;
  while (group * 2 <= limit &&
         group * 2 * per_channel <= static_cast<double>(e.weight_buffer.value))
    group *= 2;
  return group;
}

double weights_per_core(const Layer& l, const KernelForm& k, const WeightForm& w,
                        const spec::EngineSpec& e) {
  const double share = static_cast<double>(ceil_div(l.out_channels, e.cores));
  return share * static_cast<double>(l.in_channels / l.groups) * k.stored_taps * w.buffer_bytes;
}

bool resident(const Layer& l, const KernelForm& k, const WeightForm& w, const spec::EngineSpec& e) {
  return weights_per_core(l, k, w, e) <= static_cast<double>(e.weight_buffer.value);
}

CoreWork core_work(const Layer& l, std::int64_t positions, std::int64_t out_channels,
                   const KernelForm& k, const WeightForm& w, const spec::EngineSpec& e) {
  CoreWork c;
  if (positions <= 0 || out_channels <= 0) return c;
  c.channels_large = ceil_div(out_channels, e.cores);
  const std::int64_t rest = out_channels % e.cores;
  c.cores_large = static_cast<int>(rest == 0 ? e.cores : rest);
  c.channels_small = rest == 0 ? 0 : c.channels_large - 1;
  c.passes = ceil_div(c.channels_large, output_group(l, k, w, e));
  c.work_units = ceil_div(positions, work_unit(l, e));

  double rate = l.int8_activations ? e.macs_int8 : e.macs_fp16;
  if (l.groups > 1) {
    // A pass covers channels of one group only: 1 of 16 accumulator rows for depthwise.
    const double used = static_cast<double>(
        std::clamp<std::int64_t>(l.out_channels / l.groups, 1, e.max_output_group));
    rate *= used / e.max_output_group;
  }
  if (l.dilation_h > 1 || l.dilation_w > 1) rate *= e.dilated_efficiency;
  const double padded =
      static_cast<double>(ceil_div(positions, e.position_granule) * e.position_granule);
  const double per_channel = static_cast<double>(l.in_channels / l.groups) * k.compute_taps *
                             padded * w.compute_share / (rate * e.array_efficiency);
  c.cycles_large = per_channel * static_cast<double>(c.channels_large);
  c.cycles_small = per_channel * static_cast<double>(c.channels_small);
  c.fill_cycles = e.task_cycles +
                  e.fill_work_units * c.cycles_large / static_cast<double>(c.passes * c.work_units);
  return c;
}

double l2_cycles(const Layer& l, std::int64_t positions, std::int64_t out_channels,
                 std::int64_t passes, const spec::L2Spec& s) {
  // `passes` are reads of the input; short Winograd passes share one.
  const double area = static_cast<double>(l.stride_h * l.stride_w);
  const double read = static_cast<double>(positions) * area * static_cast<double>(l.in_channels) *
                      static_cast<double>(l.groups > 1 ? 1 : passes);
  const double write = static_cast<double>(positions) * static_cast<double>(out_channels);
  return std::max(read, write) / s.elements_per_cycle;
}

std::int64_t position_tiles(std::int64_t positions, std::int64_t bytes_per_position, Bytes limit) {
  if (bytes_per_position <= 0 || positions <= 0) return 1;
  std::int64_t per_tile = limit.value / bytes_per_position;
  if (per_tile >= positions) return 1;
  constexpr std::int64_t granule = 64;
  per_tile = std::max<std::int64_t>(granule, per_tile / granule * granule);
  return ceil_div(positions, per_tile);
}

}  // namespace anesim::compiler
