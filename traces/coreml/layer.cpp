#include "traces/coreml/layer.h"

#include <algorithm>

#include "traces/coreml/layer_table.h"

namespace anesim::coreml {

namespace {
/// QuantizationParams: bits, and the tables that go with the weights.
struct Quantization {
  std::int64_t bits = 0;
  bool palette = false;
  std::int64_t table_bytes = 0;
};

Quantization read_quantization(Wire& wire) {
  Quantization result;
  wire.message([&](int field) {
    if (field == 1) result.bits = wire.integer();
    if (field != 101 && field != 102) return;
    result.palette = field == 102;
    wire.message([&](int inner) {  // scales and biases, or the table; all floats
      if (inner == 1 || inner == 2) result.table_bytes += 4 * wire.count_reals(4);
    });
  });
  return result;
}

Weights read_weights(Wire& wire) {
  Weights result;
  std::int64_t floats = 0, halves = 0, raw = 0;
  std::optional<Quantization> quantization;
  wire.message([&](int field) {
    if (field == 1) floats += wire.count_reals(4);
    if (field == 2) halves = wire.length() / 2;
    if (field == 30 || field == 31) raw = wire.length();
    if (field == 40) quantization = read_quantization(wire);
  });
  if (floats > 0) {
    result.format.stored = graph::DType::fp32;
    result.format.bits = 32;
    result.elements = floats;
  } else if (halves > 0) {
    result.elements = halves;
  }
  if (quantization && quantization->bits >= 1 && quantization->bits <= 8) {
    const int bits = static_cast<int>(quantization->bits);
    result.format.encoding =
        quantization->palette ? graph::Encoding::palette : graph::Encoding::affine;
    result.format.stored = quantization->palette ? graph::DType::fp16 : graph::DType::uint8;
    result.format.bits = bits;
    result.format.table_bytes = quantization->table_bytes;
    result.elements = 8 * raw / bits;
  }
  return result;
}

graph::Shape read_tensor(Wire& wire) {
  graph::Shape shape;
  wire.message([&](int field) {
    if (field == 2) wire.integers([&](std::int64_t size) { shape.push_back(size); });
  });
  return shape;
}

Layer read_layer(Wire& wire) {
  Layer layer;
  wire.message([&](int field) {
    switch (field) {
      case 1:
        layer.name = wire.text();
        break;
      case 2:
        layer.inputs.push_back(wire.text());
        break;
      case 3:
        layer.outputs.push_back(wire.text());
        break;
      case 5:
        layer.declared.push_back(read_tensor(wire));
        break;
      default:
        if (field < 100) break;
        layer.kind = field;
        layer.parameters = read_parameters(wire, layer_schema(field));
    }
  });
  return layer;
}

Preprocessing read_preprocessing(Wire& wire) {
  Preprocessing result;
  wire.message([&](int field) {
    if (field == 1) result.feature = wire.text();
    if (field == 11) result.mean_image = true;
    if (field != 10) return;
    wire.message([&](int inner) {
      const double value = wire.real();
      if (inner == 10) result.scales = value != 1 && value != 0;
      if (inner >= 20 && value != 0) result.shifts = true;
    });
  });
  return result;
}
}  // namespace

Parameters read_parameters(Wire& wire, Schema schema) {
  Parameters result;
  wire.message([&](int field) {
    if (!wire.holds_bytes()) {
      if (wire.holds_integer()) {
        result.integers[field].push_back(wire.integer());
      } else {
        result.reals[field].push_back(wire.real());
      }
      return;
    }
    const auto entry = std::ranges::find(schema, field, &FieldOf::field);
    if (entry == schema.end()) return;
    switch (entry->holds) {
      case Holds::integers:
        wire.integers([&](std::int64_t item) { result.integers[field].push_back(item); });
        break;
      case Holds::reals:
        wire.reals(4, [&](double item) { result.reals[field].push_back(item); });
        break;
      case Holds::message:
        result.messages[field].push_back(read_parameters(wire, entry->inside));
        break;
      case Holds::weights:
        result.weights[field] = read_weights(wire);
    }
  });
  return result;
}

std::int64_t Parameters::integer(int field, std::int64_t otherwise) const {
  const auto found = integers.find(field);
  return found == integers.end() || found->second.empty() ? otherwise : found->second.back();
}

double Parameters::real(int field, double otherwise) const {
  const auto found = reals.find(field);
  return found == reals.end() || found->second.empty() ? otherwise : found->second.back();
}

std::vector<std::int64_t> Parameters::list(int field) const {
  const auto found = integers.find(field);
  return found == integers.end() ? std::vector<std::int64_t>{} : found->second;
}

std::vector<bool> Parameters::flags(int field) const {
  const std::vector<std::int64_t> numbers = list(field);
  return {numbers.begin(), numbers.end()};
}

const Parameters* Parameters::find(int field) const {
  const auto found = messages.find(field);
  return found == messages.end() ? nullptr : &found->second.back();
}

graph::StorageFormat Parameters::format(int field) const {
  const auto found = weights.find(field);
  return found == weights.end() ? graph::StorageFormat{} : found->second.format;
}

NeuralNetwork read_neural_network(Wire& wire) {
  NeuralNetwork result;
  wire.message([&](int field) {
    switch (field) {
      case 1:
        result.layers.push_back(read_layer(wire));
        break;
      case 2:
        result.preprocessing.push_back(read_preprocessing(wire));
        break;
      case 5:
        result.exact_arrays = wire.integer() == 1;
        break;
      case 6:
        result.exact_images = wire.integer() == 1;
        break;
      default:
        break;
    }
  });
  return result;
}

}  // namespace anesim::coreml
