// The closed formula under the conditions of a case: which engines, clock and callers; steps and
// traces as sums of their calls along the longest chain of streams that wait for each other.
#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "traces/graph/work.h"
#include "validate/baseline/closed_formula.h"
#include "validate/judge/convert.h"
#include "validate/predict/programs.h"
#include "validate/predict/run.h"
#include "validate/predict/step_predictor.h"

namespace anesim::validate {
namespace {

/// One call, or several.
struct Calls {
  double count = 0, task = 0, call = 0, joules = 0, bytes = 0, macs = 0, engines = 1;
};

/// On the engines asked for, else on those with which a call is shortest.
Calls one_call(const graph::Graph& g, const spec::DeviceSpec& d, const spec::StackSpec& s,
               std::optional<std::int64_t> engines) {
  Calls best;
  const int most = s.engine_split ? d.engine.count : 1;
  for (int n = 1; n <= std::max(most, static_cast<int>(engines.value_or(1))); ++n) {
    if (engines && n != *engines) continue;
    const FormulaTask task = formula_task(g, d, n);
    const double call = task.seconds + formula_host_seconds(g, d, s, task.seconds, n);
    if (best.count == 0 || call < best.call)
      best = {1, task.seconds, call, task.joules, task.bytes, 0, static_cast<double>(n)};
  }
  best.macs = static_cast<double>(graph::work_of(g).macs);
  return best;
}

double host_seconds(const scenario::HostWork& w, const spec::DeviceSpec& d,
                    const spec::StackSpec& s) {
  const double rate = w.rate > 0 ? std::min(w.rate, d.cpu.bandwidth.value) : d.cpu.bandwidth.value;
  const double compile = s.compile.value + static_cast<double>(w.baked_weights) / s.compile_weights;
  return std::max(w.flops / d.cpu.flops, static_cast<double>(w.bytes) / rate) + w.fixed_us * 1e-6 +
         static_cast<double>(w.compiled) * compile +
         static_cast<double>(w.reloaded) * s.reload.value;
}

/// All calls of a scenario, and how long it lasts: per phase the longest chain of streams, at least
/// the engine's work.
struct Sum : Calls {
  double whole = 0;
};
Sum sum_of(const scenario::Scenario& s, const spec::DeviceSpec& d, const spec::StackSpec& stack,
           std::optional<std::int64_t> engines) {
  Sum sum;
  std::map<std::size_t, Calls> programs;
  std::map<std::string, double> done;
  std::map<std::size_t, double> last, busy;  // by phase
  for (const scenario::Stream& stream : s.streams) {
    double start = 0, lasts = 0;
    if (!stream.after.empty()) start = done[stream.after];
    for (const std::string& other : stream.also_after) start = std::max(start, done[other]);
    const double n = s.step && stream.phase < s.step->repeats.size()
                         ? static_cast<double>(s.step->repeats[stream.phase])
                         : 1;
    if (stream.host) {
      lasts = host_seconds(*stream.host, d, stack);
    } else {
      const auto [found, fresh] = programs.try_emplace(stream.program);
      if (fresh) found->second = one_call(s.programs[stream.program].graph, d, stack, engines);
      const Calls& c = found->second;
      const double count = static_cast<double>(stream.count);
      lasts = count * (c.call + stream.gap_us * 1e-6);
      busy[stream.phase] += count * c.task;
      for (double Calls::*m :
           {&Calls::count, &Calls::task, &Calls::call, &Calls::joules, &Calls::bytes, &Calls::macs})
        sum.*m += n * count * c.*m;
    }
    done[stream.name] = start + lasts;
    last[stream.phase] = std::max(last[stream.phase], start + lasts);
  }
  for (const auto& [phase, end] : last) {
    const bool known = s.step && phase < s.step->repeats.size();
    sum.whole +=
        (known ? static_cast<double>(s.step->repeats[phase]) : 1) * std::max(end, busy[phase]);
  }
  return sum;
}

Prediction answer(const Converted& c) {
  if (!c.value) return Prediction::unsupported(c.reason);
  Prediction p;
  p.status = Status::ok;
  p.value = *c.value;
  return p;
}

class FormulaPredictor {
 public:
  explicit FormulaPredictor(PredictorOptions options) : options_(std::move(options)) {}

