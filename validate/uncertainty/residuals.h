// What the predictions missed by: log errors of the scored cases, fold by fold, as data.
// What it models: ane-residuals/1, written by `anesim calibrate --residuals`, read by run, explain
//   and validate.
// What it leaves out: the cases themselves; a fold's errors are enough for an interval.
// Parameters: none. Source: validate/measurements, the machine of this version.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "sim/config/yaml.h"
#include "validate/judge/judge.h"

namespace anesim::validate {

/// Errors of one fold under one set of conditions.
struct FoldResiduals {
  Class scored_as = Class::other;
  std::string chip;
  std::string stack;
  Clock clock = Clock::call;
  std::string fold;
  std::vector<double> log_errors;  ///< ln(measured / predicted), ascending
};

struct Residuals {
  std::map<std::string, std::string> generations;  ///< of every chip that was measured
  /// Studies (their URLs) of many files on one chip: there a fold is a file and network group.
  std::vector<std::string> split_studies;
  std::vector<FoldResiduals> folds;
  /// Operation types that a scored case contains.
  std::vector<std::string> covered_ops;
};

/// Throws UserError with the place of what is wrong.
[[nodiscard]] Residuals read_residuals(const config::Node& root);
[[nodiscard]] Residuals load_residuals(const std::string& path);
/// The file's text; equal residuals give equal text.
[[nodiscard]] std::string residuals_text(const Residuals&);

/// URLs of studies with at least eight files on one chip.
[[nodiscard]] std::vector<std::string> split_studies(const std::vector<MeasurementFile>&);
/// The fold of a case on its chip: its study (and part); in a split study its file and network
/// group, which is the programs of one kind, operation, width and kernel. Without spaces.
[[nodiscard]] std::string fold_of(const CaseRequest&, const std::vector<std::string>& split);

/// Residuals of the scored cases of a judgement. `covered_ops` and `generations` stay empty.
[[nodiscard]] Residuals residuals_of(const Judgement&, const std::vector<std::string>& split);

}  // namespace anesim::validate
