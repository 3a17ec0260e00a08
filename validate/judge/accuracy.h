// Accuracy that must be kept: limits on the error statistics of selected cases.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/config/yaml.h"
#include "validate/judge/judge.h"

namespace anesim::validate {

/// One row of an ane-accuracy/1 file: which cases, and what their errors may be (fractions).
struct Limit {
  Class scored_as = Class::other;
  std::optional<std::string> chip, not_chip;
  std::optional<std::int64_t> engines;  ///< engines in use; a case that does not say uses one
  std::optional<double> median, p90, coverage;
  std::optional<double> tau;  ///< least Kendall tau of cases of one chip and unit, 0..1
  std::optional<double> interval_low, interval_high;  ///< share of cases in their 90 % interval

  /// "engine, 1 engine" or "call, chips other than M6".
  [[nodiscard]] std::string name() const;
};

/// Reads limits. Throws UserError.
[[nodiscard]] std::vector<Limit> read_limits(const std::string& path);
[[nodiscard]] std::vector<Limit> read_limits(const config::Node&);

/// Statistics of the cases a limit selects.
[[nodiscard]] Statistics select(const Judgement&, const Limit&);

/// What is missed, one sentence each: "engine, 1 engine: median error 3.1 % (limit 2 %)". A limit
/// without any scored case is missed: nothing proves that it holds.
[[nodiscard]] std::vector<std::string> missed_limits(const Judgement&, const std::vector<Limit>&);

}  // namespace anesim::validate
