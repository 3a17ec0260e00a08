// The clock the governor gives an engine whose caller pauses, as pure rules. Source: MODEL.md 5,
// m6-study 6.1 to 6.3: an exponential average of "busy", sampled where a task ends, is held at a
// target; after a pause the clock has come down along the ramp.
// Leaves out: the way down from one settled clock to the next, the 32 states of the clock, the
// slower way up after a pause, the top clock that two engines keep with short tasks (m6-study 6.2
// and 6.3, unexplained there).
#pragma once

#include "models/spec/device_spec.h"

namespace anesim::models {

/// Average of "busy" at the end of a task that follows a pause, again and again: 0 to 1.
[[nodiscard]] double busy_average(Seconds task, Seconds gap, Seconds time_constant);

/// `task` takes so long at the top clock, all of it proportional to the clock; between two tasks
/// the engine is idle for `gap`. Without pauses of the caller the clock stays at the top.
[[nodiscard]] Hertz settled_clock(const spec::DeviceSpec&, Seconds task, Seconds gap);

/// Clock of the first task after the engine was idle, once at the top.
[[nodiscard]] Hertz clock_after_idle(const spec::DeviceSpec&, Seconds idle);

/// How long continuous load takes to raise the clock from `from` to `until`, both held to the
/// clocks in use; 0 if it is there already. The clock rises with the square root of time, fast at
/// first: within a fifth of the median path of m6-study 6.3 from 20 ms on (1368 MHz in 16 ms for
/// 20, 2052 in 87 for 100, 2484 in 161 for 150), too fast before (1032 MHz in 2 ms for 5).
[[nodiscard]] Seconds rise_time(const spec::DeviceSpec&, Hertz from, Hertz until);

}  // namespace anesim::models
