// Softmax attention of a decoder layer over the whole KV capacity, grouped heads.
#include "traces/language/blocks.h"
#include "traces/workloads/pieces.h"

namespace anesim::language {

using graph::TensorId;

/// Keys or values of all cached positions.
TensorId Blocks::cached(const std::string& op, graph::Shape to) {
  const std::string full = name(part_attention, op);
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
TensorId Blocks::explicit_core(TensorId q, TensorId keys, TensorId values) {
  const auto& s = shape();
  const char* part = part_attention;
  const std::int64_t group = s.heads / s.kv_heads, length = builder_.shape(keys)[3];
  q = view(part, q, {s.kv_heads, group, s.head_size, window_.positions}, "q_groups");
  keys = view(part, keys, {s.kv_heads, 1, s.head_size, length}, "k_groups");
  values = view(part, values, {s.kv_heads, 1, length, s.head_size}, "v_groups");
  const TensorId product = matmul(part, q, true, keys, false, "scores");
  const TensorId scaled =
      workloads::binary(builder_, "mul", product, builder_.number(0.125), name(part, "scaled"));
  const TensorId masked = binary(part, "add", scaled, *mask_, "masked");
  const TensorId weights = workloads::softmax(builder_, masked, -1, name(part, "softmax"));
  return matmul(part, weights, false, values, false, "context");
}

TensorId Blocks::fused_core(TensorId q, TensorId keys, TensorId values) {
  const auto& s = shape();
  const char* part = part_attention;
  const std::int64_t rows = s.heads / s.kv_heads * window_.positions;
  q = view(part, permute(part, q, {0, 1, 3, 2}, "q_rows"), {1, s.kv_heads, rows, s.head_size},
           "q_groups");
  const TensorId out =
      builder_.op("scaled_dot_product_attention",
                  {{"query", {q}}, {"key", {keys}}, {"value", {values}}}, name(part, "sdpa"));
  return view(part, out, {s.kv_heads, rows / window_.positions, window_.positions, s.head_size},
              "sdpa_heads");
}

TensorId Blocks::attention(TensorId x) {
  const auto& s = shape();
  const char* part = part_attention;
  const std::string& format = model_.formats.attention;
  const std::int64_t columns = window_.positions, capacity = window_.capacity;
  const std::int64_t size = s.head_size;
  const std::int64_t queries = s.heads * size, keys = s.kv_heads * size;

  TensorId q = project(part_projections, x, queries * (s.query_gate ? 2 : 1), format, "q");
  TensorId k = project(part_projections, x, keys, format, "k");
  TensorId v = project(part_projections, x, keys, format, "v");
  std::optional<TensorId> gate;
  if (s.query_gate) {
    gate = unary(part, "sigmoid", cut(part, q, 1, queries, queries, "gate"), "gate_sigmoid");
    q = cut(part, q, 1, 0, queries, "query");
  }
  q = view(part, q, {1, s.heads, size, columns}, "q_heads");
  k = view(part, k, {1, s.kv_heads, size, columns}, "k_heads");
  v = view(part, v, {1, s.kv_heads, size, columns}, "v_heads");
  if (s.qk_norm) {
    q = rms_norm(part_norms, q, 2, "q_norm");
    k = rms_norm(part_norms, k, 2, "k_norm");
  }
  q = rotate(q, "q_rope");
  k = rotate(k, "k_rope");
  v = permute(part, v, {0, 1, 3, 2}, "v_rows");

  // The cached keys and values are read whole.
  TensorId all_keys = k, all_values = v;
  if (model_.cut.cache) {
    const bool rows = model_.cut.fused_attention;
    all_keys = cached("key_cache", rows ? graph::Shape{1, s.kv_heads, capacity, size}
                                        : graph::Shape{1, s.kv_heads, size, capacity});
    all_values = cached("value_cache", {1, s.kv_heads, capacity, size});
    if (rows && model_.cut.cache_copied) k = permute(part, k, {0, 1, 3, 2}, "k_rows");
    all_keys = updated(all_keys, k, "keys");
    all_values = updated(all_values, v, "values");
  } else if (model_.cut.fused_attention) {
    all_keys = permute(part, k, {0, 1, 3, 2}, "k_rows");
  }
  const std::int64_t length = model_.cut.cache ? capacity : columns;
  if (!mask_) mask_ = builder_.input("mask", {1, 1, columns, length});
  TensorId out = model_.cut.fused_attention ? fused_core(q, all_keys, all_values)
                                            : explicit_core(q, all_keys, all_values);
  out = permute(part, out, {0, 1, 3, 2}, "context_columns");
  out = view(part, out, {1, queries, 1, columns}, "merged");
  if (gate) out = binary(part, "mul", out, *gate, "gated");
  return project(part_projections, out, s.width, format, "o");
}

}  // namespace anesim::language
