#include "traces/language/model.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/core/text.h"
#include "traces/workloads/weight_format.h"

namespace anesim::language {

std::vector<ModelName> list_models(const std::filesystem::path& folder) {
  std::vector<ModelName> out;
  std::error_code ec;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ec)) {
    if (entry.path().extension() != ".yaml") continue;
    const Model m = read_model(config::read_yaml(entry.path().string()));
    out.push_back({m.name, m.description, entry.path().string()});
  }
  std::sort(out.begin(), out.end(),
            [](const ModelName& a, const ModelName& b) { return a.name < b.name; });
  return out;
}

Model find_model(const std::filesystem::path& folder, const std::string& name) {
  if (name.ends_with(".yaml") || name.ends_with(".yml")) return read_model(config::read_yaml(name));
  // A file carries its model's name, so that one look-up reads one file.
  const bool plain = !name.empty() && name.find_first_of("/\\") == std::string::npos;
  const auto file = folder / (name + ".yaml");
  std::error_code ec;
  if (plain && std::filesystem::exists(file, ec))
    return read_model(config::read_yaml(file.string()));
  std::vector<std::string> known;
  for (const auto& m : list_models(folder)) known.push_back(m.name);
  throw UserError(fmt::format("unknown language model '{}'{} (expected one of {}, or a .yaml file)",
                              printable(name), did_you_mean(name, known), fmt::join(known, ", ")));
}

Attention Shape::attention(std::int64_t layer) const {
  if (!sliding || (layer + 1) % sliding->full_every == 0) return {head_size, rotated, false};
  return {sliding->head_size, sliding->rotated, true};
}

std::int64_t Shape::kv_source(std::int64_t layer) const {
  if (!shared_kv_from || layer < *shared_kv_from) return layer;
  const bool windowed = attention(layer).sliding;
  std::int64_t source = *shared_kv_from - 1;
  while (source > 0 && (!full_attention(source) || attention(source).sliding != windowed)) --source;
  return source;
}

bool Shape::read_after(std::int64_t layer, std::int64_t last) const {
  for (std::int64_t i = std::max(last, layer + 1); i < layers; ++i)
    if (full_attention(i) && kv_source(i) == layer) return true;
  return false;
}

std::int64_t Shape::kv_length(std::int64_t layer, std::int64_t capacity,
                              std::int64_t columns) const {
  if (!attention(layer).sliding) return capacity;
  return std::min(capacity, std::max(sliding->window, columns));
}

namespace {

/// Weights of a layer beside its mixer.
std::int64_t weights_after_mixer(const Shape& s) {
  return (s.gated_ffn ? 3 : 2) * s.width * s.ffn + 2 * s.width * s.per_layer_input;
}

/// Bytes of keys and values a position in one layer; none if it reads those of another.
std::int64_t kept_bytes(const Shape& s, std::int64_t layer) {
  if (!s.full_attention(layer) || s.kv_source(layer) != layer) return 0;
  return 2 * s.kv_heads * s.attention(layer).head_size * 2;
}

}  // namespace

std::int64_t layer_weights(const Shape& s, std::int64_t layer) {
  const std::int64_t rest = weights_after_mixer(s);
  if (s.full_attention(layer)) {
    const std::int64_t size = s.attention(layer).head_size, q = s.heads * size;
    const std::int64_t kv = s.kv_source(layer) == layer ? s.kv_heads * size : 0;
    return s.width * (q * (s.query_gate ? 2 : 1) + 2 * kv + q) + rest;
  }
  const LinearAttention& l = *s.linear;
  return s.width * (2 * l.key_width() + l.value_width() + l.value_width() + 2 * l.value_heads) +
         (2 * l.key_width() + l.value_width()) * l.kernel + l.value_width() * s.width + rest;
}

std::int64_t weights_without_embedding(const Shape& s) {
  std::int64_t sum = s.width * s.layers * s.per_layer_input;
  for (std::int64_t i = 0; i < s.layers; ++i) sum += layer_weights(s, i);
  return sum;
}

std::int64_t embedding_weights(const Shape& s) {
  return s.vocabulary * (s.width + s.layers * s.per_layer_input);
}

std::int64_t cache_bytes_per_position(const Shape& s) {
  std::int64_t sum = 0;
  for (std::int64_t i = 0; i < s.layers; ++i) sum += kept_bytes(s, i);
  return sum;
}

std::int64_t cache_bytes_beyond_window(const Shape& s) {
  std::int64_t sum = 0;
  for (std::int64_t i = 0; i < s.layers; ++i) sum += s.attention(i).sliding ? 0 : kept_bytes(s, i);
  return sum;
}

std::int64_t cache_bytes(const Shape& s, std::int64_t capacity, std::int64_t columns) {
  std::int64_t sum = 0;
  for (std::int64_t i = 0; i < s.layers; ++i)
    sum += s.kv_length(i, capacity, columns) * kept_bytes(s, i);
  return sum;
}

const std::vector<std::string_view>& format_names() {
  static const std::vector<std::string_view> names = [] {
    for (const auto& p : workloads::weight_parameters())
      if (p.name == "weight_dtype") return p.allowed;
    return std::vector<std::string_view>{};
  }();
  return names;
}

graph::StorageFormat storage(const std::string& format, std::int64_t out_channels,
                             std::int64_t per_channel, const Formats& formats) {
  workloads::Parameters p;
  p.values["weight_dtype"] = format;
  if (formats.palette_group > 0 && format.starts_with("lut"))
    p.values["palette_group"] = fmt::format("{}", formats.palette_group);
  if (format == "sparse") p.values["weight_sparsity"] = fmt::format("{}", *formats.sparsity);
  static const auto infos = workloads::weight_parameters();
  return workloads::weight_format(workloads::Values("weights", infos, p, "language model"),
                                  out_channels, per_channel, false);
}

}  // namespace anesim::language
