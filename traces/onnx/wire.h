// The structure of a model file without the numbers of its weights, so that memory and time follow
// from the graph and not from the file: read before protobuf sees anything.
// Source: protobuf wire format; field numbers of onnx.proto.
#pragma once

#include <string>
#include <string_view>

namespace anesim::onnx {

/// A serialised ModelProto in which large tensors have lost their data and texts for people are
/// left out. Throws UserError with the byte where something is wrong: truncated, not of this
/// format, nested too deep, too many fields, tensor data whose size does not fit its shape.
[[nodiscard]] std::string without_weights(std::string_view bytes, const std::string& file);

}  // namespace anesim::onnx
