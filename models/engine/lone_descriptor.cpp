// The closed form of one descriptor on an idle machine: at most a dozen stretches of constant
// rates.
#include <algorithm>
#include <array>
#include <limits>
#include <span>

#include "models/engine/descriptor_time.h"
#include "models/memory/fair_share.h"
#include "models/memory/interleaving.h"
#include "sim/core/error.h"

namespace anesim::models {

using compiler::TaskDescriptor;
using compiler::Unit;

namespace {

constexpr double never = std::numeric_limits<double>::infinity();

/// What the streams of a descriptor pass: weight stream, tile DMA, on-chip SRAM, DRAM.
enum Link : int { kernel, tile, sram, dram };

struct Stream {
  Path path;
  double from_dram = 0;  ///< share of the bytes
  double limit = 0;      ///< bytes a second of the DRAM channels that it touches; 0: it rests
  double head = 0;       ///< bytes after which its user can begin; 0: nobody waits for that
  double left = 0;       ///< until the head has passed: of all bytes
  double after_end = 0;  ///< share of the computation that follows its last byte
  bool flows = false;
  double rate = 0;
  bool held = false;

  void start(double bytes, double head_share, const spec::MemorySpec& memory) {
    flows = bytes > 0;
    left = bytes;
    head = flows ? bytes * head_share : 0;
    limit = !flows          ? 0
            : from_dram > 0 ? dram_rate(bytes * from_dram, memory).value / from_dram
                            : never;
  }
  void end() {
    flows = false;
    limit = 0;
  }
  /// Seconds until the head, or the end, has passed.
  [[nodiscard]] double next() const { return flows ? (head > 0 ? head : left) / rate : never; }
};

struct Timer {
  double at = never;
  bool over = false;
  [[nodiscard]] double next(double now) const { return over ? never : std::max(0.0, at - now); }
};

class LoneDescriptor {
 public:
  LoneDescriptor(const TaskDescriptor& t, const spec::DeviceSpec& d, Hertz ne_clock)
      : times_(descriptor_times(t, d, ne_clock)),
        units_(static_cast<double>(std::max<std::int64_t>(1, t.work_units))),
        to_write_(static_cast<double>(t.write_bytes)),
        memory_(d.memory),
        capacity_{d.kernel_dma.rate.value, d.tile_dma.rate.value,
                  std::max(d.memory.sram_bandwidth.value, 1.0),
                  d.memory.dram_peak().value * d.memory.dram_efficiency} {
    weights().path = {{{kernel}, t.weight_seconds_per_byte_scale},
                      {{t.weights_in_sram ? sram : dram}, 1}};
    weights().from_dram = t.weights_in_sram ? 0 : 1;
    weights().start(static_cast<double>(t.weight_bytes), 1 / weight_pieces, d.memory);
    weights().after_end = 1 / weight_pieces;
    const bool moves = t.unit == Unit::dma;
    const double cached = t.cached_fraction;
    read().path = {
        {{tile},
         cached * d.tile_dma.cached_weight(moves) + (1 - cached) * d.tile_dma.memory_weight(moves)},
        {{sram}, cached},
        {{dram}, 1 - cached}};
    read().from_dram = 1 - cached;
    write().path = read().path;
    write().from_dram = read().from_dram;
    read().start(static_cast<double>(t.read_bytes), 1 / units_, d.memory);
    read().after_end = 1 / units_;
    overflow_head_.at = times_.overflow.value / weight_pieces;
    overflow_end_.at = times_.overflow.value;
  }

  double seconds() {
    for (;;) {
      react();
      if (computed_.over && to_write_ <= 0 && !write().flows) return now_;
      share_fairly(std::span<Stream>(streams_), capacity_, -1, scratch_);
      pass();
    }
  }

 private:
  Stream& weights() { return streams_[0]; }
  Stream& read() { return streams_[1]; }
  Stream& write() { return streams_[2]; }

  /// Starts what the last event has made possible.
  void react() {
    const double compute = times_.compute.value;
    if (begin_ == never && weights().head <= 0 && read().head <= 0 && overflow_head_.over) {
      begin_ = now_;
      if (to_write_ > 0 && units_ > 1) first_unit_.at = now_ + compute / units_;
    }
    // The last piece of each input is still computed on after its arrival.
    if (begin_ < never && computed_.at == never && !weights().flows && !read().flows &&
        overflow_end_.over)
      computed_.at = std::max(begin_ + compute, earliest_end_);
    if (computed_.at <= now_) computed_.over = true;
    // The write begins with the first finished work unit; its last unit waits for the computation.
    if (to_write_ <= 0 || write().flows) return;
    double piece = 0;
    if (computed_.over)
      piece = to_write_;
    else if (first_unit_.over && !first_written_)
      piece = to_write_ * (units_ - 1) / units_;
    if (piece <= 0) return;
    first_written_ = true;
    to_write_ = computed_.over ? 0 : to_write_ - piece;
    write().start(piece, 0, memory_);
  }

  void arrived(double at, double share) {
    earliest_end_ = std::max(earliest_end_, at + share * times_.compute.value);
  }

  /// To the next event, at the present rates.
  void pass() {
    Timer* const timers[] = {&overflow_head_, &overflow_end_, &first_unit_, &computed_};
    double step = never;
    for (const Stream& s : streams_) step = std::min(step, s.next());
    for (const Timer* t : timers) step = std::min(step, t->next(now_));
    check(step < never, "a lone descriptor that nothing ends");
    for (Stream& s : streams_) {
      if (!s.flows) continue;
      const bool arrives = s.next() <= step;
      const double moved = arrives ? (s.head > 0 ? s.head : s.left) : s.rate * step;
      s.left -= moved;
      const bool was_head = s.head > 0;
      if (was_head) s.head = arrives ? 0 : s.head - moved;
      if (!arrives || (was_head && s.left > 0)) continue;
      s.end();
      arrived(now_ + step, s.after_end);
    }
    for (Timer* t : timers) {
      if (t->over || t->next(now_) > step) continue;
      t->over = true;
      if (t == &overflow_end_ && t->at > 0) arrived(now_ + step, 1 / weight_pieces);
    }
    now_ += step;
  }

  DescriptorTimes times_;
  double units_;
  double to_write_;  ///< bytes whose write has not begun
  const spec::MemorySpec& memory_;
  std::array<double, 4> capacity_;  ///< by Link
  std::array<Stream, 3> streams_;
  FairScratch scratch_;
  Timer overflow_head_, overflow_end_, first_unit_, computed_;
  double now_ = 0;
  double begin_ = never;
  double earliest_end_ = 0;  ///< of the computation, as the inputs have arrived
  bool first_written_ = false;
};

}  // namespace

Seconds lone_descriptor_time(const TaskDescriptor& t, const spec::DeviceSpec& d, Hertz ne_clock) {
  return Seconds(LoneDescriptor(t, d, ne_clock).seconds());
}

}  // namespace anesim::models
