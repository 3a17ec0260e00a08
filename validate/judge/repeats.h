// Repeats: cases of equal workload, chip and conditions are one thing, measured several times.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "validate/judge/prediction.h"

namespace anesim::validate {

/// What a case is judged against, in the case's own unit.
struct Reference {
  double value = 0;  ///< median of the group
  double min = 0;    ///< of values and stated spreads
  double max = 0;
  std::int64_t repeats = 1;  ///< cases in the group that may be scored
  std::int64_t group = 0;    ///< equal for equal groups
};

struct RepeatOptions {
  /// Judge against `sustained` where a case has it and the clock matters (README of the
  /// measurements): its `value` is a minimum of few calls, taken before the clock settles. Where
  /// the loop is slower than that minimum, the clock does not matter.
  bool prefer_sustained = true;
};

/// References in the order of the requests. Suspect numbers do not enter a median unless their
/// group has no others. Times in s, ms and us are one unit; other units only equal themselves.
[[nodiscard]] std::vector<Reference> references(const std::vector<CaseRequest>&,
                                                const RepeatOptions& = {});

/// Text that is equal for repeats: workload, chip, stack, conditions and metric. Not part of it:
/// the source, the product the chip sits in, the system's version and the app around the model.
[[nodiscard]] std::string repeat_key(const CaseRequest&);

}  // namespace anesim::validate
