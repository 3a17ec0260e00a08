// The one place that builds and connects the machine for a spec and replays a scenario on it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "models/compiler/compile.h"
#include "models/spec/device_spec.h"
#include "sim/result/result.h"
#include "traces/scenario/scenario.h"

namespace anesim::models {

/// How far a replay is.
struct ReplayProgress {
  std::int64_t returned = 0, calls = 0;
  double simulated_s = 0;
};

struct ReplayOptions {
  compiler::Options compiler;
  bool timeline = false;
  double interval_factor = 0;  ///< the 90 % interval is time / factor to time * factor; 0: none
  double parse_wall_s = 0;     ///< wall time spent before replay, for the pipeline's slowdown
  /// Asked about a thousand times a replay. After false no further call begins: the result holds
  /// those that have begun, and says that it is not complete.
  std::function<bool(const ReplayProgress&)> go_on = {};
};

/// Compiles and runs every program of the scenario; each call stays on one die. One call per
/// process or per fresh SystemC context. `stacks` holds one stack a stream (or one for all).
[[nodiscard]] Result replay(const scenario::Scenario&, const spec::DeviceSpec&,
                            const std::vector<spec::StackSpec>& stacks, const ReplayOptions& = {});

/// The same with programs compiled before (one a scenario program).
[[nodiscard]] Result replay_compiled(const scenario::Scenario&,
                                     const std::vector<compiler::Program>&, const spec::DeviceSpec&,
                                     const std::vector<spec::StackSpec>& stacks,
                                     const ReplayOptions& = {});

}  // namespace anesim::models
