// Robust least squares on log error, and what the data can tell about each parameter.
// What it models: parameters inside ranges, seen through predictions of which nothing is known but
//   their values; Huber loss, so that a case the model has no rule for does not bend the rest.
// What it leaves out: priors; where the data say nothing, the value stays and the report says so.
// Parameters: FitOptions. Source: Ceres solver; standard errors from the weighted Jacobian.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace anesim::validate {

struct FitParameter {
  std::string name;
  double start = 0, low = 0, high = 1;  ///< low < high, start between them
  bool held = false;                    ///< stays at its start: moving it was found not to help
};

/// ln(prediction) of every case at each point; NaN where there is none. Nothing: interrupted.
using Points = std::vector<std::vector<double>>;
using LogModel = std::function<std::optional<Points>(const Points& points)>;

struct FitOptions {
  double huber = 0.1;            ///< log error from which the loss grows linearly
  double least_effect = 1e-6;    ///< of a parameter over its range, in log prediction
  double least_own_part = 0.15;  ///< of a column of the Jacobian that the others do not explain
  int most_steps = 20;
};

/// The loss of a log error.
[[nodiscard]] double huber_loss(double log_error, double huber);

enum class Verdict : std::uint8_t {
  fitted,
  at_bound,       ///< the data pull it out of its range
  no_effect,      ///< no case depends on it
  flat,           ///< cases depend on it, but none has a slope at its start: it decides something
  not_separable,  ///< others do the same to every case
  uncertain,      ///< its error is wider than half its range
  not_better      ///< moving it makes its cases, or folds left out, worse: held
};
[[nodiscard]] const char* name(Verdict);

struct FittedParameter {
  double value = 0;             ///< of the data if `fitted`, else as it was
  double tried = 0;             ///< what the data pulled it to, where that is not the value
  std::optional<double> error;  ///< standard error; nothing without spare cases
  Verdict verdict = Verdict::fitted;
  std::string why;  ///< of the verdict, one clause; or empty
};

struct Fit {
  std::vector<FittedParameter> parameters;
  Points correlation;  ///< of the estimates; 0 where one of the two was not free
  double cost_before = 0, cost_after = 0;
  std::size_t cases = 0;  ///< with a prediction
  /// Cases that have a slope on each parameter at the start.
  std::vector<std::vector<bool>> touched;
  bool interrupted = false;
  [[nodiscard]] std::vector<double> values() const;
};

/// `measured`: ln of the measurements. Deterministic.
[[nodiscard]] Fit fit(const std::vector<FitParameter>&, const std::vector<double>& measured,
                      const LogModel&, const FitOptions& = {});

}  // namespace anesim::validate
