// The syntax tree of one function to a graph.
#pragma once

#include "traces/mil/mil.h"
#include "traces/mil/syntax.h"

namespace anesim::mil {

/// The function named `wanted`; if that is empty, `standard`, or the only one. Throws UserError
/// with the names there are.
[[nodiscard]] const Function& choose_function(const Program&, const std::string& file,
                                              const std::string& wanted,
                                              const std::string& standard = "main");

/// Resolves names, dissolves constants and checks operations; shapes are not yet checked.
[[nodiscard]] graph::Graph import_function(const Function&, const std::string& file,
                                           const ReadOptions&);

}  // namespace anesim::mil
