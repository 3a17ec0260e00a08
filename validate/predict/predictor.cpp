#include "validate/predict/predictor.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "models/context.h"
#include "models/host/governor.h"
#include "models/machine.h"
#include "models/power/energy.h"
#include "sim/core/text.h"
#include "traces/graph/work.h"
#include "validate/judge/convert.h"
#include "validate/predict/step_predictor.h"

namespace anesim::validate {
namespace {

/// Compute units as the files word them ("CPU_AND_NE", "ALL (default)", "Neural Engine").
compiler::ComputeUnits units_of(const CaseRequest& r) {
  const std::string words = r.measured->conditions.compute_units.value_or("");
  return words.starts_with("ALL") ? compiler::ComputeUnits::all
                                  : compiler::ComputeUnits::cpu_and_ne;
}

/// One call as simulated, with the times of every clock.
struct Run {
  double call_s = 0, task_s = 0;
  double to_end_s = 0;  ///< call to the end of the last task
  double calls_per_second = 0;
  double busy_share = 0;
  double joules = 0;
};

class Predictor {
 public:
  explicit Predictor(PredictorOptions options) : options_(std::move(options)) {}

  Prediction operator()(const CaseRequest& r) {
    if (!r.unsupported.empty()) return Prediction::unsupported(r.unsupported);
    if (r.step) {
      const auto& chip = device_for(r.chip);
      return predict_step(r, chip, stack_for(r.stack, chip), options_.data_root);
    }
    if (r.points.empty()) return Prediction::unsupported("no graph");
    if (r.other_memory)
      return Prediction::unsupported("other memory traffic: " + printable(*r.other_memory));
    if (r.beside) return Prediction::unsupported("a second process with another program");
    auto device = device_for(r.chip);
    auto stack = stack_for(r.stack, device);
    if (r.zero_copy) {
      stack.input_copy = BytesPerSecond(0);
      stack.output_copy = BytesPerSecond(0);
    }
    if (r.ne_hertz) device.engine.clock = Hertz(*r.ne_hertz);
    if (r.idle_s && *r.idle_s >= device.governor.power_off.value && r.call_index <= 1)
      stack.submit = stack.submit + device.governor.cold_call;
    std::vector<Outcome> outcomes;
    for (const auto& point : r.points) outcomes.push_back(run_point(r, point, device, stack));
    const Outcome fitted = fit_points(r, outcomes);
    const Converted c = convert(r, fitted);
    if (!c.value) return Prediction::unsupported(c.reason);
    Prediction p;
    p.status = Status::ok;
    p.value = *c.value;
    return p;
  }

 private:
  Run simulate(const CaseRequest& r, const graph::Graph& g, const spec::DeviceSpec& device,
               const spec::StackSpec& stack) const {
    const models::FreshContext context;
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
    models::ReplayOptions o;
    o.compiler.engines = static_cast<int>(r.engines.value_or(0));
    o.compiler.allow_split = stack.engine_split || r.engines.value_or(1) > 1;
    o.compiler.force_engine = !r.placed;
    o.compiler.segmenter = stack.segmenter;
    o.compiler.units = units_of(r);
    const Result result = models::replay(s, device, {stack}, o);
    Run run;
    double first = 1e300, last = 0, busy = 0;
    for (const auto& q : result.requests) {
      run.call_s += (q.done_us - q.issued_us) * 1e-6;
      run.task_s += (q.end_us - q.start_us) * 1e-6;
      run.to_end_s += (q.end_us - q.issued_us) * 1e-6;
      busy += (q.end_us - q.start_us) * 1e-6;
      first = std::min(first, q.issued_us * 1e-6);
      last = std::max(last, q.done_us * 1e-6);
    }
    const double n = static_cast<double>(result.requests.size());
    run.call_s /= n;
    run.task_s /= n;
    run.to_end_s /= n;
    run.calls_per_second = n / (last - first);
    run.busy_share = busy / (last - first);
    run.joules = result.totals.energy_mj.value_or(0) * 1e-3;
    return run;
  }

  Outcome run_point(const CaseRequest& r, const PointRequest& point, spec::DeviceSpec device,
                    const spec::StackSpec& stack) const {
    const graph::Graph g = make_program(point.program, options_.graphs);
    Run run = simulate(r, g, device, stack);
    if (r.sleep_us > 0 && !r.ne_hertz) {
      // The caller pauses: the governor settles at a lower clock.
      const double gap = run.call_s - run.task_s + r.sleep_us * 1e-6;
      const auto clock = models::settled_clock(device, Seconds(run.task_s), Seconds(gap));
      if (clock < device.engine.clock) {
        device.engine.clock = clock;
        run = simulate(r, g, device, stack);
      }
    }
    Outcome o;
    switch (r.point_clock) {
      case Clock::task:
        o.seconds = run.task_s;
        break;
      case Clock::submit:
        o.seconds = run.to_end_s - (stack.submit.value - stack.driver_submit.value);
        break;
      case Clock::gap:
        o.seconds = run.call_s - run.task_s + r.sleep_us * 1e-6;
        break;
      default:
        o.seconds = run.call_s;
        break;
    }
    const auto work = graph::work_of(g);
    o.macs = static_cast<double>(work.macs);
    o.weight_bytes = static_cast<double>(work.weight_bytes);
    o.moved_bytes = static_cast<double>(work.input_bytes + work.output_bytes);
    o.elements = static_cast<double>(work.elementwise_ops);
    if (r.submission.in_flight > 1 || r.submission.processes > 1 || r.submission.batch > 1)
      o.calls_per_second = run.calls_per_second;
    const double cycle = run.call_s + r.sleep_us * 1e-6;
    o.joules = run.joules;
    o.watts = run.joules / cycle;
    o.hertz = device.engine.clock.value;
    o.busy = run.task_s / cycle;
    o.engines = static_cast<double>(r.engines.value_or(1));
    o.cores = device.engine.cores;
    return o;
  }

  /// Files are read once a process, not once a case.
  const spec::DeviceSpec& device_for(const std::string& chip) {
    const auto it = devices_.find(chip);
    if (it != devices_.end()) return it->second;
    return devices_[chip] = spec::resolve_device(options_.data_root, chip, options_.overrides);
  }
  const spec::StackSpec& stack_for(const std::string& stack, const spec::DeviceSpec& device) {
    const std::string key = stack + "/" + device.chip;
    const auto it = stacks_.find(key);
    if (it != stacks_.end()) return it->second;
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
