#include "models/host/governor.h"

#include <algorithm>
#include <cmath>

namespace anesim::models {
namespace {

/// The lowest clock in use; the top one where the device names none.
double lowest_hertz(const spec::DeviceSpec& d) {
  const double top = d.engine.clock.value, lowest = d.governor.lowest.value;
  return lowest > 0 ? std::min(lowest, top) : top;
}

}  // namespace

double busy_average(Seconds task, Seconds gap, Seconds time_constant) {
  if (task.value <= 0) return 0;
  if (gap.value <= 0) return 1;
  const double tau = time_constant.value;
  return std::expm1(-task.value / tau) / std::expm1(-(task.value + gap.value) / tau);
}

Hertz settled_clock(const spec::DeviceSpec& d, Seconds task, Seconds gap) {
  const double top = d.engine.clock.value, target = d.governor.busy_target;
  const auto average = [&](double hertz) {
    return busy_average(Seconds(task.value * top / hertz), gap, d.governor.time_constant);
  };
  double low = lowest_hertz(d), high = top;
  if (task.value <= 0 || target >= 1 || average(top) >= target) return d.engine.clock;
  if (average(low) <= target) return Hertz(low);
  while (high - low > 1e-9 * top) {
    const double middle = (low + high) / 2;
    (average(middle) >= target ? low : high) = middle;
  }
  return Hertz(low);
}

Hertz clock_after_idle(const spec::DeviceSpec& d, Seconds idle) {
  const double top = d.engine.clock.value, ramp = d.governor.ramp_down.value;
  const double share = ramp > 0 ? std::clamp(idle.value / ramp, 0.0, 1.0) : 0;
  return Hertz(top - share * (top - lowest_hertz(d)));
}

Seconds rise_time(const spec::DeviceSpec& d, Hertz from, Hertz until) {
  const double low = lowest_hertz(d), span = d.engine.clock.value - low;
  if (span <= 0) return Seconds(0);
  const auto reached = [&](Hertz clock) {
    const double share = std::clamp((clock.value - low) / span, 0.0, 1.0);
    return d.governor.ramp_up.value * share * share;
  };
  return Seconds(std::max(0.0, reached(until) - reached(from)));
}

}  // namespace anesim::models
