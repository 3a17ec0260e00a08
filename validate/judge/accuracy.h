// Accuracy that must be kept: limits on the error statistics of selected cases, and the bars that
// are to be reached.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/config/yaml.h"
#include "validate/judge/judge.h"

namespace anesim::validate {

/// What is to be reached, fractions.
struct Bar {
  std::optional<double> median, p90;
};

/// One row of an ane-accuracy/1 file: which cases, and what their errors may be (fractions).
struct Limit {
  Class scored_as = Class::other;
  std::optional<std::string> chip, not_chip;
  std::optional<std::int64_t> engines;  ///< engines in use; a case that does not say uses one
  std::optional<std::string> row;       ///< its name in tables, if not made from the above
  std::optional<double> median, p90, coverage;
  std::optional<double> tau;  ///< least Kendall tau of cases of one chip and unit, 0..1
  std::optional<double> interval_low, interval_high;  ///< share of cases in their 90 % interval
  std::optional<Bar> bar;

  /// "engine, 1 engine" or "call, chips other than M6", unless `row` names it.
  [[nodiscard]] std::string name() const;
};

/// Reads limits; `chips` are the names a limit may select, all if empty. Throws UserError.
[[nodiscard]] std::vector<Limit> read_limits(const std::string& path,
                                             const std::vector<std::string>& chips = {});
[[nodiscard]] std::vector<Limit> read_limits(const config::Node&,
                                             const std::vector<std::string>& chips = {});

/// Statistics of the cases a limit selects.
[[nodiscard]] Statistics select(const Judgement&, const Limit&);

/// What is missed, one sentence each: "engine, 1 engine: median error 3.1 % (limit 2 %)". A limit
/// without any case, or any scored one, is missed: nothing proves that it holds.
[[nodiscard]] std::vector<std::string> missed_limits(const Judgement&, const std::vector<Limit>&);

/// Limits that select cases of the judgement, and the names of the others: where a part of the data
/// is judged, nothing can be said about those.
struct Applicable {
  std::vector<Limit> limits;
  std::vector<std::string> without_cases;
};
[[nodiscard]] Applicable applicable(const Judgement&, const std::vector<Limit>&);

/// A limit that has a bar, beside what is reached.
struct BarRow {
  std::string name;
  Statistics reached;
  Bar bar, limit;
  std::optional<bool> met;  ///< nothing without a scored case
};
[[nodiscard]] std::vector<BarRow> bar_rows(const Judgement&, const std::vector<Limit>&);

}  // namespace anesim::validate
