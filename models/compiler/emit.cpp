#include "models/compiler/emit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "models/compiler/rules.h"
#include "models/compiler/weight_stream.h"

namespace anesim::compiler {
namespace {

std::int64_t share_of(std::int64_t total, std::int64_t parts, std::int64_t index) {
  return total / parts + (index < total % parts ? 1 : 0);
}

/// A part of a layer: the positions (or channels) of one tile on one engine.
struct Part {
  std::int64_t positions = 0;
  std::int64_t channels = 0;
  double fraction = 1;  ///< of the layer's work and activation bytes
};

class Emitter {
 public:
  Emitter(Program& p, const std::vector<Layer>& layers, const std::vector<LayerPlan>& plans,
          const SplitPlan& split, std::size_t first, std::size_t last, const spec::DeviceSpec& d)
      : program_(p),
        layers_(layers),
        plans_(plans),
        split_(split),
        first_(first),
        last_(last),
        device_(d),
        engines_(split.use_both ? static_cast<std::size_t>(d.engine.count) : 1),
        buffered_(engines_, -1) {}

  void run() {
    segment_.where = Where::ane;
    cached_ = cached_share();
    segment_.engines.resize(engines_);
    op_of_.resize(last_ - first_);
    streamed_.assign(last_ - first_, 0);
    const std::size_t base = program_.ops.size();
    program_.ops.resize(base + plans_.size());
    for (std::size_t i = 0; i < plans_.size(); ++i) op_of_[i] = static_cast<std::int32_t>(base + i);
    for (std::size_t i = 0; i < plans_.size();) {
      std::size_t end = i + 1;
      while (end < plans_.size() && plans_[end].region == plans_[i].region) ++end;
      emit_region(i, end);
      i = end;
    }
    for (std::size_t i = 0; i < plans_.size(); ++i) program_.ops[base + i] = describe(first_ + i);
    program_.segments.push_back(std::move(segment_));
  }

 private:
  const Layer& layer(std::size_t i) const { return layers_[first_ + i]; }

  ProgramOp describe(std::size_t i) const {
    const Layer& l = layers_[i];
    const LayerPlan& p = plans_[i - first_];
    ProgramOp op;
    op.name = l.name;
    op.type = l.type;
    op.unit = l.kind == LayerKind::view       ? "-"
              : l.kind == LayerKind::planar   ? "PE"
              : l.kind == LayerKind::movement ? "DMA"
                                              : "ANE";
    op.graph_ops = static_cast<std::int64_t>(l.ops.size());
    op.tiles = p.tiles;
    op.approximated = l.approximated;
    op.level = p.read_bytes > 0 || p.write_bytes > 0 ? (cached_ >= 1  ? "SRAM"
                                                        : cached_ > 0 ? "SRAM+DRAM"
                                                                      : "DRAM")
                                                     : "L2";
    if (l.kind == LayerKind::convolution || l.kind == LayerKind::matmul) {
      op.macs = l.macs();
      const KernelForm k = kernel_form(l, device_.engine);
      const WeightForm w = weight_form(l, k, device_.engine);
      if (l.kind == LayerKind::convolution) {
        op.weight_bytes = stored_bytes(l.format, l.weight_elements);
        const bool keep = resident(l, k, w, device_.engine);
        op.weight_passes = std::llround(streamed_[i - first_]);
        op.reason = keep ? "weights resident"
                         : fmt::format("weights streamed {} time{}", op.weight_passes,
                                       op.weight_passes == 1 ? "" : "s");
        if (op.weight_passes > 1 && !keep) {
          op.weights_held = held_in_sram(l, w, device_);
          op.reason += op.weights_held ? " (from DRAM once, then from SRAM)" : " from DRAM";
        }
      } else {
        op.reason = "second operand loaded as weights";
      }
      if (k.winograd) op.reason += ", Winograd";
      if (k.rewritten) op.reason += ", sparse-format kernel";
      if (split_.use_both) op.reason += fmt::format(", {}", name(split_.layers[i - first_]));
      if (p.tiles > 1) op.reason += fmt::format(", {} position tiles", p.tiles);
    } else if (l.kind == LayerKind::view) {
      op.reason = l.reason.empty() ? "no data moves" : l.reason;
    } else {
      op.reason = l.reason;
    }
    if (!l.reason.empty() && op.reason.empty()) op.reason = l.reason;
    return op;
  }

  /// Share of the activations that the shared SRAM still holds when they are wanted: all that pass
  /// the tile DMA in a call compete for it (m6-study T9-5: 8, 18 and 32 MB tensors).
  double cached_share() const {
    if (device_.memory.sram_allocate != spec::SramPolicy::activations) return 0;
    std::int64_t moved = 0;
    for (const auto& p : plans_) moved += p.read_bytes + p.write_bytes;
    if (moved <= 0) return 0;
    return std::min(
        1.0, static_cast<double>(device_.memory.sram_size.value) / static_cast<double>(moved));
  }

