// The table of parameters: each path of a device or stack file, its unit, bounds, meaning and the
// member it fills. One line a parameter; the readers, --set, --print-config and the documentation
// all walk this table.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "models/spec/device_spec.h"
#include "sim/config/quantity.h"

namespace anesim::spec {

template <class Spec>
struct Parameter {
  std::string path;
  config::Dimension dimension = config::Dimension::none;
  double low = 0;
  double high = 0;
  std::string description;
  std::vector<std::string> choices;        ///< names of an enumeration or of true/false; else empty
  std::function<void(Spec&, double)> set;  ///< base units, or index into choices
  std::function<double(const Spec&)> get;
};

[[nodiscard]] const std::vector<Parameter<DeviceSpec>>& device_parameters();
[[nodiscard]] const std::vector<Parameter<StackSpec>>& stack_parameters();

}  // namespace anesim::spec
