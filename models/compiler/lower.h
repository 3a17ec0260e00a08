// First pass: graph operations to layers, with the reason where an operation cannot run on the
// engine. Source of the support rules: m6-study 8.1, ane-guide 6.
#pragma once

#include <string>
#include <vector>

#include "models/compiler/layer.h"
#include "models/spec/device_spec.h"
#include "traces/graph/graph.h"

namespace anesim::compiler {

struct LowerOptions {
  bool approximate_unknown = false;
};

/// One layer an operation, or several (attention becomes two products and a softmax).
/// Throws UserError with place and nearest name for an operation without a rule.
[[nodiscard]] std::vector<Layer> lower(const graph::Graph&, const spec::DeviceSpec&,
                                       const LowerOptions&);

/// A row of the support table as `list ops` prints it.
struct OpSupport {
  std::string op;
  std::string unit;      ///< "ne", "planar", "dma", "view", or "cpu" on this device
  std::string needs;     ///< first generation, "never", or with which parameter it changes
  std::string reason;    ///< why it is off the engine of this device; else empty
  std::string evidence;  ///< of the row; "assumed" where no row names the operation
  std::string source;
};
/// Operations with a lowering rule, sorted.
[[nodiscard]] std::vector<OpSupport> op_support(const spec::DeviceSpec&);

}  // namespace anesim::compiler
