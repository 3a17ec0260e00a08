// Programs of a language model as the engine runs them: static shapes, channels first.
// What it models: the layers of one segment over `positions` columns, attention over the whole KV
//   capacity, the output matrix in parts, single projections.
// What it leaves out: embedding look-up and sampling (the caller's), values of masks and angles.
// Source: ../shared/language-models.md 3 to 5; ANE layout [1, C, 1, S] of
// apple/ml-ane-transformers.
#pragma once

#include <cstdint>
#include <string>

#include "traces/graph/graph.h"
#include "traces/language/model.h"

namespace anesim::language {

/// Operations are named "part/layer_operation" by these parts.
inline constexpr const char* part_norms = "norms";
inline constexpr const char* part_projections = "projections";
inline constexpr const char* part_attention = "attention";
inline constexpr const char* part_linear_attention = "linear attention";
inline constexpr const char* part_ffn = "ffn";
inline constexpr const char* part_layer_input = "per-layer input";
inline constexpr const char* part_head = "head";

struct Window {
  std::int64_t positions = 1;  ///< columns that a call computes
  std::int64_t capacity = 1;   ///< KV positions that attention covers, these included
};

/// Layers [first, last) as one program. Keys and values are states that are read whole; the new
/// columns are results that land in them. The first program also makes the inputs of all layers
/// where the model has them.
[[nodiscard]] graph::Graph layers_program(const Model&, std::int64_t first, std::int64_t last,
                                          const Window&);
/// Final norm and output matrix, cut into Cut::head_parts convolutions, and the cap of the logits.
[[nodiscard]] graph::Graph head_program(const Model&, std::int64_t positions);
/// One or several projections of the same input, nothing else.
struct Projection {
  std::string name;
  std::int64_t in = 0;
  std::int64_t out = 0;
  std::int64_t count = 1;
};
[[nodiscard]] graph::Graph projection_program(const Model&, const Projection&,
                                              const std::string& format, std::int64_t positions);

}  // namespace anesim::language
