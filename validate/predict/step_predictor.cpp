#include "validate/predict/step_predictor.h"

#include <filesystem>

#include "models/context.h"
#include "models/machine.h"
#include "sim/core/error.h"
#include "traces/language/language.h"
#include "traces/training/training.h"
#include "validate/predict/run.h"

namespace anesim::validate {

scenario::Scenario scenario_of(const StepRequest& step, const std::string& data_root) {
  const auto folder = std::filesystem::path(data_root) / "configs" / "llms";
  const std::string_view input = step.input;
  const std::string_view text = input.substr(input.find(':') + 1);
  if (input.starts_with("training:"))
    return training::compose(training::parse_request(folder, text));
  check(input.starts_with("llm:"), "a step is a language model or a training step");
  auto request = language::parse_request(folder, text);
  if (step.tokens) request.tokens = *step.tokens;
  return language::compose(request);
}

namespace {

Converted value(double v) { return {.value = v, .reason = ""}; }

}  // namespace

Converted step_value(const CaseRequest& request, const Result& r) {
  const auto& step = *r.step;
  const auto& workload = request.measured->workload;
  if (step.us <= 0 || step.units <= 0) return {std::nullopt, "the step takes no time"};
  const bool part = request.step && request.step->engine_calls;
  const double seconds = (part ? step.engine_call_us : step.us) * 1e-6;
  // A decode step yields a token: a case over several tokens lasts as many steps.
  const bool decode = workload.phase == "decode";
  const double steps = decode ? static_cast<double>(workload.tokens.value_or(1)) / step.units : 1;
  const double joules = joules_of(r.totals, request.rail);
  switch (request.measured->unit) {
    case Unit::tokens_per_s:
      return value(step.units / seconds);
    case Unit::steps_per_s:
      return value(1 / seconds);
    case Unit::milliseconds_per_token:
      return value(seconds * 1e3 / step.units);
    case Unit::milliseconds:
      return value(seconds * 1e3 * (workload.tokens ? steps : 1));
    case Unit::seconds:
      return value(seconds * (workload.tokens ? steps : 1));
    case Unit::tflops:
      return value(2 * static_cast<double>(r.totals.macs) / seconds * 1e-12);
    case Unit::percent_busy:
      return value(100 * step.engine_us / step.us);
    case Unit::gb_per_s:
      return value(step.bytes_read / seconds * 1e-9);
    case Unit::joules_per_token:
      return value(joules / step.units);
    case Unit::tokens_per_joule:
      return joules > 0 ? value(step.units / joules)
                        : Converted{std::nullopt, "the step takes no energy that is modelled"};
    case Unit::watts:
      return value(joules / seconds);
    default:
      return {std::nullopt, "nothing of a step is given in that unit"};
  }
}

Prediction predict_step(const CaseRequest& r, const spec::DeviceSpec& device,
                        const spec::StackSpec& stack, const std::string& data_root) {
  const scenario::Scenario s = scenario_of(*r.step, data_root);
  const models::FreshContext context;
  models::ReplayOptions o;
  o.compiler.engines = static_cast<int>(r.engines.value_or(0));
  o.compiler.allow_split = stack.engine_split;
  o.compiler.segmenter = stack.segmenter;
  const Result result = models::replay(s, device, {stack}, o);
  check(result.step.has_value(), "a step has a result");
  const Converted c = step_value(r, result);
  if (!c.value) return Prediction::unsupported(c.reason);
  Prediction p;
  p.status = Status::ok;
  p.value = *c.value;
  p.breakdown.macs = static_cast<double>(result.totals.macs);
  p.breakdown.bytes = result.step->bytes_read;
  for (const auto& [bound, share] : result.totals.share_by_bound)
    p.breakdown.seconds_by_bound[bound] = share * result.step->us * 1e-6;
  return p;
}

}  // namespace anesim::validate
