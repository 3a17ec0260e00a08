// From a simulated outcome to the metric and unit of a case.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "validate/judge/prediction.h"

namespace anesim::validate {

/// What was simulated, in base units, for one call (or one layer, after fit_points).
struct Outcome {
  double seconds = 0;  ///< of the clock asked for
  double macs = 0;
  double weight_bytes = 0;                 ///< as stored
  double moved_bytes = 0;                  ///< live tensors read and written
  std::optional<double> memory_bytes;      ///< all that passed the DMA engines; absent: not known
  double elements = 0;                     ///< results of elementwise operations
  std::optional<double> calls_per_second;  ///< if several are in flight; absent: 1 / seconds
  std::optional<double> joules;            ///< per call
  std::optional<double> watts;
  std::optional<double> hertz;  ///< engine clock
  std::optional<double> busy;   ///< share of time a task runs, 0..1
  double engines = 1;
  double cores = 16;                                 ///< of one engine
  std::map<std::string, double> seconds_by_bound{};  ///< `seconds` by Bound name
};

/// Value in the case's unit, or why there is none.
struct Converted {
  std::optional<double> value;
  std::string reason;
};
[[nodiscard]] Converted convert(const CaseRequest&, const Outcome&);

/// Slope or intercept over the points of a case, for seconds and for every amount of work; the
/// plain outcome for other clocks. `outcomes` are in the order of `request.points`.
[[nodiscard]] Outcome fit_points(const CaseRequest&, std::span<const Outcome> outcomes);

/// Positions, tokens and images that one call of a workload handles.
[[nodiscard]] double positions_of(const Workload&);
[[nodiscard]] std::optional<double> tokens_of(const Workload&);
[[nodiscard]] double images_of(const Workload&);

}  // namespace anesim::validate