  /// Tile t of T belongs to the second engine if t >= floor(T/2) (m6-study 5, T10-4); one tile a
  /// layer is cut in two instead.
  void emit_region(std::size_t begin, std::size_t end) {
    // Tiles count for one engine's share; a split program has as many again.
    std::int64_t tiles = 1;
    for (std::size_t i = begin; i < end; ++i) tiles = std::max(tiles, plans_[i].tiles);
    if (engines_ == 1 || tiles == 1) {
      for (std::int64_t t = 0; t < tiles; ++t)
        for (std::size_t i = begin; i < end; ++i) emit_layer(i, t, tiles);
      return;
    }
    const std::int64_t all = region_tiles(begin, end);
    const std::int64_t first_half = all / 2;
    for (std::int64_t t = 0; t < all; ++t) {
      const std::size_t engine = t >= first_half ? 1 : 0;
      for (std::size_t i = begin; i < end; ++i) emit_tile(i, t, all, engine);
    }
  }

  /// Tiles of a region over both engines: blocks strictly below the limit (m6-study 2.6).
  std::int64_t region_tiles(std::size_t begin, std::size_t end) const {
    std::int64_t all = 1;
    for (std::size_t i = begin; i < end; ++i) {
      const std::int64_t block = layer(i).input_bytes + layer(i).output_bytes;
      all = std::max(all, block / device_.l2.size.value + 1);
    }
    return all;
  }

  void emit_tile(std::size_t i, std::int64_t t, std::int64_t tiles, std::size_t engine) {
    const Layer& l = layer(i);
    if (l.kind == LayerKind::view || l.kind == LayerKind::host) return;
    const std::int64_t positions = l.batch * l.positions();
    const std::int64_t unit = work_unit(l, device_.engine);
    // Tile widths are whole work units where there are enough.
    std::int64_t mine;
    if (positions >= unit * tiles) {
      const std::int64_t units = (positions + unit - 1) / unit;
      mine = share_of(units, tiles, t) * unit;
      if (t == tiles - 1) mine -= units * unit - positions;
    } else {
      mine = share_of(positions, tiles, t);
    }
    Part part{mine, l.out_channels,
              positions > 0 ? static_cast<double>(mine) / static_cast<double>(positions)
                            : 1.0 / static_cast<double>(tiles)};
    emit_part(i, part, engine, t >= tiles / 2 ? t - tiles / 2 : t, Meeting::none);
  }

  void emit_layer(std::size_t i, std::int64_t t, std::int64_t tiles) {
    const Layer& l = layer(i);
    if (l.kind == LayerKind::view || l.kind == LayerKind::host) return;
    const std::int64_t positions = l.batch * l.positions();
    const Split how = split_.layers[i];
    if (engines_ == 1) {
      const std::int64_t mine = share_of(positions, tiles, t);
      const double fraction = positions > 0
                                  ? static_cast<double>(mine) / static_cast<double>(positions)
                                  : 1.0 / static_cast<double>(tiles);
      emit_part(i, {mine, l.out_channels, fraction}, 0, t, Meeting::none);
      return;
    }
    const Meeting meeting = meeting_before(i);
    if (how == Split::single) {
      emit_part(i, {positions, l.out_channels, 1.0}, 0, t, meeting);
      idle_engines(i, meeting);
      return;
    }
    const auto n = static_cast<std::int64_t>(engines_);
    for (std::int64_t e = 0; e < n; ++e) {
      if (how == Split::channels) {
        const std::int64_t c = share_of(l.out_channels, n, e);
        emit_part(i, {positions, c, static_cast<double>(c) / static_cast<double>(l.out_channels)},
                  static_cast<std::size_t>(e), t, meeting);
      } else {
        // Whole work units; an odd count gives the second engine one more.
        const std::int64_t unit = work_unit(l, device_.engine);
        const std::int64_t units = (positions + unit - 1) / unit;
        std::int64_t mine;
        if (units >= n) {
          mine = share_of(units, n, n - 1 - e) * unit;
          if (e == n - 1) mine -= units * unit - positions;
        } else {
          mine = share_of(positions, n, n - 1 - e);
        }
        const double fraction =
            positions > 0 ? static_cast<double>(mine) / static_cast<double>(positions) : 0.5;
        emit_part(i, {mine, l.out_channels, fraction}, static_cast<std::size_t>(e), t, meeting);
      }
    }
  }

