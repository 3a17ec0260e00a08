// The program of a request as a graph: a synthetic workload, a network by name, or a user's file.
#pragma once

#include <map>
#include <string>

#include "traces/graph/graph.h"
#include "traces/scenario/scenario.h"
#include "validate/judge/prediction.h"

namespace anesim::validate {

/// Graphs that the user supplied for cases, by the name of the case.
using GraphsByName = std::map<std::string, graph::Graph, std::less<>>;

/// Throws UserError where the generator does.
[[nodiscard]] graph::Graph make_program(const ProgramRequest&, const GraphsByName&);

/// A trace written by hand; its programs are ops or workloads.
[[nodiscard]] scenario::Scenario trace_of(const ScenarioRequest&);

}  // namespace anesim::validate
