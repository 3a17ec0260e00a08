// A decoder-only language model by its shape, and how its programs are cut for the engine.
// What it models: sizes of the layers, kinds of norm, activation and attention, hybrid layers, keys
//   and values that layers share, inputs of each layer, the stored format of each part's weights,
//   segments, KV capacities and positions a call.
// What it leaves out: values, tokenizers, mixtures of experts.
// Parameters: configs/llms/*.yaml (ane-llm/1). Source: ../shared/language-models.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sim/config/yaml.h"
#include "traces/graph/graph.h"

namespace anesim::language {

enum class Norm : std::uint8_t { rms, layer };

/// Gated delta-net layers between full attention layers (Qwen3.5).
struct LinearAttention {
  std::int64_t full_every = 4;  ///< layer i (from 0) is full attention if (i + 1) % this is 0
  std::int64_t key_heads = 16;
  std::int64_t value_heads = 32;
  std::int64_t head_size = 128;
  std::int64_t kernel = 4;  ///< of the depthwise convolution over positions
  std::int64_t chunk = 64;  ///< positions of one step of the chunked form

  [[nodiscard]] std::int64_t key_width() const { return key_heads * head_size; }
  [[nodiscard]] std::int64_t value_width() const { return value_heads * head_size; }
};

/// Softmax attention over the last positions only, between layers over all (Gemma).
struct SlidingAttention {
  std::int64_t full_every = 6;  ///< layer i (from 0) attends to all if (i + 1) % this is 0
  std::int64_t window = 512;    ///< positions that the others attend to, a call's own included
  std::int64_t head_size = 0;   ///< of the others
  std::int64_t rotated = 0;     ///< of the others
};

/// Softmax attention of one layer.
struct Attention {
  std::int64_t head_size = 0;
  std::int64_t rotated = 0;
  bool sliding = false;
};

struct Shape {
  std::int64_t layers = 0;
  std::int64_t width = 0;
  std::int64_t heads = 0;
  std::int64_t kv_heads = 0;
  std::int64_t head_size = 0;
  std::int64_t ffn = 0;
  std::int64_t vocabulary = 0;
  std::int64_t rotated = 0;  ///< dimensions of a head that rotate; 0: learned positions
  Norm norm = Norm::rms;
  std::string activation = "silu";
  bool gated_ffn = true;
  bool bias = false;
  bool qk_norm = false;
  bool query_gate = false;  ///< the query projection also makes a sigmoid gate of the output
  bool parallel = false;    ///< attention and FFN both read the layer's input (GPT-NeoX)
  bool tied_head = false;
  bool post_norms = false;  ///< attention and FFN are normed once more before they are added
  std::optional<LinearAttention> linear;
  std::optional<SlidingAttention> sliding;
  /// Layers from this one read the keys and values of the last layer of their kind before it.
  std::optional<std::int64_t> shared_kv_from;
  /// Width of an input of each layer: a row of a table for the token plus a projection of the
  /// embedding. It is multiplied into a gate that the layer's output passes.
  std::int64_t per_layer_input = 0;
  std::optional<double> logit_cap;  ///< logits become cap * tanh(logit / cap)

  [[nodiscard]] bool full_attention(std::int64_t layer) const {
    return !linear || (layer + 1) % linear->full_every == 0;
  }
  [[nodiscard]] Attention attention(std::int64_t layer) const;
  /// The layer whose keys and values a layer of softmax attention reads: its own, or an earlier
  /// one.
  [[nodiscard]] std::int64_t kv_source(std::int64_t layer) const;
  /// True if a layer from `last` reads the keys and values of an earlier one.
  [[nodiscard]] bool read_after(std::int64_t layer, std::int64_t last) const;
  /// KV positions that a layer attends to and keeps in graphs of that capacity; the columns of a
  /// call are always among them.
  [[nodiscard]] std::int64_t kv_length(std::int64_t layer, std::int64_t capacity,
                                       std::int64_t columns) const;
};

/// Stored format of the weights by part, as named in files ("fp16", "int8", "lut4", ...).
struct Formats {
  std::string attention = "fp16";  ///< and the projections of linear attention
  std::string ffn = "fp16";        ///< and the projections of per-layer inputs
  std::string head = "fp16";
  std::int64_t palette_group = 0;  ///< output channels that share a palette; 0: all
  std::optional<double> sparsity;  ///< share of zeros where the format is sparse
  [[nodiscard]] bool sparse() const {
    return attention == "sparse" || ffn == "sparse" || head == "sparse";
  }
};

enum class On : std::uint8_t { engine, cpu, none };

/// How the programs are cut and called.
struct Cut {
  std::int64_t segments = 1;  ///< programs that the layers are cut into
  /// One program a projection: norms, attention and recurrence run on the CPU between them.
  bool projections_only = false;
  On head = On::engine;
  std::int64_t head_parts = 1;         ///< convolutions that the output matrix is cut into
  std::vector<std::int64_t> capacity;  ///< KV positions of the static graphs, rising
  bool cache = true;                   ///< false: every call computes the whole context
  bool cache_by_host = false;          ///< the KV cache is an input and the host moves it
  bool cache_beside = false;           ///< while the engine computes, not between calls
  bool cache_copied = false;           ///< new columns make a new cache instead of landing in it
  bool cache_int8 = false;             ///< it is stored in 8 bits and widened on every read
  bool fused_attention = false;        ///< one operation instead of product, softmax, product
  bool int8_activations = false;       ///< the projections quantise their input
  std::int64_t decode_positions = 1;   ///< computed a call, however many are kept
  std::int64_t prefill_positions = 64;
};

struct Model {
  std::string name;
  std::string description;
  std::string source;
  Shape shape;
  Formats formats;
  Cut cut;
};

/// Reads ane-llm/1. Throws UserError with place: unknown keys, sizes that do not fit together.
[[nodiscard]] Model read_model(const config::Node& root);

/// Names (and descriptions) of the models of a folder, by name.
struct ModelName {
  std::string name;
  std::string description;
  std::string file;
};
[[nodiscard]] std::vector<ModelName> list_models(const std::filesystem::path& folder);
/// A model by name from the folder, or from a file if the name ends in .yaml. Throws UserError with
/// the nearest name.
[[nodiscard]] Model find_model(const std::filesystem::path& folder, const std::string& name);

/// Weights of one layer's projections and FFN (norms and biases aside), and of the whole model with
/// the projection that makes per-layer inputs.
[[nodiscard]] std::int64_t layer_weights(const Shape&, std::int64_t layer);
[[nodiscard]] std::int64_t weights_without_embedding(const Shape&);
/// Entries of the tables of words: the embedding and the rows of per-layer inputs.
[[nodiscard]] std::int64_t embedding_weights(const Shape&);
/// Bytes of keys and values (fp16) that one position of context takes in all layers, and in those
/// that attend to all positions.
[[nodiscard]] std::int64_t cache_bytes_per_position(const Shape&);
[[nodiscard]] std::int64_t cache_bytes_beyond_window(const Shape&);
/// Bytes of all keys and values (fp16) of graphs of that capacity.
[[nodiscard]] std::int64_t cache_bytes(const Shape&, std::int64_t capacity, std::int64_t columns);

/// Format names allowed for weights.
[[nodiscard]] const std::vector<std::string_view>& format_names();
/// Storage of a weight of that format; `per_channel` elements an output channel.
[[nodiscard]] graph::StorageFormat storage(const std::string& format, std::int64_t out_channels,
                                           std::int64_t per_channel, const Formats&);

}  // namespace anesim::language
