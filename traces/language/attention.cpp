// Softmax attention of a decoder layer over the whole KV capacity or a window of it, grouped heads,
// over its own keys and values or those of an earlier layer.
#include "traces/language/blocks.h"
#include "traces/workloads/pieces.h"

namespace anesim::language {

using graph::TensorId;

/// Keys or values of all cached positions.
TensorId Blocks::cached(const std::string& full, graph::Shape to) {
  const auto type = model_.cut.cache_int8 ? graph::DType::int8 : graph::DType::fp16;
  const TensorId kept = model_.cut.cache_by_host ? builder_.input(full, std::move(to), type)
                                                 : builder_.state(full, std::move(to), type);
  if (!model_.cut.cache_int8) return kept;
  return builder_.op("dequantize", {{"input", {kept}}, {"scale", {builder_.number(0.0078125)}}},
                     full + "_wide");
}

/// The cache after this call. In place, the new columns are results that land in it; otherwise the
/// whole cache is read and written once more (decode of cadamcat-m5pro-qwen3-4b grows by 0.16 to
/// 0.3 us a layer and position of capacity at 4 KiB each, whatever the columns of a call).
TensorId Blocks::updated(TensorId cache, TensorId columns, const std::string& op) {
  if (!model_.cut.cache_copied) {
    result(columns);
    return cache;
  }
  const graph::Shape whole = builder_.shape(cache), part = builder_.shape(columns);
  graph::Shape begin = whole;
  for (std::size_t i = 0; i < begin.size(); ++i) begin[i] -= part[i];
  const TensorId next = builder_.op("slice_update",
                                    {{"x", {cache}},
                                     {"update", {columns}},
                                     {"begin", {builder_.ints(begin)}},
                                     {"end", {builder_.ints(whole)}}},
                                    name(part_attention, op));
  result(next);
  return next;
}

/// Products and softmax written out; heads that share keys broadcast.
TensorId Blocks::explicit_core(TensorId q, const KeysValues& all, TensorId mask) {
  const auto& s = shape();
  const char* part = part_attention;
  const std::int64_t group = s.heads / s.kv_heads;
  const std::int64_t size = builder_.shape(all.keys)[2], length = builder_.shape(all.keys)[3];
  q = view(part, q, {s.kv_heads, group, size, window_.positions}, "q_groups");
  const TensorId keys = view(part, all.keys, {s.kv_heads, 1, size, length}, "k_groups");
  const TensorId values = view(part, all.values, {s.kv_heads, 1, length, size}, "v_groups");
  const TensorId product = matmul(part, q, true, keys, false, "scores");
  const TensorId scaled =
      workloads::binary(builder_, "mul", product, builder_.number(0.125), name(part, "scaled"));
  const TensorId masked = binary(part, "add", scaled, mask, "masked");
  const TensorId weights = workloads::softmax(builder_, masked, -1, name(part, "softmax"));
  return matmul(part, weights, false, values, false, "context");
}

TensorId Blocks::fused_core(TensorId q, const KeysValues& all) {
  const auto& s = shape();
  const char* part = part_attention;
  const std::int64_t size = builder_.shape(all.values)[3];
  const std::int64_t rows = s.heads / s.kv_heads * window_.positions;
  q = view(part, permute(part, q, {0, 1, 3, 2}, "q_rows"), {1, s.kv_heads, rows, size}, "q_groups");
  const TensorId out = builder_.op("scaled_dot_product_attention",
                                   {{"query", {q}}, {"key", {all.keys}}, {"value", {all.values}}},
                                   name(part, "sdpa"));
  return view(part, out, {s.kv_heads, rows / window_.positions, window_.positions, size},
              "sdpa_heads");
}

/// Keys and values that another call or program has left, as inputs of this program.
Blocks::KeysValues Blocks::kept_keys_values(std::int64_t layer) {
  const auto& s = shape();
  const std::int64_t size = s.attention(layer).head_size, length = attended(layer);
  const graph::Shape rows{1, s.kv_heads, length, size}, columns{1, s.kv_heads, size, length};
  const graph::Shape& keys = model_.cut.fused_attention ? rows : columns;
  const auto full = [&](const char* op) {
    return fmt::format("{}/layer{}_{}", part_attention, layer, op);
  };
  if (!model_.cut.cache)
    return {builder_.input(full("keys"), keys), builder_.input(full("values"), rows)};
  return {cached(full("key_cache"), keys), cached(full("value_cache"), rows)};
}

/// New keys [1, heads, size, S] and values [1, heads, S, size] among those of the cache, which is
/// read whole.
Blocks::KeysValues Blocks::with_cache(std::int64_t layer, const KeysValues& fresh) {
  TensorId k = fresh.keys;
  const bool rows = model_.cut.fused_attention;
  if (!model_.cut.cache)
    return {rows ? permute(part_attention, k, {0, 1, 3, 2}, "k_rows") : k, fresh.values};
  const KeysValues kept = kept_keys_values(layer);
  if (rows && model_.cut.cache_copied) k = permute(part_attention, k, {0, 1, 3, 2}, "k_rows");
  return {updated(kept.keys, k, "keys"), updated(kept.values, fresh.values, "values")};
}

std::int64_t Blocks::attended(std::int64_t layer) const {
  if (!model_.cut.cache) return window_.positions;
  return shape().kv_length(layer, window_.capacity, window_.positions);
}

TensorId Blocks::attention(TensorId x, std::int64_t layer) {
  const auto& s = shape();
  const char* part = part_attention;
  const std::string& format = model_.formats.attention;
  const Attention kind = s.attention(layer);
  const std::int64_t columns = window_.positions, size = kind.head_size;
  const std::int64_t queries = s.heads * size, keys = s.kv_heads * size;
  const std::int64_t source = s.kv_source(layer);
  const bool own = source == layer;

  TensorId q = project(part_projections, x, queries * (s.query_gate ? 2 : 1), format, "q");
  KeysValues fresh;
  if (own) {
    fresh.keys = project(part_projections, x, keys, format, "k");
    fresh.values = project(part_projections, x, keys, format, "v");
  }
  std::optional<TensorId> gate;
  if (s.query_gate) {
    gate = unary(part, "sigmoid", cut(part, q, 1, queries, queries, "gate"), "gate_sigmoid");
    q = cut(part, q, 1, 0, queries, "query");
  }
  q = view(part, q, {1, s.heads, size, columns}, "q_heads");
  if (own) {
    fresh.keys = view(part, fresh.keys, {1, s.kv_heads, size, columns}, "k_heads");
    fresh.values = view(part, fresh.values, {1, s.kv_heads, size, columns}, "v_heads");
  }
  if (s.qk_norm) q = rms_norm(part_norms, q, 2, "q_norm");
  if (s.qk_norm && own) fresh.keys = rms_norm(part_norms, fresh.keys, 2, "k_norm");
  q = rotate(q, kind, "q_rope");
  if (own) {
    fresh.keys = rotate(fresh.keys, kind, "k_rope");
    fresh.values = permute(part, fresh.values, {0, 1, 3, 2}, "v_rows");
    keys_values_.emplace(layer, with_cache(layer, fresh));
  } else if (!keys_values_.contains(source)) {
    keys_values_.emplace(source, kept_keys_values(source));
  }

  const KeysValues& all = keys_values_.at(source);
  auto& mask = inputs_of(kind).mask;
  if (!mask)
    mask = builder_.input(kind.sliding ? "sliding_mask" : "mask", {1, 1, columns, attended(layer)});
  TensorId out = model_.cut.fused_attention ? fused_core(q, all) : explicit_core(q, all, *mask);
  out = permute(part, out, {0, 1, 3, 2}, "context_columns");
  out = view(part, out, {1, queries, 1, columns}, "merged");
  if (gate) out = binary(part, "mul", out, *gate, "gated");
  return project(part_projections, out, s.width, format, "o");
}

void Blocks::results_for_later(std::int64_t first, std::int64_t last) {
  if (model_.cut.cache) return;  // they read what is cached
  for (const auto& [layer, all] : keys_values_) {
    if (layer < first || !shape().read_after(layer, last)) continue;
    result(all.keys);
    result(all.values);
  }
}

}  // namespace anesim::language
