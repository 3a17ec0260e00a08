// ONNX models written as text for tests.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "traces/onnx/onnx.h"

namespace anesim::onnx {

using Ints = std::vector<std::int64_t>;

/// The bytes of a ModelProto in protobuf's text form.
[[nodiscard]] std::string model_bytes(const std::string& text);

/// A model of one opset: `inputs` as "x: 1,3,?,N float; y: 4 int64", and the text of what else the
/// graph holds (nodes, initialisers, outputs).
[[nodiscard]] std::string model_with(int opset, const std::string& inputs, const std::string& body);

/// model_with, read; outputs are those named in `outputs`, separated by spaces.
[[nodiscard]] graph::Graph read_model(int opset, const std::string& inputs,
                                      const std::string& outputs, const std::string& body,
                                      const ReadOptions& = {});

/// "node { ... }" of the standard: names of inputs and outputs separated by spaces ("-" is left
/// out), attributes as text.
[[nodiscard]] std::string node(const std::string& type, const std::string& inputs,
                               const std::string& outputs, const std::string& attributes = "",
                               const std::string& domain = "");
[[nodiscard]] std::string attribute(const std::string& name, std::int64_t value);
[[nodiscard]] std::string attribute(const std::string& name, const std::string& value);
[[nodiscard]] std::string attribute(const std::string& name, const std::vector<std::int64_t>&);
[[nodiscard]] std::string number_attribute(const std::string& name, double value);
/// Initialisers: integers with values, and weights of a type number without data.
[[nodiscard]] std::string integers(const std::string& name, const std::vector<std::int64_t>&);
[[nodiscard]] std::string scalar(const std::string& name, std::int64_t value);
[[nodiscard]] std::string weight(const std::string& name, const std::vector<std::int64_t>& dims,
                                 int type = 1);

}  // namespace anesim::onnx
