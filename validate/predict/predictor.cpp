#include "validate/predict/predictor.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "models/context.h"
#include "models/host/governor.h"
#include "models/machine.h"
#include "models/power/energy.h"
#include "sim/config/yaml.h"
#include "sim/core/text.h"
#include "traces/graph/work.h"
#include "traces/scenario/trace_reader.h"
#include "traces/workloads/workloads.h"
#include "validate/judge/convert.h"
#include "validate/predict/company.h"
#include "validate/predict/run.h"
#include "validate/predict/step_predictor.h"

namespace anesim::validate {
namespace {

/// Compute units as the files word them ("CPU_AND_NE", "ALL (default)", "Neural Engine").
compiler::ComputeUnits units_of(const CaseRequest& r) {
  const std::string words = r.measured->conditions.compute_units.value_or("");
  return words.starts_with("ALL") ? compiler::ComputeUnits::all
                                  : compiler::ComputeUnits::cpu_and_ne;
}

class Predictor {
 public:
  explicit Predictor(PredictorOptions options) : options_(std::move(options)) {}

  Prediction operator()(const CaseRequest& r) {
    if (!r.unsupported.empty()) return Prediction::unsupported(r.unsupported);
    if (r.step) {
      const auto& chip = device_for(r.chip);
      return predict_step(r, chip, stack_for(r.stack, chip), options_.data_root);
    }
    if (r.clock_step) return rise(r);
    if (r.points.empty() && !r.scenario) return Prediction::unsupported("no graph");
    auto device = device_for(r.chip);
    auto stack = stack_for(r.stack, device);
    if (r.zero_copy) {
      stack.input_copy = BytesPerSecond(0);
      stack.output_copy = BytesPerSecond(0);
    }
    if (r.rail == Rail::engine_above_idle) device.power.hold = Seconds(0);
    if (r.ne_hertz) device.engine.clock = Hertz(*r.ne_hertz);
    if (r.planar_lowest)
      device.planar.clock = Hertz(device.planar.clock.value * device.governor.planar_lowest);
    if (r.idle_s && r.call_index <= 1) {
      if (!r.ne_hertz)
        device = models::at_clock(device, models::clock_after_idle(device, Seconds(*r.idle_s)));
      if (*r.idle_s >= device.governor.power_off.value)
        stack.submit = stack.submit + device.governor.cold_call;
      else if (*r.idle_s >= device.governor.ramp_down.value)
        stack.submit = stack.submit + device.governor.idle_exit;
    }
    if (r.other_memory && !other_traffic(*r.other_memory, device))
      return Prediction::unsupported("other memory traffic: " + printable(*r.other_memory));
    if (r.scenario) return prediction(r, run_scenario(r, device, stack));
    std::vector<Outcome> outcomes;
    for (const auto& point : r.points) outcomes.push_back(run_point(r, point, device, stack));
    return prediction(r, fit_points(r, outcomes));
  }

 private:
  static Prediction prediction(const CaseRequest& r, const Outcome& fitted) {
    const Converted c = convert(r, fitted);
    if (!c.value) return Prediction::unsupported(c.reason);
    Prediction p;
    p.status = Status::ok;
    p.value = *c.value;
    p.breakdown = {.macs = fitted.macs,
                   .bytes = fitted.weight_bytes + fitted.moved_bytes,
                   .seconds_by_bound = fitted.seconds_by_bound};
    return p;
  }

  /// The time of a step of the clock.
  Prediction rise(const CaseRequest& r) {
    Outcome o;
    o.seconds =
        models::rise_time(device_for(r.chip), r.clock_step->from, r.clock_step->until).value;
    if (o.seconds <= 0) return Prediction::unsupported("the device's clock makes no such step");
    return prediction(r, o);
  }

