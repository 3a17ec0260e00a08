// Writes Core ML protobufs for tests, by field numbers (MIL.proto, Model.proto).
#pragma once

#include <bit>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace anesim::coreml {

using Bytes = std::string;

inline Bytes varint(std::uint64_t value) {
  Bytes out;
  for (; value > 127; value >>= 7) out += static_cast<char>(value | 128);
  return out += static_cast<char>(value);
}
inline Bytes number(int field, std::int64_t value) {
  return varint(static_cast<std::uint64_t>(field) << 3) + varint(static_cast<std::uint64_t>(value));
}
/// A message, a text or packed numbers.
inline Bytes part(int field, std::string_view bytes) {
  return varint(static_cast<std::uint64_t>(field) << 3 | 2) + varint(bytes.size()) + Bytes(bytes);
}
inline Bytes real(int field, float value) {
  Bytes out = varint(static_cast<std::uint64_t>(field) << 3 | 5);
  const auto bits = std::bit_cast<std::uint32_t>(value);
  for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>(bits >> shift);
  return out;
}
inline Bytes packed(int field, const std::vector<std::int64_t>& values) {
  Bytes all;
  for (const std::int64_t value : values) all += varint(static_cast<std::uint64_t>(value));
  return part(field, all);
}
inline Bytes entry(int field, std::string_view key, std::string_view value) {
  return part(field, part(1, key) + part(2, value));
}

// MIL.proto. Data types: BOOL 1, STRING 2, FLOAT16 10, FLOAT32 11, INT8 21, INT32 23, UINT8 31.
inline Bytes dimension(std::int64_t size) {
  return part(3, size < 0 ? part(2, "") : part(1, number(1, size)));
}
inline Bytes tensor_type(int dtype, const std::vector<std::int64_t>& shape) {
  Bytes tensor = number(1, dtype) + number(2, static_cast<std::int64_t>(shape.size()));
  for (const std::int64_t size : shape) tensor += dimension(size);
  return part(1, tensor);
}
inline Bytes named(int field, std::string_view name, std::string_view type) {
  return part(field, part(1, name) + part(2, type));
}
/// A value written in place; `kind` is the field of TensorValue, `numbers` its field 1.
inline Bytes immediate(std::string_view type, int kind, std::string_view numbers) {
  return part(2, type) + part(3, part(1, part(kind, numbers)));
}
inline Bytes text_value(std::string_view text) {
  return immediate(tensor_type(2, {}), 4, part(1, text));
}
inline Bytes int_value(std::int64_t value) {
  return immediate(tensor_type(23, {}), 2, packed(1, {value}));
}
inline Bytes ints_value(const std::vector<std::int64_t>& values) {
  return immediate(tensor_type(23, {static_cast<std::int64_t>(values.size())}), 2,
                   packed(1, values));
}
inline Bytes bool_value(bool value) {
  return immediate(tensor_type(1, {}), 3, packed(1, {value ? 1 : 0}));
}
inline Bytes blob_value(std::string_view type, std::int64_t offset,
                        std::string_view file = "@model_path/weights/weight.bin") {
  return part(2, type) + part(5, part(1, file) + number(2, offset));
}
/// An argument bound to a name, or to a value in place.
inline Bytes bound(std::string_view parameter, std::string_view name) {
  return entry(2, parameter, part(1, part(1, name)));
}
inline Bytes inlined(std::string_view parameter, std::string_view value) {
  return entry(2, parameter, part(1, part(2, value)));
}
/// Field 3 of a Block.
inline Bytes operation(std::string_view type, std::string_view fields) {
  return part(3, part(1, type) + Bytes(fields));
}
inline Bytes constant(std::string_view name, std::string_view type, std::string_view value) {
  return operation(
      "const", named(3, name, type) + entry(5, "name", text_value(name)) + entry(5, "val", value));
}
inline Bytes function(std::string_view inputs, std::string_view operations, std::string_view output,
                      std::string_view opset = "CoreML7") {
  return Bytes(inputs) + part(2, opset) + entry(3, opset, Bytes(operations) + part(2, output));
}
inline Bytes program(std::initializer_list<std::pair<std::string_view, Bytes>> functions) {
  Bytes all = number(1, 1);
  for (const auto& [name, body] : functions) all += entry(2, name, body);
  return all;
}

// Model.proto
inline Bytes array_feature(std::string_view name, const std::vector<std::int64_t>& shape,
                           std::string_view more = "") {
  return part(1, name) + part(3, part(5, packed(1, shape) + number(2, 65568) + Bytes(more)));
}
inline Bytes model(std::string_view description, int kind, std::string_view content,
                   int specification = 8) {
  return number(1, specification) + part(2, description) + part(kind, content);
}
/// An ML program of one function "main".
inline Bytes ml_program(std::string_view inputs, std::string_view operations,
                        std::string_view output, std::string_view description = "") {
  return model(description, 502, program({{"main", function(inputs, operations, output)}}));
}
/// A pipeline (202; 200 for a classifier of one) of programs of one operation each, between the
/// features of those names.
inline Bytes programs_in_a_row(int kind, const std::vector<std::string>& features,
                               const std::vector<std::string>& operations) {
  const Bytes type = tensor_type(11, {1, 8, 4, 4});
  const auto feature = [](int field, std::string_view name) {
    return part(field, array_feature(name, {1, 8, 4, 4}));
  };
  Bytes parts;
  for (std::size_t i = 0; i < operations.size(); ++i) {
    const std::string& from = features.at(i);
    const std::string& to = features.at(i + 1);
    parts += part(1, ml_program(named(1, from, type),
                                operation(operations[i], bound("x", from) + named(3, to, type)), to,
                                feature(1, from) + feature(10, to)));
  }
  for (std::size_t i = 0; i < operations.size(); ++i) parts += part(2, "part" + std::to_string(i));
  const Bytes description = feature(1, features.front()) + feature(10, features.back());
  return model(description, kind, kind == 202 ? parts : part(1, parts));
}

}  // namespace anesim::coreml
