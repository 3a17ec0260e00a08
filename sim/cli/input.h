// From INPUT of the command line to a scenario.
#pragma once

#include "sim/cli/options.h"
#include "traces/scenario/scenario.h"

namespace anesim::cli {

/// INPUT: a MIL file or compiled model folder, a trace (YAML), "workload:KIND,key=value,...".
/// Unknown dimensions are bound by --dim, or refused with that hint.
[[nodiscard]] scenario::Scenario open_input(const Options&);
[[nodiscard]] graph::Graph open_graph(const std::string& input,
                                      const std::vector<graph::DimBinding>& dims,
                                      const Options&);

}  // namespace anesim::cli
