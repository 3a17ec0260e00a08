// The closed formula under the conditions of a case.
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "traces/graph/work.h"
#include "validate/baseline/closed_formula.h"
#include "validate/judge/convert.h"

namespace anesim::validate {
namespace {

class FormulaPredictor {
 public:
  explicit FormulaPredictor(PredictorOptions options) : options_(std::move(options)) {}

  Prediction operator()(const CaseRequest& r) {
    if (!r.unsupported.empty()) return Prediction::unsupported(r.unsupported);
    if (r.points.empty()) return Prediction::unsupported("no graph");
    std::vector<Outcome> outcomes;
    for (const PointRequest& point : r.points) outcomes.push_back(outcome_of(r, point));
    const Converted c = convert(r, fit_points(r, outcomes));
    if (!c.value) return Prediction::unsupported(c.reason);
    Prediction p;
    p.status = Status::ok;
    p.value = *c.value;
    return p;
  }

 private:
  Outcome outcome_of(const CaseRequest& r, const PointRequest& point) {
    auto device = device_for(r.chip);
    auto stack = stack_for(r.stack, device);
    if (r.ne_hertz) device.engine.clock = Hertz(*r.ne_hertz);
    if (r.zero_copy) {
      stack.input_copy = BytesPerSecond(0);
      stack.output_copy = BytesPerSecond(0);
    }
    const graph::Graph g = make_program(point.program, options_.graphs);
    const double engines = static_cast<double>(r.engines.value_or(1));
    const double task = formula_task_seconds(g, device, engines);
    const double host = formula_host_seconds(g, stack, task);
    Outcome o;
    switch (r.point_clock) {
      case Clock::task:
        o.seconds = task;
        break;
      case Clock::submit:
        o.seconds = task + stack.driver_submit.value;
        break;
      case Clock::gap:
        o.seconds = host;
        break;
      default:
        o.seconds = task + host;
        break;
    }
    const graph::Work work = graph::work_of(g);
    o.macs = static_cast<double>(work.macs);
    o.weight_bytes = static_cast<double>(work.weight_bytes);
    o.moved_bytes = static_cast<double>(work.input_bytes + work.output_bytes);
    o.elements = static_cast<double>(work.elementwise_ops);
    o.hertz = device.engine.clock.value;
    o.busy = task / (task + host + r.sleep_us * 1e-6);
    o.engines = engines;
    o.cores = device.engine.cores;
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
