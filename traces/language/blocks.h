// Building blocks of decoder layers over [1, C, 1, S]: projections, norms, rotation, FFN.
#pragma once

#include <fmt/format.h>

#include <cstdint>
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
  graph::TensorId rotate(graph::TensorId x, const std::string& op);
  /// Gated or plain FFN without its norm.
  graph::TensorId ffn(graph::TensorId x);

  /// Softmax attention, mixer of a full-attention layer (attention.cpp).
  graph::TensorId attention(graph::TensorId x);
  /// Gated delta-net, mixer of a linear-attention layer (delta_net.cpp).
  graph::TensorId delta_net(graph::TensorId x);

 private:
  graph::TensorId cached(const std::string& op, graph::Shape to);
  graph::TensorId updated(graph::TensorId cache, graph::TensorId columns, const std::string& op);
  graph::TensorId explicit_core(graph::TensorId q, graph::TensorId keys, graph::TensorId values);
  graph::TensorId fused_core(graph::TensorId q, graph::TensorId keys, graph::TensorId values);

  const Model& model_;
  Window window_;
  graph::Builder builder_;
  std::string prefix_;
  std::vector<graph::TensorId> results_;
  std::optional<graph::TensorId> cos_, sin_, mask_;
};

}  // namespace anesim::language
