// The syntax tree of one function to a graph.
#pragma once

#include "traces/mil/mil.h"
#include "traces/mil/syntax.h"

namespace anesim::mil {

/// Resolves names, dissolves constants and checks operations; shapes are not yet checked.
[[nodiscard]] graph::Graph import_function(const Function&, const std::string& file,
                                           const ReadOptions&);

}  // namespace anesim::mil