  Prediction operator()(const CaseRequest& r) {
    if (!r.unsupported.empty()) return Prediction::unsupported(r.unsupported);
    auto device = device_for(r.chip);
    auto stack = stack_for(r.stack, device);
    device = spec::through(stack, device);
    if (r.step) return step(r, device, stack);
    if (r.zero_copy) stack.input_copy = stack.output_copy = BytesPerSecond(0);
    if (r.ne_hertz) device.engine.clock = Hertz(*r.ne_hertz);
    if (r.planar_lowest)
      device.planar.clock = Hertz(device.planar.clock.value * device.governor.planar_lowest);
    if (r.idle_s && *r.idle_s >= device.governor.power_off.value && r.call_index <= 1)
      stack.submit = stack.submit + device.governor.cold_call;
    if (r.other_memory)  // half of the memory for each
      device.kernel_dma.rate = std::min(
          device.kernel_dma.rate,
          BytesPerSecond(device.memory.dram_peak().value * device.memory.dram_efficiency / 2));
    if (r.scenario) return answer(convert(r, of_trace(r, device, stack)));
    if (r.points.empty()) return Prediction::unsupported("no graph");
    std::vector<Outcome> outcomes;
    for (const PointRequest& point : r.points)
      outcomes.push_back(outcome_of(r, point, device, stack));
    return answer(convert(r, fit_points(r, outcomes)));
  }

 private:
  /// Energies of so many calls on every supply, from that of the engine.
  static Totals supplies(double engine, double bytes, double calls, double seconds,
                         const spec::PowerSpec& p) {
    const double memory = bytes * p.joules_per_dram_byte, call = calls * p.joules_per_call,
                 idle = p.idle.value * seconds;
    Totals t;
    t.energy_mj = 1e3 * engine;
    t.memory_energy_mj = 1e3 * memory;
    t.call_energy_mj = 1e3 * call;
    t.idle_energy_mj = 1e3 * idle;
    t.machine_energy_mj = 1e3 * (idle + (engine + memory + call) / p.supply_efficiency +
                                 bytes * p.joules_per_system_byte);
    return t;
  }

  Prediction step(const CaseRequest& r, const spec::DeviceSpec& d, const spec::StackSpec& stack) {
    const scenario::Scenario s = scenario_of(*r.step, options_.data_root);
    const Sum sum = sum_of(s, d, stack, r.engines);
    Result result;
    result.totals = supplies(sum.joules + d.power.shared.value * sum.whole, sum.bytes, sum.count,
                             sum.whole, d.power);
    result.totals.macs = static_cast<std::int64_t>(sum.macs);
    result.step = StepResult{.unit = s.step->unit,
                             .units = s.step->units,
                             .us = sum.whole * 1e6,
                             .engine_us = sum.task * 1e6,
                             .engine_call_us = sum.call * 1e6,
                             .bytes_read = sum.bytes,
                             .parts = {}};
    return answer(step_value(r, result));
  }

  static Outcome of_trace(const CaseRequest& r, const spec::DeviceSpec& d,
                          const spec::StackSpec& stack) {
    const scenario::Scenario s = trace_of(*r.scenario);
    const Sum sum = sum_of(s, d, stack, r.engines);
    const bool whole = r.scenario->value == ScenarioValue::whole;
    const double n = whole ? 1 : sum.count;
    Outcome o;
    for (const auto& stream : s.streams) {
      if (stream.host) continue;
      const auto work = graph::work_of(s.programs.at(stream.program).graph);
      const double share = static_cast<double>(stream.count) / n;
      o.weight_bytes += share * static_cast<double>(work.weight_bytes);
      o.moved_bytes += share * static_cast<double>(work.input_bytes + work.output_bytes);
      o.elements += share * static_cast<double>(work.elementwise_ops);
    }
    o.macs = sum.macs / n;
    o.seconds = (whole ? sum.whole : r.clock == Clock::task ? sum.task : sum.call) / n;
    o.joules = joules_of(supplies(sum.joules + d.power.shared.value * sum.whole, sum.bytes,
                                  sum.count, sum.whole, d.power),
                         r.rail) /
               n;
    o.watts = *o.joules / o.seconds;
    o.hertz = d.engine.clock.value;
    o.busy = sum.task / sum.whole;
    o.cores = d.engine.cores;
    return o;
  }

