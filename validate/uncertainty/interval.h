// 90 % intervals: split-conformal prediction with weights, from the folds a case is not in.
// What it models: how far a prediction of this class, chip, stack and clock was off in other
//   studies; the nearer a study's conditions, the more its errors count.
// What it leaves out: the input itself; an interval knows its class and conditions only.
// Parameters: the weights below. They order evidence and are not fitted to any case.
// Source: weighted split-conformal quantiles of |ln(measured / predicted)| (Tibshirani et al.
// 2019),
//   with the small-sample level 0.9 (1 + 1/n) for n effective cases.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "validate/uncertainty/residuals.h"

namespace anesim::validate {

inline constexpr double confidence = 0.9;

/// Weight of an error from other conditions, relative to one of the same.
struct IntervalWeights {
  double other_chip_of_generation = 0.5;
  double other_generation = 0.1;
  double other_stack = 0.3;
  double other_clock = 0.3;
  double widening = 1.25;  ///< of the log width where no other study measured chip and stack
};

/// Conditions of a prediction.
struct Conditioned {
  Class scored_as = Class::call;
  std::string chip;
  std::string generation;
  std::string stack;
  Clock clock = Clock::call;
  std::string without_fold;  ///< fold of this chip whose errors do not count; "" for a new input
};

/// f >= 1 so that [value / f, value * f] holds the measurement with the confidence; nothing for a
/// class that no other fold measured.
[[nodiscard]] std::optional<double> interval_factor(const Residuals&, const Conditioned&,
                                                    const IntervalWeights& = {});

/// Gives every predicted case its interval, from the folds that it is not in.
void add_intervals(const std::vector<CaseRequest>&, std::vector<Prediction>&, const Residuals&);

}  // namespace anesim::validate
