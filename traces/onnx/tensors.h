// Stored tensors of a model: type, shape and size; values only where a shape could follow from
// them.
#pragma once

#include <optional>
#include <string>

#include "traces/graph/graph.h"

namespace onnx {
class TensorProto;
class TypeProto;
}  // namespace onnx

namespace anesim::onnx {

/// A data type number of onnx.proto as the graph has it: floating point is fp16, 64-bit integers
/// int32. Nothing for complex numbers and unknown types.
[[nodiscard]] std::optional<graph::DType> dtype_of(int number);
/// Width in bits of an element as stored in the file; 0 if unknown or text.
[[nodiscard]] int file_bits(int number);

/// Where a model came from.
struct Source {
  std::string file;    ///< for messages
  std::string folder;  ///< of external data; empty: there is none to look into
};

/// A constant tensor. Throws UserError: bad dimensions or type, data of the wrong size, external
/// data outside the model's folder. External data may be absent: integers of a small tensor are
/// then unknown_value each. `what` says whose it is, for messages.
[[nodiscard]] graph::Tensor tensor_of(const ::onnx::TensorProto&, const std::string& what,
                                      const Source&);

}  // namespace anesim::onnx
