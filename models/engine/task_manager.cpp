#include "models/engine/task_manager.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "models/clock.h"
#include "models/power/energy.h"
#include "sim/core/error.h"

namespace anesim::models {

using compiler::TaskDescriptor;
using compiler::Unit;

TaskManager::TaskManager(sc_core::sc_module_name name, std::size_t index,
                         const spec::DeviceSpec& spec, const Blocks& blocks, Exchange& exchange,
                         Recorder& recorder)
    : sc_module(name),
      index_(index),
      spec_(spec),
      blocks_(blocks),
      exchange_(exchange),
      recorder_(recorder),
      track_(recorder.track(fmt::format("ANE{} task manager", index))) {
  SC_HAS_PROCESS(TaskManager);
  SC_METHOD(on_timer);
  sensitive << timer_;
  dont_initialize();
}

void TaskManager::run(const std::vector<TaskDescriptor>& list, Hertz clock, bool meetings,
                      std::vector<OpRecord>* ops, const std::vector<int>* labels,
                      Completion* client, int tag) {
  check(client_ == nullptr, "an engine was started while busy");
  list_ = &list;
  position_ = 0;
  clock_ = clock;
  meetings_ = meetings;
  ops_ = ops;
  labels_ = labels;
  client_ = client;
  tag_ = tag;
  run_start_ = sc_core::sc_time_stamp();
  next();
}

void TaskManager::next() {
  if (position_ == list_->size()) {
    statistics_.busy_s += (sc_core::sc_time_stamp() - run_start_).to_seconds();
    Completion* client = std::exchange(client_, nullptr);
    client->completed(tag_);
    return;
  }
  const TaskDescriptor& t = (*list_)[position_];
  if (meetings_ && t.meeting != compiler::Meeting::none)
    exchange_.arrive(index_, t.meeting, this, met);
  else
    begin(Seconds(0));
}

Transfer TaskManager::tile_transfer(double bytes) const {
  const TaskDescriptor& t = (*list_)[position_];
  const double cached = t.cached_fraction;
  const bool moves = t.unit == Unit::dma;
  Transfer transfer;
  transfer.bytes = bytes;
  transfer.port_cost = cached * spec_.tile_dma.cached_weight(moves) +
                       (1 - cached) * spec_.tile_dma.memory_weight(moves);
  transfer.cached = cached;
  return transfer;
}

/// The wait for a slower engine is part of that engine's descriptor; the exchange itself, of both.
void TaskManager::begin(Seconds exchanged) {
  const TaskDescriptor& t = (*list_)[position_];
  exchanged_ = exchanged;
  start_ = sc_core::sc_time_stamp() - to_sc_time(exchanged);
  const int label = (*labels_)[static_cast<std::size_t>(t.op)];
  times_ = descriptor_times(t, spec_, clock_);
  before_ = streams();
  computing_ = computed_ = write_started_ = false;
  written_ = t.write_bytes == 0;
  timer_for_ = Timer::none;
  heads_ = inputs_ = 0;
  earliest_end_ = sc_core::sc_time_stamp();
  const double units = static_cast<double>(std::max<std::int64_t>(1, t.work_units));
  // Counted before the first is started: a transfer may complete its head at once.
  heads_ = inputs_ = (t.weight_bytes > 0) + (t.read_bytes > 0) + (t.overflow_bytes > 0);
  if (t.weight_bytes > 0) {
    Transfer weights;
    weights.bytes = static_cast<double>(t.weight_bytes);
    weights.port_cost = t.weight_seconds_per_byte_scale;
    weights.cached = t.weights_in_sram ? 1 : 0;
    blocks_.kernel_dma.start(weights, 1 / weight_pieces, label, this, weights_head, weights_all);
  }
  if (t.read_bytes > 0)
    blocks_.tile_read.start(tile_transfer(static_cast<double>(t.read_bytes)), 1 / units, label,
                            this, read_head, read_all);
  if (t.overflow_bytes > 0) {
    Transfer again;
    again.bytes = t.overflow_bytes;
    again.memory = false;
    blocks_.overflow.start(again, 1 / weight_pieces, label, this, overflow_head, overflow_all);
  }
  maybe_compute();
}

void TaskManager::maybe_compute() {
  if (heads_ > 0 || computing_) return;
  const TaskDescriptor& t = (*list_)[position_];
  const int label = (*labels_)[static_cast<std::size_t>(t.op)];
  computing_ = true;
  compute_start_ = sc_core::sc_time_stamp();
  statistics_.core_stall_s += (compute_start_ - start_).to_seconds();
  units_ = 0;
  if (t.unit == Unit::ne && times_.l2.value > 0) {
    // The cores start when L2 has brought the first of their input. Its end is an event of its own
    // only where it comes after theirs.
    const bool longer = times_.l2 > times_.cores_large;
    units_ = longer ? 2 : 1;
    blocks_.l2.start(to_sc_time(times_.l2 * spec_.l2.exposed), to_sc_time(times_.l2), longer, label,
                     this, l2_first, l2_done);
  } else if (t.unit == Unit::ne && times_.compute.value > 0) {
    start_cores();
  } else if (t.unit == Unit::planar) {
    units_ = 1;
    blocks_.planar.start(to_sc_time(times_.planar), label, this, planar_done);
  }
  if (t.write_bytes > 0) {
    const double units = static_cast<double>(std::max<std::int64_t>(1, t.work_units));
    if (units > 1) {
      timer_for_ = Timer::write;
      timer_.notify(to_sc_time(times_.compute * (1 / units)));
    }
  }
  if (units_ == 0) compute_done();
}

/// Cores with equal shares finish together: one of them keeps the time for all.
void TaskManager::start_cores() {
  const TaskDescriptor& t = (*list_)[position_];
  const int label = (*labels_)[static_cast<std::size_t>(t.op)];
  const auto& cores = blocks_.cores;
  const auto large = to_sc_time(times_.cores_large);
  const int n = std::min<int>(t.busy_cores, static_cast<int>(cores.size()));
  const bool small = times_.cores_small.value > 0 && n < static_cast<int>(cores.size());
  units_ += 1 + (small ? 1 : 0);
  cores[0]->start(large, label, this, cores_large_done);
  for (int c = 1; c < n; ++c) cores[static_cast<std::size_t>(c)]->follow(large, label);
  if (!small) return;
  const auto less = to_sc_time(times_.cores_small);
  cores[static_cast<std::size_t>(n)]->start(less, label, this, cores_small_done);
  for (int c = n + 1; c < static_cast<int>(cores.size()); ++c)
    cores[static_cast<std::size_t>(c)]->follow(less, label);
}

/// Cores and L2 (or the planar engine) have done their cycles; the last input may still be missing.
void TaskManager::compute_done() {
  units_ = 0;
  maybe_finish_compute();
}

void TaskManager::maybe_finish_compute() {
  if (!computing_ || units_ > 0 || inputs_ > 0 || computed_) return;
  const auto now = sc_core::sc_time_stamp();
  if (earliest_end_ > now) {
    timer_for_ = Timer::compute;
    timer_.notify(earliest_end_ - now);
    return;
  }
  if (timer_for_ == Timer::compute) return;
  computed_ = true;
  const TaskDescriptor& t = (*list_)[position_];
  if (t.write_bytes > 0) {
    timer_for_ = Timer::none;
    start_write();
  }
  if (written_) finish();
}

void TaskManager::on_timer() {
  const Timer what = std::exchange(timer_for_, Timer::none);
  if (what == Timer::write)
    start_write();
  else if (what == Timer::compute)
    maybe_finish_compute();
}

/// The write starts with the first finished work unit; its last unit waits for the computation.
void TaskManager::start_write() {
  const TaskDescriptor& t = (*list_)[position_];
  const int label = (*labels_)[static_cast<std::size_t>(t.op)];
  const double units = static_cast<double>(std::max<std::int64_t>(1, t.work_units));
  double share = 0;
  if (!write_started_) {
    write_started_ = true;
    write_last_ = computed_ || units <= 1;
    share = write_last_ ? 1 : (units - 1) / units;
  } else if (computed_ && !write_last_ && !blocks_.tile_write.busy()) {
    write_last_ = true;
    share = 1 / units;
  }
  if (share > 0)
    blocks_.tile_write.start(tile_transfer(static_cast<double>(t.write_bytes) * share), 1.0, label,
                             this, write_head, write_all);
}

void TaskManager::completed(int tag) {
  const TaskDescriptor& t = (*list_)[position_];
  const double units = static_cast<double>(std::max<std::int64_t>(1, t.work_units));
  auto input = [&](double fraction) {
    --inputs_;
    // The last piece of each input is still computed on after its arrival.
    earliest_end_ =
        std::max(earliest_end_, sc_core::sc_time_stamp() + to_sc_time(times_.compute * fraction));
    maybe_finish_compute();
  };
  switch (tag) {
    case met:
      begin(exchange_.latency((*list_)[position_].meeting));
      break;
    case weights_head:
    case read_head:
    case overflow_head:
      --heads_;
      maybe_compute();
      break;
    case weights_all:
    case overflow_all:
      input(1 / weight_pieces);
      break;
    case read_all:
      input(1 / units);
      break;
    case l2_first:
      start_cores();
      --units_;
      break;
    case l2_done:
    case cores_large_done:
    case cores_small_done:
      if (--units_ == 0) compute_done();
      break;
    case planar_done:
      compute_done();
      break;
    case write_head:
      break;
    case write_all:
      if (write_last_) {
        written_ = true;
        if (computed_) finish();
      } else if (computed_) {
        start_write();
      }
      break;
    default:
      check(false, "unknown completion of an engine");
  }
}

TaskManager::Streams TaskManager::streams() const {
  const auto& weights = blocks_.kernel_dma.statistics();
  const auto& read = blocks_.tile_read.statistics();
  const auto& write = blocks_.tile_write.statistics();
  return {weights.busy_s, weights.held_s, read.busy_s + write.busy_s, read.held_s + write.held_s};
}

Bound TaskManager::bound() const {
  const Bound largest = descriptor_bound((*list_)[position_], times_);
  const Streams now = streams();
  const auto mostly = [](double held, double busy) { return held > 0.5 * busy; };
  if (largest == Bound::weights &&
      mostly(now.weights_held_s - before_.weights_held_s, now.weights_s - before_.weights_s))
    return Bound::dram;
  if (largest == Bound::activations && mostly(now.activations_held_s - before_.activations_held_s,
                                              now.activations_s - before_.activations_s))
    return Bound::dram;
  return largest;
}

void TaskManager::finish() {
  const TaskDescriptor& t = (*list_)[position_];
  const auto end = sc_core::sc_time_stamp();
  const int label = (*labels_)[static_cast<std::size_t>(t.op)];
  recorder_.slice(track_, label, static_cast<std::int64_t>(start_.value()),
                  static_cast<std::int64_t>(end.value()));
  const double seconds = (end - start_).to_seconds();
  const auto bound = static_cast<std::size_t>(this->bound());
  const auto dispatch = static_cast<std::size_t>(Bound::dispatch);
  // One that only waits for the others has no time of its own.
  const bool works = t.macs > 0 || t.elements > 0 || t.weight_bytes > 0 || t.read_bytes > 0 ||
                     t.write_bytes > 0 || times_.compute.value > 0;
  if (works) {
    statistics_.bound_s[bound] += seconds - exchanged_.value;
    statistics_.bound_s[dispatch] += exchanged_.value;
  }
  ++statistics_.descriptors;
  statistics_.macs += t.macs;
  statistics_.elements += t.elements;
  if (works && ops_ && t.op >= 0) {
    OpRecord& r = (*ops_)[static_cast<std::size_t>(t.op)];
    const auto s = static_cast<std::int64_t>(start_.value());
    r.start_ps = r.start_ps < 0 ? s : std::min(r.start_ps, s);
    r.end_ps = std::max(r.end_ps, static_cast<std::int64_t>(end.value()));
    r.seconds[bound] += seconds - exchanged_.value;
    r.seconds[dispatch] += exchanged_.value;
    EnergyCounts counts;
    count(t, counts);
    r.joules += energy(counts, spec_.power).value;
    r.weight_bytes += t.weight_bytes;
    r.read_bytes += t.read_bytes;
    r.write_bytes += t.write_bytes;
  }
  ++position_;
  next();
}

}  // namespace anesim::models
