#include "models/host/governor.h"

#include <algorithm>

namespace anesim::models {

Hertz settled_clock(const spec::DeviceSpec& d, Seconds task, Seconds gap) {
  const double target = d.governor.busy_target;
  if (task.value <= 0 || target >= 1) return d.engine.clock;
  const double wanted = gap.value * target / (1 - target);  // task time at the target share
  const double f = d.engine.clock.value * task.value / std::max(wanted, task.value);
  const double lowest = d.governor.lowest.value > 0 ? d.governor.lowest.value : f;
  return Hertz(std::clamp(f, std::min(lowest, d.engine.clock.value), d.engine.clock.value));
}

}  // namespace anesim::models
