#include "models/duration.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/engine/descriptor_time.h"
#include "models/host/rules.h"
#include "sim/core/error.h"
#include "sim/core/text.h"

namespace anesim::models {

Seconds lone_time(const compiler::Program& p, const spec::DeviceSpec& d) {
  double sum = 0;
  for (const auto& s : p.segments) {
    const auto& agent = s.where == compiler::Where::gpu ? d.gpu : d.cpu;
    for (const auto& w : s.agent) sum += agent_time(agent, w.flops, w.bytes).value;
    double slowest = 0;
    for (const auto& list : s.engines) {
      double mine = 0;
      for (const auto& t : list) mine += lone_descriptor_time(t, d, d.engine.clock).value;
      slowest = std::max(slowest, mine);
    }
    sum += slowest;
  }
  return Seconds(sum);
}

Seconds lone_time(const scenario::Scenario& scenario,
                  const std::vector<compiler::Program>& programs, const spec::DeviceSpec& d) {
  std::vector<double> alone(programs.size(), -1);
  double seconds = 0, macs = 0;
  for (const auto& s : scenario.streams) {
    if (s.host) continue;
    double& own = alone[s.program];
    if (own < 0) own = lone_time(programs[s.program], d).value;
    const auto calls = static_cast<double>(s.count);
    const double waits = s.arrivals_us.empty() ? calls * std::max(s.gap_us, s.period_us.value_or(0))
                                               : s.arrivals_us.back();
    seconds += calls * own + (s.start_us + waits) * 1e-6;
    macs += calls * static_cast<double>(programs[s.program].macs);
    if (seconds <= scenario::longest_s && macs < 9e18) continue;
    const std::string of = printable(programs[s.program].name, 200);
    if (seconds > scenario::longest_s)
      throw UserError(fmt::format(
          "program '{}': {} call{} of {:.3g} s: at least {:.3g} s of simulated time on {} "
          "(expected up to {:g} s for all calls)",
          of, s.count, s.count == 1 ? "" : "s", own, seconds, d.name, scenario::longest_s));
    throw UserError(
        fmt::format("program '{}': {} call{} with {:.3g} multiply-accumulates in all "
                    "(expected up to 9e18)",
                    of, s.count, s.count == 1 ? "" : "s", macs));
  }
  return Seconds(seconds);
}

}  // namespace anesim::models
