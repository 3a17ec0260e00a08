// What is fitted together: the fitted values that one device file and the stack entries of its chip
// hold, or the general ones of a stack.
#pragma once

#include <string>
#include <vector>

#include "models/spec/device_spec.h"
#include "sim/config/quantity.h"
#include "validate/calibrate/fit.h"

namespace anesim::validate {

struct UnitParameter {
  std::string stack;  ///< of a stack's value; empty: the device's
  spec::FittedValue value;
  config::Dimension dimension = config::Dimension::none;

  /// "power.mac", "aneforge: input_copy".
  [[nodiscard]] std::string name() const;
};

struct FitUnit {
  std::string name;  ///< of the device, or of the stack
  std::vector<UnitParameter> parameters;
  std::vector<std::string> left_out;  ///< fitted values without range or data, and why

  [[nodiscard]] std::vector<FitParameter> fit_parameters() const;
};

/// All units that have something to fit, devices first, by name. `only`: names of devices and
/// stacks; empty: all.
[[nodiscard]] std::vector<FitUnit> calibration_units(const std::string& data_root,
                                                     const std::vector<std::string>& only);

/// For each parameter whether it is in force for a chip under a stack (variants inherit).
[[nodiscard]] std::vector<bool> in_force(const FitUnit&, const spec::DeviceSpec&,
                                         const spec::StackSpec&);

/// Moves the values of a device or stack, and what follows them, where `which` says so.
void move(spec::DeviceSpec&, const FitUnit&, const std::vector<bool>& which,
          const std::vector<double>& values);
void move(spec::StackSpec&, const FitUnit&, const std::vector<bool>& which,
          const std::vector<double>& values);

}  // namespace anesim::validate
