// Fuzz target: any bytes are either read as an ONNX model or refused with a UserError.
#include <google/protobuf/stubs/logging.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "traces/graph/shape_rules.h"
#include "traces/graph/work.h"
#include "traces/onnx/onnx.h"
#include "traces/onnx/proto.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool quiet = (google::protobuf::SetLogHandler(nullptr), true);
  (void)quiet;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  std::vector<anesim::graph::DimBinding> dims;
  {
    // Every symbol gets a size, or nearly all inputs would end at unbound dimensions.
    onnx::ModelProto model;
    if (size < (1u << 16) && model.ParseFromArray(data, static_cast<int>(size))) {
      for (const auto& input : model.graph().input()) {
        const auto& dim = input.type().tensor_type().shape().dim();
        for (int axis = 0; axis < dim.size(); ++axis) {
          if (dim[axis].dim_value() > 0) continue;
          dims.push_back({input.name() + "[" + std::to_string(axis) + "]", 4});
        }
      }
    }
  }
  for (const bool bind : {true, false}) {
    try {
      const anesim::graph::Graph graph = anesim::onnx::parse_onnx(
          bytes, "fuzz.onnx", {bind ? dims : std::vector<anesim::graph::DimBinding>{}, true});
      (void)anesim::graph::work_of(graph);
      return 0;
    } catch (const anesim::UserError&) {
      // Refused, as it should be.
    }
  }
  return 0;
}
