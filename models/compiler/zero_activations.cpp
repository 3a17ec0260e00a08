// Which share of a layer's activations is zero: data decides over energy, never over time.
#include <map>
#include <set>
#include <string_view>

#include "models/compiler/passes.h"

namespace anesim::compiler {
namespace {

/// Assumed: the sums that a rectifier sees are as often negative as positive. M4 chains behind a
/// rectifier draw what chains with half of their activations masked draw, less the mask
/// (m6-power-m4: 5.1 and 6.0 W).
constexpr double zeros_of_rectifier = 0.5;

const std::set<std::string_view> rectifiers{"relu", "relu6", "clamped_relu", "thresholded_relu"};
const std::set<std::string_view> passing_zeros_on{"reshape",     "transpose", "squeeze",
                                                  "expand_dims", "flatten2d", "identity",
                                                  "cast",        "quantize",  "dequantize"};

}  // namespace

void note_zero_activations(const graph::Graph& g, std::vector<Layer>& layers,
                           std::optional<double> stated) {
  std::map<graph::TensorId, double> zeros;
  for (const graph::Op& op : g.ops) {
    double share = 0;
    if (rectifiers.contains(op.type)) {
      share = zeros_of_rectifier;
    } else if (passing_zeros_on.contains(op.type)) {
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
