// A Result's timeline as Chrome-trace JSON, which ui.perfetto.dev and chrome://tracing read.
#pragma once

#include <string>

#include "sim/result/result.h"

namespace anesim::timeline {

/// One thread a track, one complete event a slice. Times are microseconds with three decimals:
/// start and end are rounded to nanoseconds and subtracted, so that neighbours still touch.
[[nodiscard]] std::string chrome_trace(const Result&);

}  // namespace anesim::timeline
