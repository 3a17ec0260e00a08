// The vocabulary that the networks by name are written in: layers of a network in inference form.
// What it models: the operations a converter writes for a trained network: batch norms folded into
//   convolutions (weight and one bias a channel), linear layers, attention, squeeze-excite.
// What it leaves out: values of weights; training-only parts (dropout, auxiliary heads).
// Parameters: storage format of the weights and type of the activations, the same for all layers.
// Source: ../shared/whole-models.md section 5, coremltools op definitions (traces/graph).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "traces/graph/builder.h"
#include "traces/workloads/parameters.h"

namespace anesim::networks {

using graph::Shape;
using graph::TensorId;
using workloads::Form;
using workloads::ParameterInfo;
using workloads::Values;

/// A convolution; padding (kernel - 1) / 2 unless given. `wide` is the width of a kernel that is
/// not square. Activations are MIL names (relu, relu6, silu, gelu, ...) or "hard_swish"; "": none.
struct Conv {
  std::int64_t kernel = 1;
  std::int64_t stride = 1;
  std::string_view activation = {};
  std::int64_t groups = 1;
  bool bias = true;
  std::optional<std::int64_t> wide = {};
  std::optional<std::int64_t> pad = {};
  std::int64_t dilation = 1;
  std::optional<TensorId> weight = {};  ///< one that other layers have too; none: its own
};

/// A squeeze-excite unit: its inner width, the activation between and the gate.
struct Excite {
  std::int64_t inner = 0;
  std::string_view activation = "relu";
  std::string_view gate = "sigmoid";
};

/// Self- or cross-attention over tokens [N, T, D].
struct Attention {
  std::int64_t heads = 1;
  std::int64_t head_width = 0;   ///< of queries and keys
  std::int64_t value_width = 0;  ///< of a head's values; 0: head_width
  bool qkv_bias = true;
  bool fused_qkv = true;       ///< one linear for q, k and v (timm), or three (transformers)
  bool position_bias = false;  ///< a constant table is added to the scores
  bool key_bias = true;        ///< false: Whisper's keys have none
  bool project = true;         ///< false: without the linear after the joined heads
  std::function<TensorId(TensorId)> mask = nullptr;  ///< what becomes of the scores, if anything
};

/// Builds one network. Every call appends layers and returns the result; wrong shapes are refused
/// by the shape rules with the name of the layer.
class Net {
 public:
  Net(std::string name, const Values&);

  graph::Builder& builder() { return builder_; }
  const Shape& shape(TensorId x) const { return builder_.shape(x); }
  std::int64_t channels(TensorId x) const { return shape(x).at(1); }
  std::int64_t batch() const { return batch_; }
  const Values& values() const { return values_; }
  /// Prefix of the names of the layers that follow ("stage2.block1.").
  void at(std::string place) { place_ = std::move(place); }
  std::string next_name(std::string_view what);

  /// [batch, channels, resolution, resolution]; the parameter `resolution`.
  TensorId image(std::int64_t channels = 3);
  TensorId input(std::string name, Shape);
  /// Token numbers [batch, length], int32.
  TensorId tokens(std::string name, std::int64_t length);
  TensorId weight(Shape, std::string_view what);    ///< quantised like the layers' weights
  TensorId constant(Shape, std::string_view what);  ///< always fp16: norms, tables, biases

