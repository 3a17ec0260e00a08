// Synthetic workloads: small programs described by a kind and a few parameters.
// What it models: the kinds of the measurement vocabulary (validate/measurements/README.md), as the
//   graphs that coremltools and the authors of those measurements write for them.
// What it leaves out: who calls the program and when (traces/scenario), and the values of tensors.
// Parameters: the table below, shown by `anesim list workloads`.
// Source: measurement methods in validate/measurements, op forms in traces/graph.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "traces/graph/graph.h"
#include "traces/workloads/parameters.h"

namespace anesim::workloads {

struct WorkloadInfo {
  std::string_view kind;
  std::string_view sentence;
  std::vector<ParameterInfo> parameters;
  graph::Graph (*make)(const Values&) = nullptr;
};

/// Every kind, in alphabetical order.
[[nodiscard]] const std::vector<WorkloadInfo>& workloads();
/// Throws UserError with the nearest kind.
[[nodiscard]] const WorkloadInfo& find_workload(std::string_view kind);

/// Builds the program. Throws UserError naming the kind and the parameter that is wrong.
[[nodiscard]] graph::Graph make_workload(const std::string& kind, const Parameters&);
/// From text: "conv_chain,layers=16,in_channels=256,kernel=3x3".
[[nodiscard]] graph::Graph make_workload(std::string_view text);

}  // namespace anesim::workloads
