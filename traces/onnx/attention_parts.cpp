#include "traces/onnx/attention_parts.h"

#include <fmt/format.h>

#include <algorithm>

namespace anesim::onnx {

TensorId split_heads(const Call& call, TensorId x, std::int64_t heads, const std::string& suffix) {
  const Shape shape = call.shape(x);
  if (shape.size() != 3 || heads < 1 || shape[2] % heads != 0) {
    call.fail(fmt::format("{} does not split into {} heads", graph::text(shape), heads));
  }
  const TensorId apart =
      call.reshape(x, {shape[0], shape[1], heads, shape[2] / heads}, suffix + "_heads");
  return call.transpose(apart, {0, 2, 1, 3}, suffix);
}

TensorId merge_heads(const Call& call, TensorId x, std::string_view suffix) {
  const Shape shape = call.shape(x);
  const TensorId turned = call.transpose(x, {0, 2, 1, 3}, "merge");
  return call.reshape(turned, {shape[0], shape[2], call.product(shape[1], shape[3])}, suffix);
}

TensorId attend(const Call& call, TensorId q, TensorId k, TensorId v,
                std::optional<TensorId> mask) {
  const Shape query = call.shape(q);
  const Shape key = call.shape(k);
  if (query.size() != 4 || key.size() != 4 || call.shape(v).size() != 4) {
    call.fail(fmt::format("query {}, key {}, value {} (expected four dimensions)",
                          graph::text(query), graph::text(key), graph::text(call.shape(v))));
  }
  const std::int64_t heads = query[1];
  const std::int64_t shared = key[1];
  if (shared < 1 || heads % shared != 0) {
    call.fail(fmt::format("{} query heads and {} key heads", heads, shared));
  }
  const bool grouped = heads != shared;
  if (grouped) {  // the query heads of a group are further rows
    q = call.reshape(q, {query[0], shared, call.product(query[2], heads / shared), query[3]},
                     "grouped");
  }
  Arguments arguments = {{"query", {q}}, {"key", {k}}, {"value", {v}}};
  if (mask) arguments.push_back({"attn_mask", {*mask}});
  const TensorId result = call.op("scaled_dot_product_attention", arguments, "attention");
  return call.reshape(result, {query[0], heads, query[2], call.shape(v).back()}, "heads");
}

TensorId appended(const Call& call, std::optional<TensorId> past, TensorId fresh,
                  const std::string& suffix) {
  if (!past) return fresh;
  const Shape& shape = call.shape(*past);
  if (std::ranges::find(shape, 0) != shape.end()) return fresh;
  return call.op("concat", {{"values", {*past, fresh}}, {"axis", {call.integer_of(2)}}}, suffix);
}

namespace {
TensorId cut_last(const Call& call, TensorId x, std::int64_t from, std::int64_t to,
                  const std::string& suffix) {
  const Shape shape = call.shape(x);
  if (from == 0 && to == shape.back()) return x;
  Ints begin(shape.size(), 0), end = shape;
  begin.back() = from;
  end.back() = to;
  return call.op("slice_by_index",
                 {{"x", {x}}, {"begin", {call.ints_of(begin)}}, {"end", {call.ints_of(end)}}},
                 suffix);
}
}  // namespace

TensorId rotated(const Call& call, TensorId x, TensorId cosine, TensorId sine,
                 const std::string& suffix) {
  if (call.shape(cosine).empty() || call.shape(x).empty()) call.fail("angles are a scalar");
  const std::int64_t half = call.shape(cosine).back();
  const std::int64_t size = call.shape(x).back();
  if (2 * half > size) {
    call.fail(fmt::format("angles for {} numbers of {}", 2 * half, size));
  }
  const TensorId first = cut_last(call, x, 0, half, suffix + "_first");
  const TensorId second = cut_last(call, x, half, 2 * half, suffix + "_second");
  const auto times = [&](TensorId a, TensorId b, const char* which) {
    return call.op("mul", {{"x", {a}}, {"y", {b}}}, suffix + which);
  };
  const TensorId real =
      call.op("sub", {{"x", {times(first, cosine, "_a")}}, {"y", {times(second, sine, "_b")}}},
              suffix + "_real");
  const TensorId imaginary =
      call.op("add", {{"x", {times(second, cosine, "_c")}}, {"y", {times(first, sine, "_d")}}},
              suffix + "_imaginary");
  std::vector<TensorId> parts = {real, imaginary};
  if (2 * half < size) {
    parts.push_back(cut_last(call, x, 2 * half, size, suffix + "_rest"));
  }
  return call.op("concat", {{"values", parts}, {"axis", {call.integer_of(-1)}}}, suffix);
}

TensorId angles_at(const Call& call, TensorId table, std::optional<TensorId> positions,
                   std::int64_t steps, const std::string& suffix) {
  const Shape shape = call.shape(table);
  if (shape.size() == 3) {  // already picked: [B, S, D/2]
    return call.reshape(table, {shape[0], 1, shape[1], shape[2]}, suffix);
  }
  if (shape.size() != 2) call.fail(fmt::format("angles of shape {}", graph::text(shape)));
  if (positions && call.shape(*positions).size() == 2) {
    const TensorId rows = call.op(
        "gather", {{"x", {table}}, {"indices", {*positions}}, {"axis", {call.integer_of(0)}}},
        suffix + "_rows");
    const Shape picked = call.shape(rows);
    return call.reshape(rows, {picked[0], 1, picked[1], picked[2]}, suffix);
  }
  if (steps > shape[0]) {
    call.fail(fmt::format("{} positions of a table of {}", steps, shape[0]));
  }
  // Consecutive rows; the first depends on the run, but not how much is read.
  return call.weight({1, 1, steps, shape[1]}, graph::DType::fp16, suffix);
}

}  // namespace anesim::onnx
