// Operations written out in a trace: inputs, ops and outputs in the MIL vocabulary.
#pragma once

#include <string>

#include "sim/config/yaml.h"
#include "traces/graph/graph.h"

namespace anesim::scenario {

/// `program` is the map with keys inputs, constants (weights that several ops read), ops, outputs.
/// A parameter is a tensor by name, a weight ({shape, format}), a number, a flag, a text or a list.
/// Instead of an op, {repeat: N, carry: {name: first}, ops}: a name that the block writes stands
/// for the latest round's tensor; `carry` names are `first` before the first round. Throws
/// UserError with place.
[[nodiscard]] graph::Graph read_inline_graph(const config::Node& program, const std::string& name);

/// Storage format by its name in files: a data type (fp16, int8, ...), lut1..lut8, or sparse.
[[nodiscard]] graph::StorageFormat parse_format(const config::Node&);

}  // namespace anesim::scenario
