// A Core ML model as its protobuf has it (Model.proto): a program, layers, or a pipeline of models.
#pragma once

#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "traces/coreml/description.h"
#include "traces/coreml/layer.h"
#include "traces/mil/syntax.h"

namespace anesim::coreml {

struct Model;

struct Pipeline {
  std::vector<Model> models;
  std::vector<std::string> names;
};

/// Trees, vocabularies, vision feature prints: models without a graph of tensors.
struct NoGraph {
  std::string what;
};

struct Model {
  std::int64_t specification = 0;
  Description description;
  std::variant<std::monostate, mil::Program, NeuralNetwork, Pipeline, NoGraph> content;
};
// A growing list of models must move the programs in them, whose names are views.
static_assert(!std::is_copy_constructible_v<Model> && std::is_move_constructible_v<Model>);

/// Reads the current message as a Model. Throws UserError, also if it is none.
[[nodiscard]] Model read_model(Wire&);

}  // namespace anesim::coreml
