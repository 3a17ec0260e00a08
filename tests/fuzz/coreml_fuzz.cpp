// Fuzz target: any bytes are either read as a Core ML model or refused with a UserError.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "traces/coreml/coreml.h"
#include "traces/graph/shape_rules.h"
#include "traces/graph/work.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  (void)anesim::coreml::looks_like_model(bytes);
  try {
    anesim::graph::Graph graph = anesim::coreml::parse_coreml(bytes, "fuzz.mlmodel", {"", true});
    std::vector<anesim::graph::DimBinding> bindings;
    for (const auto id : graph.inputs) {
      const auto& tensor = graph.at(id);
      for (std::size_t axis = 0; axis < tensor.shape.size(); ++axis) {
        if (tensor.shape[axis] != anesim::graph::unknown_dim) continue;
        bindings.push_back({tensor.name + "[" + std::to_string(axis) + "]", 16});
      }
    }
    anesim::graph::bind_dimensions(graph, bindings);
    anesim::graph::propagate_shapes(graph);
    anesim::graph::require_bound(graph);
    (void)anesim::graph::work_of(graph);
  } catch (const anesim::UserError&) {
    // Refused, as it should be.
  }
  return 0;
}
