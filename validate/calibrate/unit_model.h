// Predictions of the cases of a unit as a function of its values, asked from the machine.
// What it models: each case at each point once, in parallel; a case that neither a step nor an end
//   of the range of a value moves does not depend on it and is not asked again for it.
// What it leaves out: fitting (fit.h).
// Parameters: CalibrationOptions. Source: the machine of this version.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "validate/calibrate/calibrate.h"

namespace anesim::validate {

[[nodiscard]] bool any(const std::vector<bool>& flags);

/// The present specs of the chips and stacks of cases, read once.
class Specs {
 public:
  explicit Specs(std::string root) : root_(std::move(root)) {}
  [[nodiscard]] const spec::DeviceSpec& device(const std::string& chip);
  [[nodiscard]] const spec::StackSpec& stack(const std::string& name, const std::string& chip);
  [[nodiscard]] std::vector<bool> in_force(const FitUnit&, const CaseRequest&);

 private:
  std::string root_;
  std::map<std::string, std::optional<spec::DeviceSpec>> devices_;
  std::map<std::pair<std::string, std::string>, std::optional<spec::StackSpec>> stacks_;
};

class UnitModel {
 public:
  /// What is given must outlive the model.
  UnitModel(const FitUnit&, std::vector<const JudgedCase*>, const CalibrationOptions&, Specs&);

  /// False if interrupted.
  [[nodiscard]] bool learn_dependence(const std::vector<double>& start);
  [[nodiscard]] bool depends(std::size_t i) const { return any(depends_[i]); }
  /// ln(prediction) of every case at each point; nothing if interrupted.
  [[nodiscard]] std::optional<Points> operator()(const Points&);

 private:
  /// The values that the case depends on.
  [[nodiscard]] std::vector<double> key_of(const std::vector<double>& point, std::size_t c) const;
  [[nodiscard]] Predict predictor_at(const std::vector<double>& point,
                                     const std::vector<bool>& which);

  const FitUnit& unit_;
  const CalibrationOptions& options_;
  Specs& specs_;
  std::vector<std::map<std::vector<double>, double>> known_;  ///< by case
  std::vector<const JudgedCase*> cases_;
  std::vector<std::vector<bool>> depends_;
};

}  // namespace anesim::validate
