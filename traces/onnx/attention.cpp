// Attention of the standard (opsets 23 and 24) and of onnxruntime's com.microsoft.
#include <fmt/format.h>

#include "traces/onnx/attention_parts.h"
#include "traces/onnx/mappings.h"

namespace anesim::onnx::map {

namespace {
std::optional<TensorId> maybe(const Call& call, std::size_t i) {
  if (!call.has(i)) return std::nullopt;
  return call.in(i);
}

std::int64_t heads_of(const Call& call, std::string_view attribute) {
  constexpr std::int64_t most = 1 << 20;
  const std::int64_t heads = call.integer(attribute, 0);
  if (heads < 1 || heads > most) {
    call.fail(fmt::format("attribute '{}' is {} (expected 1..2^20)", attribute, heads));
  }
  return heads;
}

/// A part of the last dimension.
TensorId part(const Call& call, TensorId x, std::int64_t from, std::int64_t size,
              const std::string& suffix) {
  const Shape shape = call.shape(x);
  if (shape.empty() || from < 0 || size < 1 || from > shape.back() || size > shape.back() - from) {
    call.fail(fmt::format("{} numbers from {} of {}", size, from, graph::text(shape)));
  }
  Ints begin(shape.size(), 0), end = shape;
  begin.back() = from;
  end.back() = from + size;
  return call.op("slice_by_index",
                 {{"x", {x}}, {"begin", {call.ints_of(begin)}}, {"end", {call.ints_of(end)}}},
                 suffix);
}
}  // namespace

/// Q, K, V as [B, H, S, E] or [B, S, H * E], mask, past key and value.
Results attention(const Call& call) {
  TensorId q = call.in(0), k = call.in(1), v = call.in(2);
  const bool flat = call.shape(q).size() == 3;
  if (flat) {
    const std::int64_t shared = heads_of(call, "kv_num_heads");
    q = split_heads(call, q, heads_of(call, "q_num_heads"), "query");
    k = split_heads(call, k, shared, "key");
    v = split_heads(call, v, shared, "value");
  }
  k = appended(call, maybe(call, 4), k, "present_key");
  v = appended(call, maybe(call, 5), v, "present_value");
  const TensorId y = attend(call, q, k, v, maybe(call, 3));
  return {flat ? merge_heads(call, y, "") : y, k, v};
}

/// x, cosines, sines, positions (standard) or x, positions, cosines, sines (com.microsoft).
Results rotary_embedding(const Call& call) {
  const bool standard = call.target == "standard";
  const TensorId x = call.in(0);
  const Shape shape = call.shape(x);
  const auto positions = maybe(call, standard ? 3 : 1);
  const TensorId cosines = call.in(standard ? 1 : 2);
  if (call.shape(cosines).empty()) call.fail("cosines are a scalar");
  const TensorId sines = call.in(standard ? 2 : 3);
  TensorId apart = x;
  if (shape.size() == 3) {
    std::int64_t heads = call.integer("num_heads", 0);
    const std::int64_t size = 2 * call.shape(cosines).back();
    if (heads == 0 && size > 0 && shape[2] % size == 0) heads = shape[2] / size;
    apart = split_heads(call, x, heads, "split");
  } else if (shape.size() != 4) {
    call.fail(fmt::format("x has shape {} (expected 3 or 4 dimensions)", graph::text(shape)));
  }
  const std::int64_t steps = call.shape(apart)[2];
  const TensorId y = rotated(call, apart, angles_at(call, cosines, positions, steps, "cosines"),
                             angles_at(call, sines, positions, steps, "sines"), "rotate");
  return {shape.size() == 3 ? merge_heads(call, y, "") : y};
}

/// query, key, value, past key, past value, lengths, total length, cosines, sines; the query may
/// hold all three.
Results group_query_attention(const Call& call) {
  const std::int64_t heads = heads_of(call, "num_heads");
  const std::int64_t shared = heads_of(call, "kv_num_heads");
  TensorId q = call.in(0), k, v;
  if (call.has(1)) {
    k = call.in(1);
    v = call.in(2);
  } else {
    const std::int64_t size =
        call.shape(q).empty() ? 0 : call.shape(q).back() / (heads + 2 * shared);
    const TensorId packed = q;
    q = part(call, packed, 0, call.product(heads, size), "query_part");
    k = part(call, packed, call.product(heads, size), call.product(shared, size), "key_part");
    v = part(call, packed, call.product(heads + shared, size), call.product(shared, size),
             "value_part");
  }
  q = split_heads(call, q, heads, "query");
  k = split_heads(call, k, shared, "key");
  v = split_heads(call, v, shared, "value");
  if (call.integer("do_rotary", 0) != 0) {
    const std::int64_t steps = call.shape(q)[2];
    const TensorId cosine = angles_at(call, call.in(7), std::nullopt, steps, "cosines");
    const TensorId sine = angles_at(call, call.in(8), std::nullopt, steps, "sines");
    q = rotated(call, q, cosine, sine, "rotate_query");
    k = rotated(call, k, cosine, sine, "rotate_key");
  }
  k = appended(call, maybe(call, 3), k, "present_key");
  v = appended(call, maybe(call, 4), v, "present_value");
  return {merge_heads(call, attend(call, q, k, v, std::nullopt), ""), k, v};
}

/// query, key, value, bias, key padding mask, attention bias, past key, past value.
Results multi_head_attention(const Call& call) {
  const std::int64_t heads = heads_of(call, "num_heads");
  TensorId q = call.in(0), k, v;
  if (!call.has(1)) call.fail("query, key and value in one tensor are not supported");
  k = call.in(1);
  v = call.in(2);
  if (call.shape(q).size() != 3 || call.shape(k).empty() || call.shape(v).empty()) {
    call.fail(fmt::format("query {} (expected three dimensions)", graph::text(call.shape(q))));
  }
  if (call.has(3)) {
    const TensorId bias = call.in(3);
    const std::int64_t size = call.shape(q).back();
    q = call.op("add", {{"x", {q}}, {"y", {part(call, bias, 0, size, "query_bias")}}}, "add_query");
    if (call.shape(k).size() == 3) {
      const TensorId of_key = part(call, bias, size, call.shape(k).back(), "key_bias");
      k = call.op("add", {{"x", {k}}, {"y", {of_key}}}, "add_key");
      const TensorId of_value =
          part(call, bias, size + call.shape(k).back(), call.shape(v).back(), "value_bias");
      v = call.op("add", {{"x", {v}}, {"y", {of_value}}}, "add_value");
    }
  }
  q = split_heads(call, q, heads, "query");
  if (call.shape(k).size() == 3) k = split_heads(call, k, heads, "key");
  if (call.shape(v).size() == 3) v = split_heads(call, v, heads, "value");
  k = appended(call, maybe(call, 6), k, "present_key");
  v = appended(call, maybe(call, 7), v, "present_value");
  return {merge_heads(call, attend(call, q, k, v, maybe(call, 5)), ""), k, v};
}

/// x [B, S, D], one weight matrix for query, key and value, bias.
Results packed_attention(const Call& call) {
  if (call.has(4)) call.fail("a past in one tensor is not supported");
  const std::int64_t heads = heads_of(call, "num_heads");
  const Shape weight = call.shape_in(1);
  if (weight.size() != 2) call.fail(fmt::format("weights of shape {}", graph::text(weight)));
  TensorId all = call.op("matmul", {{"x", {call.in(0)}}, {"y", {call.in(1)}}}, "product");
  if (call.has(2)) all = call.op("add", {{"x", {all}}, {"y", {call.in(2)}}}, "bias");
  Ints sizes = call.ints("qkv_hidden_sizes").value_or(Ints(3, weight[1] / 3));
  if (sizes.size() != 3) call.fail("qkv_hidden_sizes needs three values");
  for (const std::int64_t size : sizes) {
    if (size < 1 || size > weight[1]) call.fail(fmt::format("qkv_hidden_sizes has {}", size));
  }
  const TensorId q = split_heads(call, part(call, all, 0, sizes[0], "query_part"), heads, "query");
  const TensorId k =
      split_heads(call, part(call, all, sizes[0], sizes[1], "key_part"), heads, "key");
  const TensorId v = split_heads(call, part(call, all, sizes[0] + sizes[1], sizes[2], "value_part"),
                                 heads, "value");
  return {merge_heads(call, attend(call, q, k, v, maybe(call, 5)), "")};
}

}  // namespace anesim::onnx::map
