// Graph + device -> program: runs the passes in order.
#pragma once

#include <optional>

#include "models/compiler/passes.h"

namespace anesim::compiler {

struct Options {
  int engines = 0;          ///< 0: the compiler decides, 1 or 2: forced
  bool allow_split = true;  ///< false: the host path compiles for one engine
  ComputeUnits units = ComputeUnits::all;
  bool approximate_unknown = false;
  bool force_engine = false;  ///< the whole program on the engine where it can (private API)
  bool segmenter = true;      ///< the host path moves what does not pay on the engine
  std::optional<double> zero_activations{};  ///< share of zeros in the data, if it is known
};

/// Throws UserError for operations that are not modelled and for unbound dimensions.
[[nodiscard]] Program compile(const graph::Graph&, const spec::DeviceSpec&, const Options& = {});

}  // namespace anesim::compiler
