#include "tests/traces/onnx_model.h"

#include <fmt/format.h>
#include <google/protobuf/text_format.h>

#include <sstream>
#include <vector>

#include "traces/onnx/proto.h"

namespace anesim::onnx {

std::string model_bytes(const std::string& text) {
  ::onnx::ModelProto model;
  check(google::protobuf::TextFormat::ParseFromString(text, &model), "the test's model is wrong");
  return model.SerializeAsString();
}

namespace {
std::vector<std::string> pieces(const std::string& text, char separator) {
  std::vector<std::string> result;
  std::istringstream in(text);
  for (std::string piece; std::getline(in, piece, separator);) {
    const auto first = piece.find_first_not_of(' ');
    if (first == std::string::npos) continue;
    result.push_back(piece.substr(first, piece.find_last_not_of(' ') - first + 1));
  }
  return result;
}

std::string input(const std::string& text) {
  const auto colon = text.find(':');
  const auto words = pieces(text.substr(colon + 1), ' ');
  const bool scalar = words.size() == 1;
  std::string dims;
  for (const std::string& dim : scalar ? std::vector<std::string>{} : pieces(words[0], ',')) {
    if (dim == "?") {
      dims += "dim {} ";
    } else if (std::isdigit(static_cast<unsigned char>(dim[0])) != 0) {
      dims += fmt::format("dim {{ dim_value: {} }} ", dim);
    } else {
      dims += fmt::format("dim {{ dim_param: '{}' }} ", dim);
    }
  }
  const std::string& type = words.back();
  const int number = type == "float" ? 1 : type == "int8" ? 3 : type == "bool" ? 9 : 7;
  return fmt::format(
      "input {{ name: '{}' type {{ tensor_type {{ elem_type: {} shape {{ {} }} }} }} }}\n",
      text.substr(0, colon), number, dims);
}
}  // namespace

std::string model_with(int opset, const std::string& inputs, const std::string& body) {
  std::string text = "ir_version: 8 opset_import { version: " + std::to_string(opset) +
                     " } opset_import { domain: 'com.microsoft' version: 1 } graph {\n";
  for (const std::string& one : pieces(inputs, ';')) text += input(one);
  return text + body + "}";
}

graph::Graph read_model(int opset, const std::string& inputs, const std::string& outputs,
                        const std::string& body, const ReadOptions& options) {
  std::string all = body;
  for (const std::string& name : pieces(outputs, ' ')) all += "output { name: '" + name + "' }\n";
  return parse_onnx(model_bytes(model_with(opset, inputs, all)), "test.onnx", options);
}

std::string node(const std::string& type, const std::string& inputs, const std::string& outputs,
                 const std::string& attributes, const std::string& domain) {
  std::string text = "node { name: '" + type + "_node' op_type: '" + type + "' ";
  for (const std::string& name : pieces(inputs, ' ')) {
    text += "input: '" + (name == "-" ? "" : name) + "' ";
  }
  for (const std::string& name : pieces(outputs, ' ')) {
    text += "output: '" + (name == "-" ? "" : name) + "' ";
  }
  if (!domain.empty()) text += "domain: '" + domain + "' ";
  return text + attributes + "}\n";
}

std::string attribute(const std::string& name, std::int64_t value) {
  return fmt::format("attribute {{ name: '{}' type: INT i: {} }} ", name, value);
}

std::string attribute(const std::string& name, const std::string& value) {
  return fmt::format("attribute {{ name: '{}' type: STRING s: '{}' }} ", name, value);
}

std::string attribute(const std::string& name, const std::vector<std::int64_t>& values) {
  return fmt::format("attribute {{ name: '{}' type: INTS ints: [{}] }} ", name,
                     fmt::join(values, ", "));
}

std::string number_attribute(const std::string& name, double value) {
  return fmt::format("attribute {{ name: '{}' type: FLOAT f: {} }} ", name, value);
}

std::string integers(const std::string& name, const std::vector<std::int64_t>& values) {
  return fmt::format("initializer {{ name: '{}' data_type: 7 dims: {} int64_data: [{}] }}\n", name,
                     values.size(), fmt::join(values, ", "));
}

std::string scalar(const std::string& name, std::int64_t value) {
  return fmt::format("initializer {{ name: '{}' data_type: 7 int64_data: {} }}\n", name, value);
}

std::string weight(const std::string& name, const std::vector<std::int64_t>& dims, int type) {
  return fmt::format("initializer {{ name: '{}' data_type: {} dims: [{}] }}\n", name, type,
                     fmt::join(dims, ", "));
}

}  // namespace anesim::onnx
