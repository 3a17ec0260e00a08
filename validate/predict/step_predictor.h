// Predicts a step of several calls (a token, a prompt, a training step) in the unit of its case.
#pragma once

#include <string>

#include "models/spec/device_spec.h"
#include "sim/result/result.h"
#include "traces/scenario/scenario.h"
#include "validate/judge/convert.h"
#include "validate/judge/prediction.h"

namespace anesim::validate {

/// The calls and the host work of a step.
[[nodiscard]] scenario::Scenario scenario_of(const StepRequest&, const std::string& data_root);

[[nodiscard]] Prediction predict_step(const CaseRequest&, const spec::DeviceSpec&,
                                      const spec::StackSpec&, const std::string& data_root);

/// The case's value from a result with a step: rates per unit of the step, energy per token, time
/// of the whole step or of the tokens that the workload names.
[[nodiscard]] Converted step_value(const CaseRequest&, const Result&);

}  // namespace anesim::validate