  models::ReplayOptions options_for(const CaseRequest& r, const spec::StackSpec& stack) const {
    models::ReplayOptions o;
    // Two programs of one engine each use two.
    const std::int64_t engines = r.beside ? (r.engines.value_or(1) + 1) / 2 : r.engines.value_or(0);
    o.compiler.engines = static_cast<int>(engines);
    o.compiler.allow_split = stack.engine_split || engines > 1;
    o.compiler.force_engine = !r.placed;
    o.compiler.segmenter = stack.segmenter;
    o.compiler.units = units_of(r);
    o.compiler.zero_activations = r.zero_activations;
    return o;
  }

  Run simulate(const CaseRequest& r, const graph::Graph& g, const spec::DeviceSpec& device,
               const spec::StackSpec& stack) const {
    const bool company = r.beside || r.other_memory;
    scenario::Scenario s = scenario::single_call(g);
    const std::int64_t in_flight = std::max(r.submission.in_flight, r.submission.batch);
    const std::int64_t callers = r.submission.processes;
    const bool many = callers > 1 || in_flight > 1;
    s.streams[0].depth = in_flight;
    s.streams[0].count = many ? 16 * in_flight : 1;
    for (std::int64_t i = 1; i < callers; ++i) {
      auto copy = s.streams[0];
      copy.name = fmt::format("process {}", i + 1);
      s.streams.push_back(copy);
    }
    const models::ReplayOptions o = options_for(r, stack);
    if (company) {
      s.streams[0].name = "call";
      s.streams[0].count = 16;
    }
    if (r.other_memory) s.traffic.push_back(*other_traffic(*r.other_memory, device));
    if (r.beside) {
      graph::Graph other = make_program(*r.beside, options_.graphs);
      const double alone = once(g, device, stack, o), beside = once(other, device, stack, o);
      add_process_beside(s, std::move(other), alone, beside);
    }
    const models::FreshContext context;
    return run_of(models::replay(s, device, {stack}, o), r.rail, company ? "call" : "");
  }

  /// Seconds of one call that has the machine for itself.
  static double once(const graph::Graph& g, const spec::DeviceSpec& device,
                     const spec::StackSpec& stack, const models::ReplayOptions& o) {
    const models::FreshContext context;
    return run_of(models::replay(scenario::single_call(g), device, {stack}, o), Rail::engine)
        .call_s;
  }

  /// A trace written by hand. Its own device and idle time give way to those of the case.
  Outcome run_scenario(const CaseRequest& r, const spec::DeviceSpec& device,
                       const spec::StackSpec& stack) const {
    const scenario::Scenario s = trace_of(*r.scenario);
    const models::FreshContext context;
    const Run run = run_of(models::replay(s, device, {stack}, options_for(r, stack)), r.rail);
    const bool whole = r.scenario->value == ScenarioValue::whole;
    Outcome o;
    double calls = 0;
    for (const auto& stream : s.streams) {
      const auto work = graph::work_of(s.programs.at(stream.program).graph);
      const double n = static_cast<double>(stream.count);
      o.macs += n * static_cast<double>(work.macs);
      o.weight_bytes += n * static_cast<double>(work.weight_bytes);
      o.moved_bytes += n * static_cast<double>(work.input_bytes + work.output_bytes);
      o.elements += n * static_cast<double>(work.elementwise_ops);
      calls += n;
    }
    if (!whole)
      for (double Outcome::*amount :
           {&Outcome::macs, &Outcome::weight_bytes, &Outcome::moved_bytes, &Outcome::elements})
        o.*amount /= calls;
    o.seconds = whole ? run.whole_s : r.clock == Clock::task ? run.task_s : run.call_s;
    o.joules = run.joules * (whole ? run.calls : 1);
    o.watts = *o.joules / o.seconds;
    o.hertz = device.engine.clock.value;
    o.busy = run.busy_share;
    o.engines = static_cast<double>(r.engines.value_or(1));
    o.cores = device.engine.cores;
    for (const auto& [bound, share] : run.share_by_bound)
      o.seconds_by_bound[bound] = share * o.seconds;
    return o;
  }

