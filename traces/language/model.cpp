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

std::int64_t layer_weights(const Shape& s, std::int64_t layer) {
  const std::int64_t ffn = (s.gated_ffn ? 3 : 2) * s.width * s.ffn;
  if (s.full_attention(layer)) {
    const std::int64_t q = s.heads * s.head_size, kv = s.kv_heads * s.head_size;
    return s.width * (q * (s.query_gate ? 2 : 1) + 2 * kv + q) + ffn;
  }
  const LinearAttention& l = *s.linear;
  return s.width * (2 * l.key_width() + l.value_width() + l.value_width() + 2 * l.value_heads) +
         (2 * l.key_width() + l.value_width()) * l.kernel + l.value_width() * s.width + ffn;
}

std::int64_t weights_without_embedding(const Shape& s) {
  std::int64_t sum = 0;
  for (std::int64_t i = 0; i < s.layers; ++i) sum += layer_weights(s, i);
  return sum;
}

std::int64_t cache_bytes_per_position(const Shape& s) {
  std::int64_t layers = 0;
  for (std::int64_t i = 0; i < s.layers; ++i) layers += s.full_attention(i) ? 1 : 0;
  return layers * 2 * s.kv_heads * s.head_size * 2;
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
