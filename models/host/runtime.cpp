#include "models/host/runtime.h"

#include <algorithm>
#include <string>
#include <unordered_map>

#include "models/clock.h"
#include "models/host/rules.h"
#include "sim/core/error.h"

namespace anesim::models {
namespace {

/// Completion tags carry the request and whether an engine or an agent has finished.
constexpr int engine_tag(std::size_t request) { return static_cast<int>(request) * 2; }
constexpr int agent_tag(std::size_t request) { return static_cast<int>(request) * 2 + 1; }

double us(sc_core::sc_time t) { return static_cast<double>(t.value()) * 1e-6; }

}  // namespace

Runtime::Runtime(sc_core::sc_module_name name, const spec::DeviceSpec& device,
                 const std::vector<spec::StackSpec>& stacks, const scenario::Scenario& scenario,
                 std::vector<LoadedProgram>& programs, std::vector<Engine*> engines, Fabric& fabric,
                 Recorder& recorder)
    : sc_module(name),
      device_(device),
      stacks_(stacks),
      scenario_(scenario),
      programs_(programs),
      engines_(std::move(engines)),
      fabric_(fabric),
      recorder_(recorder),
      host_rows_(recorder, "host"),
      cpu_rows_(recorder, "CPU operations"),
      gpu_rows_(recorder, "GPU operations"),
      submit_label_(recorder.label("submit")),
      complete_label_(recorder.label("complete")),
      issued_(scenario.streams.size(), 0),
      done_(scenario.streams.size(), 0),
      started_(scenario.streams.size(), 0) {
  SC_HAS_PROCESS(Runtime);
  SC_METHOD(on_wake);
  sensitive << wake_;
  dont_initialize();
  std::unordered_map<std::string, std::size_t> by_name;
  for (std::size_t s = 0; s < scenario_.streams.size(); ++s)
    by_name.emplace(scenario_.streams[s].name, s);
  waits_for_.assign(scenario_.streams.size(), 0);
  followers_.resize(scenario_.streams.size());
  for (std::size_t s = 0; s < scenario_.streams.size(); ++s) {
    auto before = scenario_.streams[s].also_after;
    if (!scenario_.streams[s].after.empty()) before.push_back(scenario_.streams[s].after);
    for (const auto& other : before) {
      const auto it = by_name.find(other);
      check(it != by_name.end(), "a stream waits for one that is not there");
      followers_[it->second].push_back(s);
      ++waits_for_[s];
    }
  }
  for (std::size_t s = 0; s < scenario_.streams.size(); ++s)
    if (waits_for_[s] == 0) start_stream(s);
}

bool Runtime::finished() const {
  for (std::size_t s = 0; s < scenario_.streams.size(); ++s)
    if (done_[s] < scenario_.streams[s].count) return false;
  return true;
}

const compiler::Program& Runtime::program_of(const Request& r) const {
  return *programs_[scenario_.streams[r.stream].program].program;
}

void Runtime::later(sc_core::sc_time delay, std::size_t request, Timed::What what) {
  timed_.push_back({sc_core::sc_time_stamp() + delay, order_++, request, what});
  const auto after = [](const Timed& a, const Timed& b) {
    return a.at != b.at ? a.at > b.at : a.order > b.order;
  };
  std::push_heap(timed_.begin(), timed_.end(), after);
  wake_.notify(timed_.front().at - sc_core::sc_time_stamp());
}

void Runtime::on_wake() {
  const auto after = [](const Timed& a, const Timed& b) {
    return a.at != b.at ? a.at > b.at : a.order > b.order;
  };
  while (!timed_.empty() && timed_.front().at <= sc_core::sc_time_stamp()) {
    std::pop_heap(timed_.begin(), timed_.end(), after);
    const Timed t = timed_.back();
    timed_.pop_back();
    switch (t.what) {
      case Timed::What::issue: {
        if (stopped_) break;
        ++under_way_;
        Request& r = requests_[t.request];
        r.issued = sc_core::sc_time_stamp();
        if (scenario_.streams[r.stream].host) {
          start_host_work(t.request);
          break;
        }
        const auto& stack = stack_of(r);
        Seconds host = copy_time(stack.input_copy, program_of(r).input_bytes) +
                       submit_time(stack, program_of(r));
        // After a long idle time the engine is switched off: the first call powers it up.
        if (t.request == 0 && scenario_.idle_s && uses_engine(program_of(r)) &&
            *scenario_.idle_s >= device_.governor.power_off.value)
          host = host + device_.governor.cold_call;
        host_s_ += host.value;
        draw_host(submit_label_, host);
        later(to_sc_time(host), t.request, Timed::What::submit);
        break;
      }
      case Timed::What::submit:
        submitted(t.request);
        break;
      case Timed::What::segment:
        start_segment(t.request);
        break;
      case Timed::What::finished:
        returned(t.request);
        break;
    }
  }
  if (!timed_.empty()) wake_.notify(timed_.front().at - sc_core::sc_time_stamp());
}

void Runtime::start_stream(std::size_t s) {
  const auto& stream = scenario_.streams[s];
  started_[s] = 1;
  const auto start = to_sc_time(microseconds(stream.start_us));
  if (!stream.arrivals_us.empty()) {
    for (std::size_t i = 0; i < stream.arrivals_us.size(); ++i)
      issue(s, static_cast<std::int64_t>(i),
            start + to_sc_time(microseconds(stream.arrivals_us[i])));
  } else if (stream.period_us) {
    for (std::int64_t i = 0; i < stream.count; ++i)
      issue(s, i, start + to_sc_time(microseconds(*stream.period_us * static_cast<double>(i))));
  } else {
    for (std::int64_t i = 0; i < std::min(stream.depth, stream.count); ++i) issue(s, i, start);
  }
}

void Runtime::issue(std::size_t stream, std::int64_t index, sc_core::sc_time delay) {
  Request r;
  r.stream = stream;
  r.index = index;
  r.order = order_++;
  requests_.push_back(std::move(r));
  ++issued_[stream];
  later(delay, requests_.size() - 1, Timed::What::issue);
}

void Runtime::submitted(std::size_t id) {
  requests_[id].queued = sc_core::sc_time_stamp();
  const auto& program = program_of(requests_[id]);
  const bool both = !program.segments.empty() && program.segments[0].engines.size() > 1;
  if (both && device_.dual.start.value > 0) {
    host_s_ += device_.dual.start.value;
    later(to_sc_time(device_.dual.start), id, Timed::What::segment);
  } else {
    start_segment(id);
  }
}

void Runtime::start_segment(std::size_t id) {
  Request& r = requests_[id];
  const auto& program = program_of(r);
  if (r.segment == program.segments.size()) {
    r.ended = sc_core::sc_time_stamp();
    if (r.segment == 0) r.started = r.ended;
    const auto& stack = stack_of(r);
    Seconds host = output_copy_time(stack, program);
    // An engine segment before a segment of another unit was waited for at the hand-over.
    if (!program.segments.empty() && program.segments.back().where == compiler::Where::ane)
      host = host + completion_time(stack, r.last_task);
    host_s_ += host.value;
    draw_host(complete_label_, host);
    later(to_sc_time(host), id, Timed::What::finished);
    return;
  }
  const auto& segment = program.segments[r.segment];
  if (r.segment == 0) {
    if (spare_.empty()) spare_.push_back(std::make_unique<std::vector<OpRecord>>());
    r.ops = std::move(spare_.back());
    spare_.pop_back();
    r.ops->assign(program.ops.size(), OpRecord{});
  }
  if (segment.where == compiler::Where::ane) {
    // Firmware order: priority, then arrival.
    const auto before = [&](std::size_t a, std::size_t b) {
      const int pa = scenario_.streams[requests_[a].stream].priority;
      const int pb = scenario_.streams[requests_[b].stream].priority;
      return pa != pb ? pa < pb : requests_[a].order < requests_[b].order;
    };
    waiting_.insert(std::upper_bound(waiting_.begin(), waiting_.end(), id, before), id);
    dispatch();
  } else {
    if (r.segment == 0) r.started = sc_core::sc_time_stamp();
    r.segment_start = sc_core::sc_time_stamp();
    r.agent_work = 0;
    agent_step(id);
  }
}

/// Gives free engines to waiting requests, first come first served within a priority; a request
/// that needs more engines than are free holds the ones behind it back.
void Runtime::dispatch() {
  while (!waiting_.empty()) {
    const std::size_t id = waiting_.front();
    Request& r = requests_[id];
    const auto& segment = program_of(r).segments[r.segment];
    // A program stays on one die; the first with enough free engines takes it.
    const auto per_die = static_cast<std::size_t>(device_.engine.count);
    std::vector<std::size_t> free;
    for (std::size_t die = 0; die * per_die < engines_.size(); ++die) {
      free.clear();
      for (std::size_t e = die * per_die; e < (die + 1) * per_die; ++e)
        if (!engines_[e]->busy() && free.size() < segment.engines.size()) free.push_back(e);
      if (free.size() == segment.engines.size()) break;
    }
    if (free.size() < segment.engines.size()) return;
    waiting_.erase(waiting_.begin());
    if (!r.on_engine_before && r.segment == 0) r.started = sc_core::sc_time_stamp();
    r.on_engine_before = true;
    r.segment_start = sc_core::sc_time_stamp();
    r.engines = free;
    r.engines_left = static_cast<int>(free.size());
    const auto& loaded = programs_[scenario_.streams[r.stream].program];
    const auto clock = device_.engine.clock;
    powered_.begin(r.segment_start.to_seconds());
    for (std::size_t k = 0; k < free.size(); ++k)
      engines_[free[k]]->run(segment.engines[k], clock, free.size() > 1, r.ops.get(),
                             &loaded.labels, this, engine_tag(id));
  }
}

void Runtime::agent_step(std::size_t id) {
  Request& r = requests_[id];
  const auto& segment = program_of(r).segments[r.segment];
  if (r.agent_work == segment.agent.size()) {
    segment_done(id);
    return;
  }
  const auto& w = segment.agent[r.agent_work];
  const bool gpu = segment.where == compiler::Where::gpu;
  const auto& agent = gpu ? device_.gpu : device_.cpu;
  Seconds t = agent_time(agent, w.flops, w.bytes);
  if (r.agent_work == 0) t = t + agent.start;
  r.agent_start_ps = now_ps().value;
  r.lane = (gpu ? gpu_rows_ : cpu_rows_).take(r.agent_start_ps);
  pass_memory(id, w.bytes, t);
}

/// Its time as it was, memory contention included.
void Runtime::agent_done(std::size_t id) {
  Request& r = requests_[id];
  const auto& segment = program_of(r).segments[r.segment];
  const auto op = static_cast<std::size_t>(segment.agent[r.agent_work].op);
  const auto now = now_ps().value;
  const double seconds = static_cast<double>(now - r.agent_start_ps) * 1e-12;
  OpRecord& record = (*r.ops)[op];
  if (record.start_ps < 0) record.start_ps = r.agent_start_ps;
  record.end_ps = now;
  record.seconds[static_cast<std::size_t>(Bound::host)] += seconds;
  host_s_ += seconds;
  (segment.where == compiler::Where::gpu ? gpu_rows_ : cpu_rows_)
      .release(r.lane, programs_[scenario_.streams[r.stream].program].labels[op], r.agent_start_ps,
               now);
  ++r.agent_work;
}

void Runtime::draw_host(int label, Seconds time) {
  const auto now = now_ps().value;
  const std::size_t row = host_rows_.take(now);
  host_rows_.release(row, label, now, now + to_picoseconds(time).value);
}

void Runtime::completed(int tag) {
  const auto id = static_cast<std::size_t>(tag / 2);
  if (tag % 2 == 1) {
    if (scenario_.streams[requests_[id].stream].host) {
      Request& r = requests_[id];
      r.ended = sc_core::sc_time_stamp();
      const auto now = now_ps().value;
      host_s_ += static_cast<double>(now - r.agent_start_ps) * 1e-12;
      const int label =
          recorder_.timeline() ? recorder_.label(scenario_.streams[r.stream].name) : 0;
      cpu_rows_.release(r.lane, label, r.agent_start_ps, now);
      returned(id);
    } else {
      agent_done(id);
      agent_step(id);
    }
    return;
  }
  if (--requests_[id].engines_left == 0) {
    segment_done(id);
    dispatch();
  }
}

void Runtime::segment_done(std::size_t id) {
  Request& r = requests_[id];
  const auto& program = program_of(r);
  const auto where = program.segments[r.segment].where;
  const auto worked = sc_core::sc_time_stamp() - r.segment_start;
  r.work_us[static_cast<std::size_t>(where)] += us(worked);
  if (where == compiler::Where::ane) {
    r.last_task = Seconds(worked.to_seconds());
    powered_.end(sc_core::sc_time_stamp().to_seconds());
  }
  ++r.segment;
  if (r.segment == program.segments.size()) {
    start_segment(id);
    return;
  }
  const Seconds cost =
      hand_over_time(stack_of(r), device_.placement, where, program.segments[r.segment].where,
                     r.last_task, r.on_engine_before);
  host_s_ += cost.value;
  later(to_sc_time(cost), id, Timed::What::segment);
}

void Runtime::returned(std::size_t id) {
  Request& r = requests_[id];
  const std::size_t of = r.stream;
  const auto& stream = scenario_.streams[of];
  if (r.ops) {
    std::swap(programs_[stream.program].ops, *r.ops);
    spare_.push_back(std::move(r.ops));
  }
  RequestResult out;
  out.stream = stream.name;
  out.index = r.index;
  out.issued_us = us(r.issued);
  out.start_us = us(r.started);
  out.end_us = us(r.ended);
  out.done_us = us(sc_core::sc_time_stamp());
  const auto worked = [&](compiler::Where unit) {
    return r.work_us[static_cast<std::size_t>(unit)];
  };
  out.engine_us = worked(compiler::Where::ane);
  out.cpu_us = stream.host ? out.end_us - out.start_us : worked(compiler::Where::cpu);
  out.gpu_us = worked(compiler::Where::gpu);
  results_.push_back(out);
  ++done_[of];
  --under_way_;
  const bool closed = stream.arrivals_us.empty() && !stream.period_us;
  if (closed && !stopped_ && issued_[of] < stream.count)
    issue(of, issued_[of], to_sc_time(microseconds(stream.gap_us)));
  if (done_[of] == stream.count) stream_done(of);
}

void Runtime::stream_done(std::size_t stream) {
  if (stopped_) return;
  for (const std::size_t s : followers_[stream])
    if (--waits_for_[s] == 0 && !started_[s]) start_stream(s);
}

/// Work of the CPU between programs: a flow through memory at the rate it needs when alone.
void Runtime::start_host_work(std::size_t id) {
  Request& r = requests_[id];
  const auto& work = *scenario_.streams[r.stream].host;
  r.started = sc_core::sc_time_stamp();
  const Seconds t = host_time(work, device_.cpu, stack_of(r));
  r.agent_start_ps = now_ps().value;
  r.lane = cpu_rows_.take(r.agent_start_ps);
  pass_memory(id, work.bytes, t);
}

void Runtime::pass_memory(std::size_t id, std::int64_t bytes, Seconds alone) {
  Transfer transfer;
  transfer.bytes = std::max<double>(1, static_cast<double>(bytes));
  transfer.limit = BytesPerSecond(transfer.bytes / alone.value);
  fabric_.start(transfer, this, agent_tag(id));
}

}  // namespace anesim::models