  Outcome run_point(const CaseRequest& r, const PointRequest& point, spec::DeviceSpec device,
                    spec::StackSpec stack) const {
    const graph::Graph g = make_program(point.program, options_.graphs);
    if (r.sleep_us > 0) stack.submit = stack.submit + stack.sleep_wake;
    Run run = simulate(r, g, device, stack);
    const double pause = r.sleep_us * 1e-6 * (1 + stack.sleep_leeway);
    if (pause > 0 && !r.ne_hertz) {
      // The caller pauses: the governor settles at a lower clock.
      const double gap = run.call_s - run.task_s + pause;
      const auto clock = models::settled_clock(device, Seconds(run.task_s), Seconds(gap));
      if (clock < device.engine.clock) {
        device = models::at_clock(device, clock);
        run = simulate(r, g, device, stack);
      }
    }
    // From the driver's own submit event to the end of the task; the gap is the rest of the cycle.
    const double submit = run.to_end_s - (stack.submit.value - stack.driver_submit.value);
    Outcome o;
    switch (r.point_clock) {
      case Clock::task:
        o.seconds = run.task_s;
        break;
      case Clock::submit:
        o.seconds = submit;
        break;
      case Clock::gap:
        o.seconds = run.call_s - submit + pause;
        break;
      default:
        o.seconds = run.call_s;
        break;
    }
    o.seconds_by_bound = seconds_by_bound(r.point_clock, run);
    const auto work = graph::work_of(g);
    o.macs = static_cast<double>(work.macs);
    o.weight_bytes = static_cast<double>(work.weight_bytes);
    o.moved_bytes = static_cast<double>(work.input_bytes + work.output_bytes);
    o.memory_bytes = run.memory_bytes;
    o.elements = static_cast<double>(work.elementwise_ops);
    if (r.beside || r.submission.in_flight > 1 || r.submission.processes > 1 ||
        r.submission.batch > 1)
      o.calls_per_second = run.calls_per_second;
    const double cycle = run.call_s + pause;
    o.joules = run.joules + (r.rail == Rail::machine ? device.power.idle.value * pause : 0);
    o.watts = *o.joules / cycle;
    o.hertz = device.engine.clock.value;
    o.busy = run.task_s / cycle;
    o.engines = static_cast<double>(r.engines.value_or(1));
    o.cores = device.engine.cores;
    return o;
  }

  /// Engine clocks see no host; the gap between two calls is nothing else.
  static std::map<std::string, double> seconds_by_bound(Clock clock, const Run& run) {
    std::map<std::string, double> seconds;
    for (const auto& [bound, share] : run.share_by_bound) {
      const bool host = bound == name(Bound::host);
      const bool seen = clock == Clock::task || clock == Clock::submit ? !host
                        : clock == Clock::gap                          ? host
                                                                       : true;
      if (seen) seconds[bound] = share * run.call_s;
    }
    return seconds;
  }

  /// Files are read once a process, not once a case.
  const spec::DeviceSpec& device_for(const std::string& chip) {
    const auto it = devices_.find(chip);
    if (it != devices_.end()) return it->second;
    if (options_.device_of) return devices_[chip] = options_.device_of(chip);
    return devices_[chip] = spec::resolve_device(options_.data_root, chip, options_.overrides);
  }
  const spec::StackSpec& stack_for(const std::string& stack, const spec::DeviceSpec& device) {
    const std::string key = stack + "/" + device.chip;
    const auto it = stacks_.find(key);
    if (it != stacks_.end()) return it->second;
    if (options_.stack_of) return stacks_[key] = options_.stack_of(stack, device.chip);
    return stacks_[key] =
               spec::resolve_stack(options_.data_root, stack, device, options_.overrides);
  }

  PredictorOptions options_;
  std::map<std::string, spec::DeviceSpec> devices_;
  std::map<std::string, spec::StackSpec> stacks_;
};

}  // namespace

Predict machine_predictor(const PredictorOptions& options) { return Predictor(options); }

}  // namespace anesim::validate
