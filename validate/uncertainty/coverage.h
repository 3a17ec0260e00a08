// Which operations the measured programs contain.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "models/spec/device_spec.h"
#include "validate/judge/judge.h"
#include "validate/predict/programs.h"

namespace anesim::validate {

/// Operation types in the programs of the scored cases, sorted.
[[nodiscard]] std::vector<std::string> covered_ops(const Judgement&);

/// Predicted cases by operation type that no measured program contains: not in `covered` (sorted)
/// nor in `free`, which do no work.
[[nodiscard]] std::map<std::string, int> uncovered_ops(const Judgement&,
                                                       const std::vector<std::string>& covered,
                                                       const std::set<std::string>& free,
                                                       const GraphsByName&);
/// Operations that only rename data on a device.
[[nodiscard]] std::set<std::string> free_ops(const spec::DeviceSpec&);

}  // namespace anesim::validate