  /// The engines meet where a layer needs what the other one made.
  Meeting meeting_before(std::size_t i) const {
    const Layer& l = layer(i);
    std::size_t before = i;
    while (before > 0 && layer(before - 1).kind == LayerKind::view) --before;
    if (before == 0) return Meeting::none;  // inputs come from memory
    const Split previous = split_.layers[before - 1];
    if (previous == Split::channels || split_.layers[i] == Split::channels) return Meeting::merge;
    if (split_.layers[i] == Split::single || previous == Split::single) return Meeting::merge;
    if ((l.kind == LayerKind::convolution && l.kernel_h > 1) || !l.row_local) return Meeting::halo;
    return Meeting::sync;
  }

  void idle_engines(std::size_t i, Meeting meeting) {
    if (meeting == Meeting::none) return;
    for (std::size_t e = 1; e < engines_; ++e) {
      TaskDescriptor t;
      t.op = op_of_[i];
      t.unit = Unit::dma;
      t.meeting = meeting;
      segment_.engines[e].push_back(t);
    }
  }

  void emit_part(std::size_t i, const Part& part, std::size_t engine, std::int64_t tile,
                 Meeting meeting) {
    const Layer& l = layer(i);
    TaskDescriptor t;
    t.op = op_of_[i];
    t.meeting = meeting;
    set_traffic(t, i, part);
    if (l.kind == LayerKind::planar)
      planar(t, l, part, engine, plans_[i].channel_blocks);
    else if (l.kind == LayerKind::movement)
      movement(t, l, part);
    else
      cores(t, l, part, engine, tile);
    if (t.weight_bytes > 0)
      streamed_[i] += static_cast<double>(part.channels) / static_cast<double>(l.out_channels);
    segment_.engines[engine].push_back(t);
  }

  void set_traffic(TaskDescriptor& t, std::size_t i, const Part& part) const {
    const LayerPlan& p = plans_[i];
    const auto scaled = [&](std::int64_t b) {
      return static_cast<std::int64_t>(std::llround(static_cast<double>(b) * part.fraction));
    };
    t.read_bytes = scaled(p.read_bytes);
    t.write_bytes = scaled(p.write_bytes);
    if (split_.layers[i] == Split::channels) t.read_bytes = p.read_bytes;
    t.cached_fraction = cached_;
  }

  void cores(TaskDescriptor& t, const Layer& l, const Part& part, std::size_t engine,
             std::int64_t tile) {
    const KernelForm k = kernel_form(l, device_.engine);
    const WeightForm w = weight_form(l, k, device_.engine);
    const CoreWork c = core_work(l, part.positions, part.channels, k, w, device_.engine);
    t.unit = Unit::ne;
    t.busy_cores = c.cores_large;
    t.cycles_large = c.cycles_large;
    t.cycles_small = c.cycles_small;
    t.passes = c.passes;
    t.work_units = c.work_units;
    t.fill_cycles = c.fill_cycles;
    const std::int64_t group = device_.engine.max_output_group;
    // INT8 inputs of one work unit stay with the cores over the passes (m6-int8: 512 channels cost
    // the MACs alone at 1x256, the re-read input at 32x32).
    const std::int64_t input_reads = k.winograd ? (c.channels_large + group - 1) / group
                                     : l.int8_activations && c.work_units == 1 ? 1
                                                                               : c.passes;
    t.l2_cycles = l2_cycles(l, part.positions, part.channels, input_reads, device_.l2);
    t.macs = l.interpolates() ? 0
                              : part.positions * part.channels * (l.in_channels / l.groups) *
                                    l.kernel_h * l.kernel_w * l.kernel_d;
    t.zero_activations = l.zero_activations;
    t.int8 = l.int8_activations;
    if (l.kind == LayerKind::matmul) {
      load_operand(t, l, part);
      return;
    }
    // Weights still in the buffers from the descriptor before need no stream.
    const bool keep = resident(l, k, w, device_.engine);
    auto& buffer = buffered_[engine];
    // Programs that hold a copy for every operation meet none of another operation there.
    // So do quantised layers, whose scales are their own (m6-study 13.2: a W8A8 chain of one kernel
    // reads it for each layer, 100 MB a call).
    const bool one = device_.engine.one_copy && !l.int8_activations;
    // Weights of an operation alone count below -1: neither none nor a tensor of the graph.
    const std::int32_t copy = one && l.weight.index >= 0 ? l.weight.index : -2 - l.ops.at(0);
    if (keep && buffer == copy) return;
    buffer = keep ? copy : -1;
    const double part_weights = static_cast<double>(l.weight_elements) *
                                static_cast<double>(part.channels) /
                                static_cast<double>(l.out_channels);
    stream(t, l, k, w, part_weights, tile);
  }

