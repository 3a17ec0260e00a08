// Building blocks of decoder layers over [1, C, 1, S]: projections, norms, rotation, FFN.
#pragma once

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "traces/graph/builder.h"
#include "traces/language/layers.h"

namespace anesim::language {

/// A program under construction. Names are "part/prefix_name".
class Blocks {
 public:
  Blocks(const Model& model, const Window& window, const std::string& name)
      : model_(model), window_(window), builder_(name) {}

  [[nodiscard]] const Shape& shape() const { return model_.shape; }
  [[nodiscard]] const Model& model() const { return model_; }
  [[nodiscard]] const Window& window() const { return window_; }
  [[nodiscard]] graph::Builder& builder() { return builder_; }
  void set_prefix(std::string prefix) { prefix_ = std::move(prefix); }
  [[nodiscard]] std::string name(const char* part, const std::string& op) const {
    return fmt::format("{}/{}{}", part, prefix_, op);
  }

  /// A result that leaves the program (new cache columns, states).
  void result(graph::TensorId id) { results_.push_back(id); }
  [[nodiscard]] std::vector<graph::TensorId> results() const { return results_; }

  /// 1x1 convolution from the channels of x to `out`.
  graph::TensorId project(const char* part, graph::TensorId x, std::int64_t out,
                          const std::string& format, const std::string& op);
  /// Norm of the model's kind over `axis` with weight (and bias).
  graph::TensorId norm(graph::TensorId x, std::int64_t axis, const std::string& op);
  graph::TensorId rms_norm(const char* part, graph::TensorId x, std::int64_t axis,
                           const std::string& op);
  graph::TensorId activation(const char* part, graph::TensorId x, const std::string& op);
  graph::TensorId binary(const char* part, const char* type, graph::TensorId x, graph::TensorId y,
                         const std::string& op);
  graph::TensorId unary(const char* part, const char* type, graph::TensorId x,
                        const std::string& op);
  graph::TensorId matmul(const char* part, graph::TensorId x, bool transpose_x, graph::TensorId y,
                         bool transpose_y, const std::string& op);
  graph::TensorId view(const char* part, graph::TensorId x, std::vector<std::int64_t> to,
                       const std::string& op);
  graph::TensorId permute(const char* part, graph::TensorId x, std::vector<std::int64_t> order,
                          const std::string& op);
  graph::TensorId cut(const char* part, graph::TensorId x, std::int64_t axis, std::int64_t begin,
                      std::int64_t count, const std::string& op);
  graph::TensorId join(const char* part, std::vector<graph::TensorId> values, std::int64_t axis,
                       const std::string& op);
  /// Rotation of the first `rotated` dimensions of [1, heads, size, S] by inputs cos and sin.
  graph::TensorId rotate(graph::TensorId x, const Attention&, const std::string& op);
  /// Gated or plain FFN without its norm.
  graph::TensorId ffn(graph::TensorId x);

  /// Softmax attention, mixer of a full-attention layer (attention.cpp).
  graph::TensorId attention(graph::TensorId x, std::int64_t layer);
  /// Without a cache, layers from `last` get the keys and values that those from `first` made.
  void results_for_later(std::int64_t first, std::int64_t last);
  /// Gated delta-net, mixer of a linear-attention layer (delta_net.cpp).
  graph::TensorId delta_net(graph::TensorId x);
  /// Inputs of the layers [first, last): the first program makes those of all from the embedding x
  /// and the rows of the table, the others are handed theirs (per_layer_input.cpp).
  graph::TensorId per_layer_inputs(graph::TensorId x, std::int64_t first, std::int64_t last);
  /// The end of a layer with an input of its own, the one of that index.
  graph::TensorId per_layer_gate(graph::TensorId x, graph::TensorId inputs, std::int64_t index);

 private:
  /// Keys and values of all positions that a layer attends to.
  struct KeysValues {
    graph::TensorId keys, values;
  };
  /// What layers of one kind share: angles and mask differ by window and rotation.
  struct Inputs {
    std::optional<graph::TensorId> cos, sin, mask;
  };
  Inputs& inputs_of(const Attention& a) { return inputs_[a.sliding ? 1 : 0]; }
  /// Positions that a layer attends to.
  [[nodiscard]] std::int64_t attended(std::int64_t layer) const;
  KeysValues kept_keys_values(std::int64_t layer);
  KeysValues with_cache(std::int64_t layer, const KeysValues& fresh);
  graph::TensorId cached(const std::string& full, graph::Shape to);
  graph::TensorId updated(graph::TensorId cache, graph::TensorId columns, const std::string& op);
  graph::TensorId explicit_core(graph::TensorId q, const KeysValues&, graph::TensorId mask);
  graph::TensorId fused_core(graph::TensorId q, const KeysValues&);

  const Model& model_;
  Window window_;
  graph::Builder builder_;
  std::string prefix_;
  std::vector<graph::TensorId> results_;
  std::array<Inputs, 2> inputs_;  ///< of layers over all positions, of sliding ones
  std::map<std::int64_t, KeysValues> keys_values_;  ///< by the layer that made them
};

}  // namespace anesim::language
