// A training program under construction: surfaces [1, C, 1, W], products and attention pieces.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "traces/graph/builder.h"
#include "traces/training/training.h"

namespace anesim::training {

using graph::TensorId;

class Pieces {
 public:
  Pieces(const std::string& name, const language::Shape& s, std::int64_t sequence)
      : name_(name), builder_(name), s_(s), sequence_(sequence) {}

  [[nodiscard]] graph::Builder& builder() { return builder_; }
  [[nodiscard]] std::int64_t length() const { return sequence_; }
  [[nodiscard]] std::int64_t queries() const { return s_.heads * s_.head_size; }
  [[nodiscard]] std::int64_t keys() const { return s_.kv_heads * s_.head_size; }

  TensorId surface(std::int64_t channels, std::int64_t width);
  /// Columns or channels of a surface.
  TensorId columns(TensorId x, std::int64_t begin, std::int64_t count);
  TensorId channels(TensorId x, std::int64_t begin, std::int64_t count);
  TensorId join(std::vector<TensorId> values);
  TensorId op(const char* type, TensorId x, TensorId y);
  TensorId op(const char* type, TensorId x);
  TensorId scaled(TensorId x);

  /// x [1, C, 1, S] times live weights [1, C, 1, N]: reshape, transpose, product, transpose.
  TensorId product(TensorId x, TensorId weights);
  /// 1x1 convolution with baked weights; counts them.
  TensorId conv(TensorId x, std::int64_t out);
  TensorId rms_norm(TensorId x);
  /// [1, heads * size, 1, S] as [1, heads, S, size], and back.
  TensorId heads(TensorId x, std::int64_t count);
  TensorId merged(TensorId x);
  TensorId rope(TensorId x);
  TensorId repeated(TensorId x);  ///< key heads tiled to all heads
  TensorId matmul(TensorId x, bool tx, TensorId y, bool ty);
  /// softmax(q k^T scaled + mask) of heads.
  TensorId probabilities(TensorId q, TensorId k);
  /// [1, heads, S, S] as channels of a surface, and back.
  TensorId flat(TensorId x);
  TensorId square(TensorId x);

  LayerProgram finish(std::vector<TensorId> outputs, std::int64_t filled, std::int64_t taken);

 private:
  std::string next(const char* what) { return name_ + "/" + what + std::to_string(counter_++); }
  TensorId view(TensorId x, std::vector<std::int64_t> to);
  TensorId permute(TensorId x, std::vector<std::int64_t> order);

  std::string name_;
  graph::Builder builder_;
  const language::Shape& s_;
  std::int64_t sequence_;
  std::int64_t weights_ = 0;
  int counter_ = 0;
  std::optional<TensorId> cos_, sin_, mask_;
};

}  // namespace anesim::training
