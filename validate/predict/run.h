// Times, rates and energy of one replay, as the clocks of a measurement see them.
#pragma once

#include <map>
#include <string>

#include "sim/result/result.h"
#include "validate/judge/prediction.h"

namespace anesim::validate {

/// Means over the calls of a replay.
struct Run {
  double call_s = 0, task_s = 0;
  double to_end_s = 0;          ///< call to the end of the last task
  double calls_per_second = 0;  ///< of all callers together
  double busy_share = 0;
  double joules = 0;                             ///< per call, on the supply asked for
  double memory_bytes = 0;                       ///< through the DMA engines, per call
  std::map<std::string, double> share_by_bound;  ///< of the call
  double calls = 0;
  double whole_s = 0;  ///< first call issued to last call returned
};

/// Over the calls of `stream`; the others only count in the rate, while that stream calls. All
/// calls where it is empty.
[[nodiscard]] Run run_of(const Result&, Rail, const std::string& stream = "");
/// Energy of a call or step on that supply.
[[nodiscard]] double joules_of(const Totals&, Rail);

}  // namespace anesim::validate
