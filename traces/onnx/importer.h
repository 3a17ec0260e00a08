// Walks the graph of a model: names, scopes, conditions, and a mapping for each node.
#pragma once

#include "traces/onnx/onnx.h"

namespace onnx {
class ModelProto;
}

namespace anesim::onnx {

[[nodiscard]] graph::Graph import_model(const ::onnx::ModelProto&, const std::string& file,
                                        const ReadOptions&);

}  // namespace anesim::onnx
