// Totals and parts of a step made of several calls and host work (scenario::Step).
#include <algorithm>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "models/summary.h"

namespace anesim::models {
namespace {

constexpr std::size_t bound_count = 8;

double sum(const OpRecord& r) {
  double s = 0;
  for (const double v : r.seconds) s += v;
  return s;
}

/// "attention/layer3_q" counts as "attention".
std::string part_of(const std::string& op) {
  const auto slash = op.find('/');
  return slash == std::string::npos ? "other" : op.substr(0, slash);
}

class StepSummary {
 public:
  StepSummary(const RunView& v, Result& r) : v_(v), r_(r), step_(*v.scenario.step) {}

  void run() {
    for (std::size_t s = 0; s < v_.scenario.streams.size(); ++s)
      index_.emplace(v_.scenario.streams[s].name, s);
    for (const auto& q : r_.requests) add(q);
    StepResult out;
    out.unit = step_.unit;
    out.units = step_.units;
    for (const auto& [phase, span] : spans_) out.us += (span.last - span.first) * repeats(phase);
    out.engine_us = units_["engine"];
    out.engine_call_us = call_us_;
    out.bytes_read = read_bytes_;
    for (auto& [name, part] : parts_) {
      part.name = name;
      out.parts.push_back(part);
    }
    std::stable_sort(out.parts.begin(), out.parts.end(),
                     [](const StepPart& a, const StepPart& b) { return a.us > b.us; });
    totals(out.us);
    r_.step = std::move(out);
  }

 private:
  struct Span {
    double first = 1e300, last = 0;
  };
  double repeats(std::size_t phase) const {
    return phase < step_.repeats.size() ? static_cast<double>(step_.repeats[phase]) : 1;
  }

  void add(const RequestResult& q) {
    const auto& stream = v_.scenario.streams[index_.at(q.stream)];
    const double n = repeats(stream.phase);
    const auto calls = static_cast<std::int64_t>(n);
    Span& span = spans_[stream.phase];
    span.first = std::min(span.first, q.issued_us);
    span.last = std::max(span.last, q.done_us);
    const double whole = (q.done_us - q.issued_us) * n;
    units_["engine"] += q.engine_us * n;
    if (q.engine_us > 0) engine_calls_ += n;
    units_["cpu"] += q.cpu_us * n;
    units_["gpu"] += q.gpu_us * n;
    if (stream.host) {
      StepPart& part = parts_[stream.part.empty() ? "host" : stream.part];
      part.us += whole;
      part.calls += calls;
      part.host = true;
      host_us_ += whole;
      return;
    }
    const double task = (q.end_us - q.start_us) * n;
    task_us_ += task;
    call_us_ += whole;
    StepPart& around = parts_["calls"];
    around.us += whole - task;
    around.calls += calls;
    host_us_ += whole - task;
    program(stream, task, n);
  }

  /// Task time by operation, and what the call moved.
  void program(const scenario::Stream& stream, double task_us, double n) {
    const auto& loaded = v_.loaded[stream.program];
    const auto& program = v_.programs[stream.program];
    double all = 0;
    for (const auto& op : loaded.ops) all += sum(op);
    std::map<std::string, bool> called;
    for (std::size_t i = 0; i < loaded.ops.size(); ++i) {
      const OpRecord& op = loaded.ops[i];
      const std::string name =
          stream.part.empty() ? part_of(loaded.program->ops[i].name) : stream.part;
      StepPart& part = parts_[name];
      if (all > 0) part.us += task_us * sum(op) / all;
      part.weight_bytes += static_cast<std::int64_t>(n * static_cast<double>(op.weight_bytes));
      if (!std::exchange(called[name], true)) part.calls += static_cast<std::int64_t>(n);
      if (all > 0)
        for (std::size_t b = 0; b < bound_count; ++b) bound_us_[b] += task_us * op.seconds[b] / all;
      read_bytes_ += n * static_cast<double>(op.weight_bytes + op.read_bytes);
    }
    const EnergyCounts c = counts_of(program);
    add_counts(counts_, c, n);
    macs_ += n * static_cast<double>(program.macs);
    on_engine_ += n * static_cast<double>(program.macs_on_engine);
  }

  void totals(double us) {
    auto& t = r_.totals;
    t.simulated_us = us;
    t.bytes.erase("weights_stored");  // of programs; equal segments share one
    t.macs = static_cast<std::int64_t>(macs_);
    if (macs_ > 0) t.share_on_engine = on_engine_ / macs_;
    t.unit_us = units_;
    // After each call the shared power stays on for a while.
    const double held = engine_calls_ * v_.device.power.hold.value * 1e6;
    counts_.powered_s = std::min(us, units_["engine"] + held) * 1e-6;
    t.energy_mj = t.memory_energy_mj = t.call_energy_mj = t.machine_energy_mj =
        t.idle_energy_mj = {};
    if (units_["engine"] > 0) set_energy(t, counts_, v_.device.power, Seconds(us * 1e-6), 1);
    t.bytes["weights_moved"] = static_cast<std::int64_t>(counts_.weight_bytes);
    t.bytes["activations_moved"] = static_cast<std::int64_t>(counts_.activation_bytes);
    // Host work may run beside the engine: shares are of the step, the host's what is left.
    t.share_by_bound.clear();
    if (us <= 0) return;
    for (std::size_t b = 0; b < bound_count; ++b)
      if (bound_us_[b] > 0) t.share_by_bound[name(static_cast<Bound>(b))] = bound_us_[b] / us;
    t.share_by_bound[name(Bound::host)] +=
        std::clamp(std::min(host_us_, us - task_us_) / us, 0.0, 1.0);
  }

  const RunView& v_;
  Result& r_;
  const scenario::Step& step_;
  std::unordered_map<std::string, std::size_t> index_;
  std::map<std::size_t, Span> spans_;
  std::map<std::string, StepPart> parts_;
  EnergyCounts counts_;
  double bound_us_[bound_count] = {};
  std::map<std::string, double> units_;
  double task_us_ = 0, call_us_ = 0, host_us_ = 0, read_bytes_ = 0, macs_ = 0, on_engine_ = 0,
         engine_calls_ = 0;
};

}  // namespace

void summarise_step(const RunView& v, Result& r) { StepSummary(v, r).run(); }

}  // namespace anesim::models
