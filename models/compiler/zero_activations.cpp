// Which share of a layer's activations is zero: data decides over energy, never over time.
#include <algorithm>
#include <map>

#include "models/compiler/passes.h"
#include "traces/graph/work.h"

namespace anesim::compiler {
namespace {

/// Half of the sums that a rectifier sees are negative.
constexpr double zeros_of_rectifier = 0.5;

bool one_of(const std::string& type, std::initializer_list<const char*> types) {
  return std::any_of(types.begin(), types.end(), [&](const char* t) { return type == t; });
}

}  // namespace

void note_zero_activations(const graph::Graph& g, std::vector<Layer>& layers,
                           std::optional<double> stated) {
  std::map<graph::TensorId, double> zeros;
  for (const graph::Op& op : g.ops) {
    double share = 0;
    if (one_of(op.type, {"relu", "relu6", "clamped_relu", "thresholded_relu"})) {
      share = zeros_of_rectifier;
    } else if (one_of(op.type, {"reshape", "transpose", "squeeze", "expand_dims", "flatten2d",
                                "identity", "cast", "quantize", "dequantize"})) {
      for (const auto& argument : op.arguments)
        for (const graph::TensorId id : argument.tensors)
          if (const auto it = zeros.find(id); it != zeros.end()) share = it->second;
    }
    if (share > 0)
      for (const graph::TensorId id : op.outputs) zeros[id] = share;
  }
  for (Layer& l : layers) {
    const auto it = l.inputs.empty() ? zeros.end() : zeros.find(l.inputs[0]);
    l.zero_activations = stated.value_or(it == zeros.end() ? 0 : it->second);
  }
}

}  // namespace anesim::compiler
