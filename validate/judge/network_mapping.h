// Whole networks of the measurement files: from their names to graphs.
#pragma once

#include <string>
#include <vector>

#include "validate/judge/prediction.h"

namespace anesim::validate {

/// Sets the program of a case of kind `model` (points of kind "network:NAME"), or `unsupported`.
void map_network(CaseRequest&);

/// What a user calls a case: its name and variant, "RepViT M1.0".
[[nodiscard]] std::string network_name(const Workload&);

/// Cases of these names get the program "graph:NAME", whatever is built in. Throws UserError for a
/// name that no case has, with the nearest one.
void supply_graphs(std::vector<CaseRequest>&, const std::vector<std::string>& names);

}  // namespace anesim::validate
