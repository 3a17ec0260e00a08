// Walks the graph of a model: names, scopes, conditions, and a mapping for each node.
#pragma once

#include "traces/onnx/onnx.h"
#include "traces/onnx/tensors.h"

namespace onnx {
class ModelProto;
}

namespace anesim::onnx {

[[nodiscard]] graph::Graph import_model(const ::onnx::ModelProto&, const Source&,
                                        const ReadOptions&);

}  // namespace anesim::onnx