  TensorId conv(TensorId x, std::int64_t out, const Conv& = {});
  TensorId depthwise(TensorId x, const Conv&);
  /// Transposed convolution; `pad` is what falls off each edge, 0 unless given.
  TensorId deconv(TensorId x, std::int64_t out, const Conv&);
  TensorId linear(TensorId x, std::int64_t out, std::string_view activation = {}, bool bias = true);
  TensorId activate(TensorId x, std::string_view activation);
  TensorId add(TensorId x, TensorId y);
  TensorId mul(TensorId x, TensorId y) { return binary("mul", x, y); }
  TensorId binary(std::string_view op, TensorId x, TensorId y);
  TensorId times(TensorId x, double factor);
  TensorId unary(std::string_view op, TensorId x);
  /// x times a constant a channel: layer scale, folded norms.
  TensorId scale(TensorId x, bool shift = false);
  TensorId excite(TensorId x, const Excite&);
  TensorId pool(std::string_view op, TensorId x, std::int64_t kernel, std::int64_t stride,
                std::int64_t pad, bool ceil = false);
  /// A reduction that keeps its axes.
  TensorId reduce(std::string_view op, TensorId x, std::vector<std::int64_t> axes);
  TensorId mean(TensorId x, std::vector<std::int64_t> axes, bool keep = true);
  TensorId layer_norm(TensorId x);    ///< over the last axis
  TensorId channel_norm(TensorId x);  ///< over axis 1 of [N, C, 1, S], spelled in small ops
  TensorId group_norm(TensorId x, std::int64_t groups);
  TensorId softmax(TensorId x, std::int64_t axis = -1);
  TensorId matmul(TensorId x, TensorId y, bool transpose_y = false, bool transpose_x = false);
  TensorId reshape(TensorId x, Shape);
  TensorId transpose(TensorId x, std::vector<std::int64_t> order);
  TensorId concat(std::vector<TensorId>, std::int64_t axis = 1);
  std::vector<TensorId> split(TensorId x, std::int64_t parts, std::int64_t axis = 1);
  TensorId slice(TensorId x, Shape begin, Shape size);
  TensorId upsample(TensorId x, std::int64_t factor, bool bilinear = false);
  /// To rows and columns of `like`, as a factor: converters write 7/4 where 7 was halved to 4.
  TensorId upsample_to(TensorId x, TensorId like, bool bilinear = false);
  /// Bilinear, corners on corners (torch's align_corners).
  TensorId resize(TensorId x, std::int64_t height, std::int64_t width);
  /// Rows of a table [rows, width] by token number.
  TensorId embed(TensorId tokens, std::int64_t rows, std::int64_t width);
  TensorId attention(TensorId x, const Attention&);
  /// Attention in the engine's form: q, k, v are [N, heads*w, 1, S]; one product a head, keys moved
  /// so that channels come last, softmax over axis 1 (apple/ml-ane-transformers). `mask`: a
  /// constant a key is added. `chunk`: queries go in pieces of that many (0: all at once).
  TensorId engine_attention(TensorId q, TensorId k, TensorId v, std::int64_t heads,
                            bool mask = false, std::int64_t chunk = 0);
  /// [N, C, H, W] to tokens [N, H*W, C] and back.
  TensorId to_tokens(TensorId x);
  TensorId to_map(TensorId x, std::int64_t height, std::int64_t width);

  /// Mean over the map, then fc to the parameter `classes`; the map itself with head=none.
  TensorId classifier(TensorId x);
  bool has_head() const;
  graph::Graph finish(std::vector<TensorId> outputs);

 private:
  TensorId bias(std::int64_t width);
  TensorId quantised(TensorId x);
  TensorId enlarge(TensorId x, double high, double wide, bool bilinear);

  const Values& values_;
  graph::Builder builder_;
  std::string place_;
  std::map<std::string, int, std::less<>> counts_;
  std::int64_t batch_ = 1;
  bool int8_ = false;
  std::map<TensorId, TensorId> quantised_;  ///< tensor to its 8-bit form
};

/// batch, weight formats and activation type: what every network takes.
[[nodiscard]] std::vector<ParameterInfo> common_parameters();
/// Those, resolution, classes and head.
[[nodiscard]] std::vector<ParameterInfo> image_parameters(std::string_view resolution = "224",
                                                          std::string_view classes = "1000");
[[nodiscard]] std::vector<ParameterInfo> with(std::vector<ParameterInfo>,
                                              std::vector<ParameterInfo> more);

/// Nearest multiple of 8 to `width`, at least 8 and not below 0.9 of it (timm's make_divisible).
[[nodiscard]] std::int64_t round_to_8(double width);

}  // namespace anesim::networks
