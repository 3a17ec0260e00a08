// Fuzz target: any text is either read as MIL or refused with a UserError.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "traces/graph/shape_rules.h"
#include "traces/graph/work.h"
#include "traces/mil/mil.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    anesim::graph::Graph graph = anesim::mil::parse_mil(text, "fuzz.mil", {"", true});
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
    (void)anesim::graph::work_of(graph);
  } catch (const anesim::UserError&) {
    // Refused, as it should be.
  }
  return 0;
}
