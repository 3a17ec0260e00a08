// Plugs the machine into the judge: a case becomes a scenario under the conditions of its
// measurement, is replayed, and the outcome is put into the case's unit.
#pragma once

#include <functional>
#include <string>

#include "models/spec/resolve.h"
#include "validate/judge/prediction.h"
#include "validate/predict/programs.h"

namespace anesim::validate {

struct PredictorOptions {
  std::string data_root;
  std::vector<spec::Override> overrides;
  GraphsByName graphs{};  ///< of cases that the user supplied one for
  /// Specs by chip and by stack instead of those of the files.
  std::function<spec::DeviceSpec(const std::string& chip)> device_of{};
  std::function<spec::StackSpec(const std::string& stack, const std::string& chip)> stack_of{};
};

/// The returned function simulates in its own SystemC context and may be called again and again.
[[nodiscard]] Predict machine_predictor(const PredictorOptions&);

}  // namespace anesim::validate
