// From INPUT of the command line to a scenario.
#pragma once

#include <string_view>

#include "sim/cli/options.h"
#include "traces/scenario/scenario.h"

namespace anesim::cli {

/// INPUT: a Core ML model, package or compiled folder, MIL text, ONNX, a trace (YAML),
/// "network:NAME,key=value,...", "workload:KIND,key=value,...", or "-" for a model, MIL text or a
/// trace on standard input (Options::standard_input). Unknown dimensions are bound by --dim, or
/// refused with that hint.
[[nodiscard]] scenario::Scenario open_input(const Options&);
/// The host path of an input that names none: what its measured programs took.
[[nodiscard]] std::string default_stack(const std::string& input);
/// True if standard input holds a model or MIL text and not a trace.
[[nodiscard]] bool is_graph(std::string_view text);
[[nodiscard]] graph::Graph open_graph(const std::string& input,
                                      const std::vector<graph::DimBinding>& dims, const Options&);

}  // namespace anesim::cli
