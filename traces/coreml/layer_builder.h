// Builds the operations of a classic neural network, layer by layer. Shapes are not in the file:
// they follow from the inputs by the shape rules.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "traces/coreml/layer.h"
#include "traces/graph/builder.h"

namespace anesim::coreml {

class LayerBuilder {
 public:
  using Arguments = graph::Builder::Arguments;
  using TensorId = graph::TensorId;

  LayerBuilder(const NeuralNetwork& network, std::string file);

  /// Declares an input of the description and what is done to it before the first layer.
  void input(const Feature&);
  /// Appends the operations of a layer. Throws UserError naming it.
  void layer(const Layer&, bool approximate_unknown);
  /// Ends in the features of the description; what no layer makes (class labels) is left out.
  [[nodiscard]] graph::Graph finish(const std::vector<Feature>& outputs);

  // For the rules of layers.
  graph::Builder build;
  [[noreturn]] void fail(const std::string& what) const;
  [[nodiscard]] bool exact() const { return network_.exact_arrays; }
  [[nodiscard]] TensorId in(std::size_t index) const;
  [[nodiscard]] const graph::Shape& shape(std::size_t index) const {
    return build.shape(in(index));
  }
  [[nodiscard]] bool has_input(std::size_t index) const;
  void out(TensorId, std::size_t index = 0);
  /// Adds an operation named after the layer; `part` tells helpers apart.
  TensorId op(std::string_view type, Arguments, std::string_view part = "");
  std::vector<TensorId> op_many(std::string_view type, Arguments, std::string_view part = "");
  /// The layer's operation with the input as x and its result as output.
  void simple(std::string_view type, Arguments more = {});
  TensorId weight(std::string_view part, graph::Shape, graph::StorageFormat);
  TensorId reshaped(TensorId, graph::Shape, std::string_view part);

 private:
  std::string unique(std::string_view part);
  void unknown(const Layer&, const std::string& kind);

  const NeuralNetwork& network_;
  std::string file_;
  const Layer* current_ = nullptr;
  std::unordered_map<std::string, TensorId> blobs_;
  std::unordered_set<std::string> names_;
  std::unordered_map<std::string, int> repeats_;
};

/// The graph of a network. Flexible inputs take their default sizes. Throws UserError.
[[nodiscard]] graph::Graph network_graph(const NeuralNetwork&, const Description&,
                                         const std::string& file, bool approximate_unknown);

}  // namespace anesim::coreml
