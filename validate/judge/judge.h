// Predicted against measured: errors of cases, and statistics of errors by class, chip and source.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "validate/judge/grades.h"
#include "validate/judge/prediction.h"
#include "validate/judge/repeats.h"
#include "validate/judge/statistics.h"

namespace anesim::validate {

struct JudgedCase {
  const CaseRequest* request = nullptr;
  Prediction prediction;
  Reference reference;
  /// predicted / reference - 1; the plain difference in the case's unit if the reference is 0.
  std::optional<double> error;
  /// Enters the error statistics: predicted, not suspect, not of grade D, not zero, first of its
  /// repeats.
  bool scored = false;
  bool fitted = false;             ///< a parameter was read from this case or from a repeat of it
  std::optional<double> baseline;  ///< what the closed formula predicts, in the case's unit
  std::string trust;               ///< grade A to D of the case, else of its source, else ""
  std::string remark;              ///< reason of the status, else why it is not scored, else ""
};

/// All errors relative and as fractions. Absent values: no scored case.
struct Statistics {
  std::int64_t cases = 0;      ///< all
  std::int64_t predicted = 0;  ///< status ok
  std::int64_t scored = 0;     ///< repeats once, without suspect and zero references
  std::optional<double> median_abs_error, p90_abs_error;
  std::optional<Range> median_range;  ///< 90 % bootstrap interval of the median
  std::optional<double> bias;         ///< median signed error
  std::optional<double> worst_factor;
  std::optional<double> kendall_tau;        ///< order of cases of one chip, class and unit
  std::optional<double> interval_coverage;  ///< share of references inside their interval
  std::optional<double> repeat_spread;      ///< median half range of repeated measurements
  std::int64_t with_bar = 0;                ///< scored cases that repeats or a range give a bar
  std::optional<double> repeats_explain;    ///< share of their error inside it: explained_share
  std::int64_t unread_scored = 0;           ///< scored cases that no parameter was read from
  std::optional<double> unread_median, unread_p90;  ///< absolute errors of these
  std::int64_t baseline_scored = 0;  ///< scored cases that the closed formula answers too
  std::optional<double> baseline_median, baseline_p90;  ///< its absolute errors on them
  std::optional<double> coverage() const {
    if (cases == 0) return std::nullopt;
    return static_cast<double>(predicted) / static_cast<double>(cases);
  }
};

/// How well a chip's cases of one class are ranked.
struct Order {
  std::int64_t cases = 0;             ///< scored
  std::optional<double> kendall_tau;  ///< nothing below `least_ranked` cases
};
inline constexpr std::int64_t least_ranked = 5;
struct ChipOrder {
  Order network, language;
};

struct Judgement {
  std::vector<JudgedCase> cases;
  std::map<std::string, Statistics> by_class, by_chip, by_source;
  Statistics all;
  std::map<std::string, ChipOrder> order;      ///< chips with networks or language models
  std::map<std::string, int> uncovered_ops{};  ///< no measurement covers them: predicted cases
  bool complete = true;                        ///< false after Ctrl-C
};

struct JudgeOptions {
  RepeatOptions repeats;
  Grades grades;  ///< cases of grade D are shown, not scored
};

/// `predictions` in the order of `requests`, which must outlive the judgement. `baseline`: those of
/// the closed formula in the same order, or empty.
[[nodiscard]] Judgement judge(const std::vector<CaseRequest>& requests,
                              const std::vector<Prediction>& predictions, const JudgeOptions& = {},
                              const std::vector<Prediction>& baseline = {});

/// Statistics of a selection.
[[nodiscard]] Statistics statistics_of(const std::vector<const JudgedCase*>&);

}  // namespace anesim::validate
