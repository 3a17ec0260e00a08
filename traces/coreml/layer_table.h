// The kinds of layer that are known: field number, name, parameters, and what makes its operations.
#pragma once

#include <string>

#include "traces/coreml/layer.h"

namespace anesim::coreml {

class LayerBuilder;

struct LayerKind {
  int field;
  const char* name;
  Schema schema;
  void (*build)(LayerBuilder&, const Layer&);
};

/// Nothing if the kind is not known.
[[nodiscard]] const LayerKind* find_layer_kind(int field);
/// Parameters of a kind; none if it is not known.
[[nodiscard]] Schema layer_schema(int field);

}  // namespace anesim::coreml
