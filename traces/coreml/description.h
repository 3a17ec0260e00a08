// What a Core ML model says of its inputs, outputs and states (ModelDescription).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "traces/coreml/wire.h"
#include "traces/graph/graph.h"

namespace anesim::coreml {

enum class FeatureKind : std::uint8_t { number, text, image, array, other };

struct SizeRange {
  std::int64_t low = 0;
  std::int64_t high = 0;  ///< 0: no bound
};

struct Feature {
  std::string name;
  FeatureKind kind = FeatureKind::other;
  graph::DType dtype = graph::DType::fp32;  ///< of arrays, numbers and pixels
  graph::Shape shape;                       ///< of an array; [channels, height, width] of an image
  std::vector<SizeRange> ranges;            ///< of each dimension, if they may change
  bool optional = false;
};

struct FunctionDescription {
  std::string name;
  std::vector<Feature> inputs, outputs;
};

struct Description {
  std::vector<Feature> inputs, outputs;
  std::vector<FunctionDescription> functions;
  std::string standard_function;

  /// Inputs of a function; those of the model if it has no functions or no such one.
  [[nodiscard]] const std::vector<Feature>& inputs_of(std::string_view function) const;
};

/// Reads the current field as a ModelDescription.
[[nodiscard]] Description read_description(Wire&);

/// The bounds of the graph's unknown input dimensions, as far as the features tell them.
void describe_flexible(graph::Graph&, const std::vector<Feature>&);

}  // namespace anesim::coreml
