#include "models/compiler/choose_plan.h"

#include <algorithm>

#include "models/compiler/descriptor_times.h"
#include "models/compiler/emit.h"
#include "models/compiler/limits.h"
#include "sim/core/error.h"

namespace anesim::compiler {
namespace {

double descriptor_seconds(const TaskDescriptor& t, const DescriptorTimes& part) {
  const Seconds moved = part.read + part.write + part.overflow;
  // With one work unit transfers are not hidden.
  const Seconds all = t.work_units > 1 ? std::max({part.compute, part.weights, moved})
                                       : std::max(part.compute, part.weights) + moved;
  return all.value;
}

double meeting_seconds(Meeting m, const spec::DualSpec& d) {
  switch (m) {
    case Meeting::none:
      return 0;
    case Meeting::sync:
      return d.sync.value;
    case Meeting::halo:
      return d.halo.value;
    case Meeting::merge:
      return d.merge.value;
  }
  return 0;
}

/// Gain from which the estimate decides on several engines: it does not see what their streams take
/// from each other (of six networks on the M6 that gain 1 to 5 % by it, four are slower when
/// replayed; those that gain more are faster). One engine needs no such margin.
constexpr double worth_it = 0.05;

bool same_regions(const std::vector<LayerPlan>& a, const std::vector<LayerPlan>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const LayerPlan& x, const LayerPlan& y) {
                      return x.region == y.region && x.tiles == y.tiles;
                    });
}

}  // namespace

Seconds estimate_segment(const Segment& s, const spec::DeviceSpec& d) {
  // Between two meetings the slower engine counts, or the DRAM that all share.
  struct Stretch {
    double slowest = 0, dram = 0;
  };
  std::vector<Stretch> stretches(1);
  double seconds = 0;
  for (std::size_t e = 0; e < s.engines.size(); ++e) {
    std::size_t at = 0;
    double mine = 0;
    for (const TaskDescriptor& t : s.engines[e]) {
      if (t.meeting != Meeting::none) {
        stretches[at].slowest = std::max(stretches[at].slowest, mine);
        mine = 0;
        if (++at == stretches.size()) stretches.emplace_back();
        if (e == 0) seconds += meeting_seconds(t.meeting, d.dual);
      }
      const DescriptorTimes part = descriptor_times(t, d, d.engine.clock);
      mine += descriptor_seconds(t, part);
      stretches[at].dram += part.dram.value;
    }
    stretches[at].slowest = std::max(stretches[at].slowest, mine);
  }
  for (const Stretch& stretch : stretches) seconds += std::max(stretch.slowest, stretch.dram);
  return Seconds(seconds);
}

std::vector<LayerPlan> choose_plan(const graph::Graph& g, const std::vector<Layer>& layers,
                                   std::size_t first, std::size_t last, const SplitPlan& split,
                                   const spec::DeviceSpec& d) {
  const int engines = split.use_both ? d.engine.count : 1;
  const auto plan = [&](RegionRule rule) {
    auto plans = plan_memory(g, layers, first, last, engines, d, rule);
    check_descriptors(g, layers, plans, first, last, engines);
    return plans;
  };
  std::vector<LayerPlan> greedy = plan(RegionRule::greedy);
  if (std::all_of(greedy.begin(), greedy.end(), [](const auto& p) { return p.tiles == 1; }))
    return greedy;
  std::vector<LayerPlan> least;
  try {
    least = plan(RegionRule::least);
  } catch (const UserError&) {
    return greedy;  // that one fits
  }
  if (same_regions(greedy, least)) return greedy;
  const auto seconds = [&](const std::vector<LayerPlan>& plans) {
    Program alone;
    emit_segment(alone, layers, plans, split, first, last, d);
    return estimate_segment(alone.segments.front(), d);
  };
  const double margin = engines > 1 ? worth_it : 0;
  return seconds(least).value < (1 - margin) * seconds(greedy).value ? least : greedy;
}

}  // namespace anesim::compiler