  Outcome outcome_of(const CaseRequest& r, const PointRequest& point, spec::DeviceSpec d,
                     const spec::StackSpec& stack) {
    const graph::Graph g = make_program(point.program, options_.graphs);
    Calls c = one_call(g, d, stack, r.engines);
    const double sleep = r.sleep_us * 1e-6, top = d.engine.clock.value;
    if (sleep > 0 && !r.ne_hertz && d.governor.lowest.value > 0) {
      // The clock at which the engine is as busy as the governor wants it.
      const double share = d.governor.busy_target / (1 - d.governor.busy_target);
      d.engine.clock = Hertz(std::clamp(top * c.task / (share * (c.call - c.task + sleep)),
                                        d.governor.lowest.value, top));
      c = one_call(g, d, stack, r.engines);
    }
    double wait = 0;  // for another program's task
    if (r.beside)
      wait = one_call(make_program(*r.beside, options_.graphs), d, stack, r.engines).task;
    const double submit =
        c.task + stack.driver_submit.value + (c.engines > 1 ? d.dual.start.value : 0);
    Outcome o;
    switch (r.point_clock) {
      case Clock::task:
        o.seconds = c.task;
        break;
      case Clock::submit:
        o.seconds = submit;
        break;
      case Clock::gap:
        o.seconds = c.call - submit + sleep;
        break;
      default:
        o.seconds = c.call + wait;
        break;
    }
    const double callers = static_cast<double>(
        r.submission.processes * std::max(r.submission.in_flight, r.submission.batch));
    if (callers > 1)
      o.calls_per_second = std::min(1 / (c.task + stack.pipelined.value), callers / c.call);
    const graph::Work work = graph::work_of(g);
    o.macs = static_cast<double>(work.macs);
    o.weight_bytes = static_cast<double>(work.weight_bytes);
    o.moved_bytes = static_cast<double>(work.input_bytes + work.output_bytes);
    o.elements = static_cast<double>(work.elementwise_ops);
    o.hertz = d.engine.clock.value;
    // Between the calls of a loop the engine keeps its power, not while the caller sleeps.
    o.joules = joules_of(
        supplies(c.joules + d.power.shared.value * c.call, c.bytes, 1, c.call + sleep, d.power),
        r.rail);
    o.watts = *o.joules / (c.call + sleep);
    o.busy = c.task / (c.call + sleep);
    o.engines = static_cast<double>(r.engines.value_or(1));
    o.cores = d.engine.cores;
    return o;
  }

  const spec::DeviceSpec& device_for(const std::string& chip) {
    const auto it = devices_.find(chip);
    if (it != devices_.end()) return it->second;
    return devices_[chip] = spec::resolve_device(options_.data_root, chip, options_.overrides);
  }
  const spec::StackSpec& stack_for(const std::string& stack, const spec::DeviceSpec& device) {
    const auto [it, fresh] = stacks_.try_emplace({stack, device.chip});
    if (fresh)
      it->second = spec::resolve_stack(options_.data_root, stack, device, options_.overrides);
    return it->second;
  }

  PredictorOptions options_;
  std::map<std::string, spec::DeviceSpec> devices_;
  std::map<std::pair<std::string, std::string>, spec::StackSpec> stacks_;
};

}  // namespace

Predict formula_predictor(const PredictorOptions& options) { return FormulaPredictor(options); }

}  // namespace anesim::validate
