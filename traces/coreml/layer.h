// One layer of a classic neural network (NeuralNetwork.proto) as the file has it. Its parameters
// are kept by field number; weights by size and format only.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "traces/coreml/description.h"
#include "traces/coreml/wire.h"
#include "traces/graph/graph.h"

namespace anesim::coreml {

/// A WeightParams message.
struct Weights {
  graph::StorageFormat format;  ///< fp16 where the file holds no numbers
  std::int64_t elements = 0;    ///< 0 if the file does not tell
};

enum class Holds : std::uint8_t { integers, reals, message, weights };

/// What a field of bytes holds; single numbers need no entry, fields without one are skipped.
struct FieldOf {
  int field;
  Holds holds;
  std::span<const FieldOf> inside{};
};
using Schema = std::span<const FieldOf>;

struct Parameters {
  std::map<int, std::vector<std::int64_t>> integers;
  std::map<int, std::vector<double>> reals;
  std::map<int, Weights> weights;
  std::map<int, std::vector<Parameters>> messages;

  [[nodiscard]] std::int64_t integer(int field, std::int64_t otherwise = 0) const;
  [[nodiscard]] bool flag(int field) const { return integer(field) != 0; }
  [[nodiscard]] double real(int field, double otherwise = 0) const;
  [[nodiscard]] std::vector<std::int64_t> list(int field) const;
  [[nodiscard]] std::vector<bool> flags(int field) const;
  [[nodiscard]] const Parameters* find(int field) const;
  [[nodiscard]] graph::StorageFormat format(int field) const;
};

/// Reads the current field as a message of that schema.
[[nodiscard]] Parameters read_parameters(Wire&, Schema);

struct Layer {
  std::string name;
  std::vector<std::string> inputs, outputs;
  std::vector<graph::Shape> declared;  ///< of the outputs, where the file tells
  int kind = 0;                        ///< field number of the layer's message
  Parameters parameters;
};

struct Preprocessing {
  std::string feature;
  bool scales = false;
  bool shifts = false;      ///< adds a bias a channel
  bool mean_image = false;  ///< subtracts an image
};

struct NeuralNetwork {
  std::vector<Layer> layers;
  std::vector<Preprocessing> preprocessing;
  bool exact_arrays = false;  ///< arrays keep their rank; otherwise all is Seq, Batch, C, H, W
  bool exact_images = false;  ///< images are Batch, C, H, W
};

/// Reads the current field as a NeuralNetwork (classifiers and regressors share its fields).
[[nodiscard]] NeuralNetwork read_neural_network(Wire&);

}  // namespace anesim::coreml
