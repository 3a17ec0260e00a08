#include "models/engine/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "models/clock.h"
#include "sim/core/error.h"

namespace anesim::models {

using compiler::TaskDescriptor;
using compiler::Unit;

Engine::Engine(sc_core::sc_module_name name, std::size_t index, const spec::DeviceSpec& spec,
               FlowNetwork& network, const EnginePaths& paths, Exchange& exchange,
               Recorder& recorder)
    : sc_module(name),
      index_(index),
      spec_(spec),
      paths_(paths),
      exchange_(exchange),
      recorder_(recorder),
      planar_("planar_engine", recorder, fmt::format("ANE{} planar engine", index)),
      kernel_dma_("kernel_dma", network, recorder, fmt::format("ANE{} kernel DMA", index)),
      tile_read_("tile_dma_read", network, recorder, fmt::format("ANE{} tile DMA read", index)),
      tile_write_("tile_dma_write", network, recorder, fmt::format("ANE{} tile DMA write", index)),
      overflow_("l2_overflow", network, recorder, fmt::format("ANE{} L2 overflow", index)),
      track_(recorder.track(fmt::format("ANE{} task manager", index))) {
  for (int c = 0; c < spec.engine.cores; ++c)
    cores_.push_back(std::make_unique<SerialUnit>(fmt::format("ne_core_{}", c).c_str(), recorder,
                                                  fmt::format("ANE{} core {}", index, c)));
  SC_HAS_PROCESS(Engine);
  SC_METHOD(on_timer);
  sensitive << timer_;
  dont_initialize();
}

void Engine::run(const std::vector<TaskDescriptor>& list, Hertz clock, bool meetings,
                 std::vector<OpRecord>* ops, const std::vector<int>* labels, Completion* client,
                 int tag) {
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

void Engine::next() {
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

Path Engine::tile_path(const TaskDescriptor& t) const {
  const double cached = t.cached_fraction;
  const bool moves = t.unit == Unit::dma;
  Path path{{paths_.tile, cached * spec_.tile_dma.cached_weight(moves) +
                              (1 - cached) * spec_.tile_dma.memory_weight(moves)}};
  if (cached > 0) path.push_back({paths_.sram, cached, cached});
  if (cached < 1) path.push_back({paths_.dram, 1 - cached, 1 - cached});
  return path;
}

/// The wait for a slower engine is part of that engine's descriptor; the exchange itself, of both.
void Engine::begin(Seconds exchanged) {
  const TaskDescriptor& t = (*list_)[position_];
  exchanged_ = exchanged;
  start_ = sc_core::sc_time_stamp() - to_sc_time(exchanged);
  const int label = (*labels_)[static_cast<std::size_t>(t.op)];
  times_ = descriptor_times(t, spec_, clock_);
  computing_ = computed_ = write_started_ = false;
  written_ = t.write_bytes == 0;
  timer_for_ = Timer::none;
  heads_ = inputs_ = 0;
  last_fraction_ = 0;
  last_input_ = sc_core::sc_time_stamp();
  const double units = static_cast<double>(std::max<std::int64_t>(1, t.work_units));
  // Counted before the first is started: a transfer may complete its head at once.
  heads_ = inputs_ = (t.weight_bytes > 0) + (t.read_bytes > 0) + (t.overflow_bytes > 0);
  if (t.weight_bytes > 0)
    kernel_dma_.start({{paths_.kernel, t.weight_seconds_per_byte_scale},
                       {t.weights_in_sram ? paths_.sram : paths_.dram, 1}},
                      static_cast<double>(t.weight_bytes), 1 / weight_pieces, label, this,
                      weights_head, weights_all);
  if (t.read_bytes > 0)
    tile_read_.start(tile_path(t), static_cast<double>(t.read_bytes), 1 / units, label, this,
                     read_head, read_all);
  if (t.overflow_bytes > 0)
    overflow_.start({{paths_.overflow, 1}}, t.overflow_bytes, 1 / weight_pieces, label, this,
                    overflow_head, overflow_all);
  maybe_compute();
}

void Engine::maybe_compute() {
  if (heads_ > 0 || computing_) return;
  const TaskDescriptor& t = (*list_)[position_];
  const int label = (*labels_)[static_cast<std::size_t>(t.op)];
  computing_ = true;
  compute_start_ = sc_core::sc_time_stamp();
  statistics_.core_stall_s += (compute_start_ - start_).to_seconds();
  units_ = 0;
  if (t.unit == Unit::ne && times_.compute.value > 0) {
    // Cores with equal shares finish together: one of them keeps the time for all.
    const auto large = to_sc_time(times_.compute);
    const int n = std::min<int>(t.busy_cores, static_cast<int>(cores_.size()));
    const bool small = times_.cores_small.value > 0 && n < static_cast<int>(cores_.size());
    units_ = 1 + (small ? 1 : 0);
    cores_[0]->start(large, label, this, cores_large_done);
    for (int c = 1; c < n; ++c) cores_[static_cast<std::size_t>(c)]->follow(large, label);
    if (small) {
      const auto less = to_sc_time(times_.cores_small);
      cores_[static_cast<std::size_t>(n)]->start(less, label, this, cores_small_done);
      for (int c = n + 1; c < static_cast<int>(cores_.size()); ++c)
        cores_[static_cast<std::size_t>(c)]->follow(less, label);
    }
  } else if (t.unit == Unit::planar) {
    units_ = 1;
    planar_.start(to_sc_time(times_.planar), label, this, planar_done);
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

/// All cores (or the planar engine) have done their cycles; the last input may still be missing.
void Engine::compute_done() {
  units_ = 0;
  maybe_finish_compute();
}

void Engine::maybe_finish_compute() {
  if (!computing_ || units_ > 0 || inputs_ > 0 || computed_) return;
  // What arrives last is still computed on after its arrival.
  const auto earliest = last_input_ + to_sc_time(times_.compute * last_fraction_);
  const auto now = sc_core::sc_time_stamp();
  if (earliest > now) {
    timer_for_ = Timer::compute;
    timer_.notify(earliest - now);
    last_fraction_ = 0;
    last_input_ = now;
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

void Engine::on_timer() {
  const Timer what = std::exchange(timer_for_, Timer::none);
  if (what == Timer::write)
    start_write();
  else if (what == Timer::compute)
    maybe_finish_compute();
}

/// The write starts with the first finished work unit; its last unit waits for the computation.
void Engine::start_write() {
  const TaskDescriptor& t = (*list_)[position_];
  const int label = (*labels_)[static_cast<std::size_t>(t.op)];
  const double units = static_cast<double>(std::max<std::int64_t>(1, t.work_units));
  if (!write_started_) {
    write_started_ = true;
    if (computed_ || units <= 1) {
      write_last_ = true;
      tile_write_.start(tile_path(t), static_cast<double>(t.write_bytes), 1.0, label, this,
                        write_head, write_all);
    } else {
      write_last_ = false;
      tile_write_.start(tile_path(t), static_cast<double>(t.write_bytes) * (units - 1) / units, 1.0,
                        label, this, write_head, write_all);
    }
    return;
  }
  if (computed_ && !write_last_ && !tile_write_.busy()) {
    write_last_ = true;
    tile_write_.start(tile_path(t), static_cast<double>(t.write_bytes) / units, 1.0, label, this,
                      write_head, write_all);
  }
}

void Engine::completed(int tag) {
  const TaskDescriptor& t = (*list_)[position_];
  const double units = static_cast<double>(std::max<std::int64_t>(1, t.work_units));
  auto input = [&](double fraction) {
    --inputs_;
    last_input_ = sc_core::sc_time_stamp();
    last_fraction_ = fraction;
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
      input(1 / weight_pieces);
      break;
    case overflow_all:
      input(1 / weight_pieces);
      break;
    case read_all:
      input(1 / units);
      break;
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

void Engine::finish() {
  const TaskDescriptor& t = (*list_)[position_];
  const auto end = sc_core::sc_time_stamp();
  const int label = (*labels_)[static_cast<std::size_t>(t.op)];
  recorder_.slice(track_, label, static_cast<std::int64_t>(start_.value()),
                  static_cast<std::int64_t>(end.value()));
  const double seconds = (end - start_).to_seconds();
  const auto bound = static_cast<std::size_t>(descriptor_bound(t, times_));
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
  statistics_.l2_s += times_.l2.value;
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
