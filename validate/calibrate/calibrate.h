// Fits the values marked `fitted` to the rows they name, unit by unit, and holds the result against
// what was not fitted: folds left out, and every other case the values have a part in.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "validate/calibrate/fit.h"
#include "validate/calibrate/unit.h"
#include "validate/judge/judge.h"

namespace anesim::validate {

struct CalibrationOptions {
  std::string data_root;
  bool all_cases = false;   ///< fit to every case of the chip, not only to the named rows
  std::size_t groups = 10;  ///< folds are left out in at most so many groups
  bool progress = true;
  FitOptions fit;
};

/// Errors of one case, |prediction / reference - 1|.
struct CalibratedCase {
  const JudgedCase* judged = nullptr;
  std::string fold;
  double before = 0, fitted = 0;
  /// From values fitted without its fold; nothing where the other folds say nothing of a value
  /// that the case depends on.
  std::optional<double> crossed;
  /// Loss of the fit, of the same errors.
  double loss_before = 0, loss_fitted = 0;
  std::optional<double> loss_crossed;
};

struct UnitResult {
  FitUnit unit;
  Fit fit;
  std::vector<CalibratedCase> cases;   ///< fitted on
  std::vector<CalibratedCase> others;  ///< not fitted on, but changed by the fit
  std::size_t folds = 0;
  /// Those of `cases` that the parameter has a part in.
  [[nodiscard]] std::vector<const CalibratedCase*> cases_of(std::size_t parameter) const;
};

struct Calibration {
  std::vector<UnitResult> units;
  bool interrupted = false;
};

/// The cases in which a value of a unit is in force.
[[nodiscard]] std::vector<CaseRequest> cases_of(const std::vector<FitUnit>&,
                                                const std::vector<CaseRequest>&,
                                                const std::string& data_root);

/// `judgement` of the present values decides which cases count; the result points into it.
/// `split`: split_studies().
[[nodiscard]] Calibration calibrate(const std::vector<FitUnit>&, const Judgement& judgement,
                                    const std::vector<std::string>& split,
                                    const CalibrationOptions&);
Calibration calibrate(const std::vector<FitUnit>&, const Judgement&& judgement,
                      const std::vector<std::string>&, const CalibrationOptions&) = delete;

/// Median errors of the fitted cases that have a cross-validated error too.
struct CrossCheck {
  std::size_t cases = 0, folds = 0, crossed = 0;
  double fitted_all = 0;                               ///< median over all `cases`
  double before = 0, fitted = 0, cross_validated = 0;  ///< medians over the `crossed` cases
  [[nodiscard]] std::optional<double> ratio() const;   ///< cross-validated over fitted
};
inline constexpr double most_cross_ratio = 1.3;
[[nodiscard]] CrossCheck cross_check(const std::vector<const CalibratedCase*>&);
/// By class, and "all".
[[nodiscard]] std::map<std::string, CrossCheck> cross_checks(const UnitResult&);
[[nodiscard]] std::map<std::string, CrossCheck> cross_checks(const Calibration&);

/// "1 case", "2 cases".
[[nodiscard]] std::string counted(std::size_t n, const char* thing);

/// Whole folds dealt into at most `groups` groups of nearly equal size: group by case.
[[nodiscard]] std::vector<std::size_t> deal_folds(const std::vector<std::string>& folds,
                                                  std::size_t groups);

}  // namespace anesim::validate