  /// A live second operand is read from L2 into the weight buffers: L2 traffic, not DRAM.
  /// A tile of rows needs that of its heads only.
  void load_operand(TaskDescriptor& t, const Layer& l, const Part& part) const {
    const double heads = static_cast<double>(std::max<std::int64_t>(l.batch, 1));
    const double share = std::min(1.0, std::ceil(heads * part.fraction - 1e-9) / heads);
    t.l2_cycles += static_cast<double>(l.weight_elements) * share / device_.l2.elements_per_cycle;
    t.fill_cycles += static_cast<double>(l.weight_elements) /
                     static_cast<double>(std::max<std::int64_t>(l.batch, 1)) /
                     device_.l2.elements_per_cycle;
  }

  void stream(TaskDescriptor& t, const Layer& l, const KernelForm& k, const WeightForm& w,
              double weights, std::int64_t tile) const {
    const bool again = tile > 0;
    t.stream = again ? Stream::restream : w.stream;
    t.weight_bytes = static_cast<std::int64_t>(std::llround(weights * w.streamed_bytes));
    t.weights_in_sram = again && held_in_sram(l, w, device_);
    t.weight_seconds_per_byte_scale = stream_scale(l, k, w, device_, again);
  }

  /// `blocks` of channels are those of the whole layer.
  void planar(TaskDescriptor& t, const Layer& l, const Part& part, std::size_t engine,
              std::int64_t blocks) const {
    blocks = std::max<std::int64_t>(
        1, std::llround(std::ceil(static_cast<double>(blocks) * part.fraction)));
    t.unit = Unit::planar;
    const auto& p = device_.planar;
    double elements = static_cast<double>(l.elements) * part.fraction;
    t.elements = std::llround(elements);
    double cycles = elements * l.element_passes / p.elements_per_cycle;
    const std::int64_t plane = l.out_h * l.out_w * 2;
    if (l.live_inputs >= 2 && plane % device_.l2.bank_period.value == 0)
      cycles *= p.conflict_factor;
    t.planar_cycles = cycles;
    // A task of one live operand behind one of the NE cores is set up while they compute (masked
    // chains of m6-sparse: 1.06 us more a layer, the elements alone); elsewhere the set-up shows.
    const auto& before = segment_.engines[engine];
    const bool hidden = l.live_inputs == 1 && !before.empty() && before.back().unit == Unit::ne;
    t.planar_fixed_us =
        to_us(p.task_time) * static_cast<double>(blocks * l.planar_tasks - (hidden ? 1 : 0));
    t.work_units =
        std::max<std::int64_t>(1, t.elements / (device_.engine.work_unit_positions * 64));
    // Two operands and a result beyond L2: an operand is read again (m6-study 2.8).
    const double result = static_cast<double>(l.output_bytes) * part.fraction;
    const double operand = static_cast<double>(l.operand_bytes) * part.fraction;
    if (l.live_inputs >= 2 && t.read_bytes == 0 &&
        2 * operand + result > static_cast<double>(blocks * device_.l2.size.value))
      t.overflow_bytes = operand;
  }

  void movement(TaskDescriptor& t, const Layer& l, const Part& part) const {
    t.unit = Unit::dma;
    // Data moves by the tile DMA between addresses in L2 or memory: read and write.
    const double in = static_cast<double>(l.input_bytes) * l.input_padding * part.fraction;
    const double out = static_cast<double>(l.output_bytes) * l.output_padding * part.fraction;
    t.elements = std::llround(out / 2);
    t.read_bytes = std::max<std::int64_t>(t.read_bytes, std::llround(std::min(in, out)));
    t.write_bytes = std::max<std::int64_t>(t.write_bytes, std::llround(out));
    t.work_units = std::max<std::int64_t>(1, std::llround(out) / 32768);
  }

  Program& program_;
  const std::vector<Layer>& layers_;
  const std::vector<LayerPlan>& plans_;
  const SplitPlan& split_;
  std::size_t first_, last_;
  const spec::DeviceSpec& device_;
  std::size_t engines_;
  Segment segment_;
  double cached_ = 0;
  std::vector<std::int32_t> op_of_;
  std::vector<double> streamed_;        ///< by layer: how often its weights have been moved
  std::vector<std::int32_t> buffered_;  ///< copy of a weight resident in each engine's buffers
};

}  // namespace

void emit_segment(Program& p, const std::vector<Layer>& layers, const std::vector<LayerPlan>& plans,
                  const SplitPlan& split, std::size_t first, std::size_t last,
                  const spec::DeviceSpec& d) {
  Emitter(p, layers, plans, split, first, last, d).run();
}

}  // namespace anesim::compiler
