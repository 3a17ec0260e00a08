// Attention: the core alone (sdpa), and with its projections (attention_block).
#include <fmt/format.h>

#include "traces/workloads/generators.h"
#include "traces/workloads/pieces.h"

namespace anesim::workloads {
namespace {

using graph::Builder;
using graph::TensorId;

struct Core {
  std::int64_t batch, heads, kv_heads, q_len, kv_len, head_dim;
};

TensorId scores(Builder& b, TensorId q, TensorId k, const std::string& name) {
  const TensorId product = matmul(b, q, k, true, name + "_qk");
  return binary(b, "mul", product, b.number(0.125), name + "_scaled");
}

/// softmax(q k^T) v written out.
TensorId dense(Builder& b, TensorId q, TensorId k, TensorId v) {
  return matmul(b, softmax(b, scores(b, q, k, "scores"), -1, "probabilities"), v, false, "pv");
}

TensorId block_of(Builder& b, TensorId x, std::int64_t block, std::int64_t size,
                  const std::string& name) {
  const auto shape = b.shape(x);
  return b.op("slice_by_size",
              {{"x", {x}},
               {"begin", {b.ints({0, 0, block * size, 0})}},
               {"size", {b.ints({shape[0], shape[1], size, shape[3]})}}},
              name);
}

/// Keys in blocks, exponentials against the common maximum, and one division after P x V.
TensorId divided_last(Builder& b, TensorId q, TensorId k, TensorId v, std::int64_t blocks) {
  const std::int64_t size = b.shape(k)[2] / blocks;
  std::vector<TensorId> block_scores;
  std::optional<TensorId> maximum;
  for (std::int64_t i = 0; i < blocks; ++i) {
    const std::string name = fmt::format("block_{}", i);
    const TensorId part = blocks == 1 ? k : block_of(b, k, i, size, name + "_k");
    block_scores.push_back(scores(b, q, part, name));
    const TensorId top = reduce(b, "reduce_max", block_scores.back(), {-1}, true, name + "_max");
    maximum = maximum ? binary(b, "maximum", *maximum, top, name + "_running") : top;
  }
  std::optional<TensorId> sum, product;
  for (std::int64_t i = 0; i < blocks; ++i) {
    const std::string name = fmt::format("block_{}", i);
    const TensorId shifted =
        binary(b, "sub", block_scores[static_cast<std::size_t>(i)], *maximum, name + "_shifted");
    const TensorId power = unary(b, "exp", shifted, name + "_exp");
    const TensorId weight = reduce(b, "reduce_sum", power, {-1}, true, name + "_sum");
    const TensorId part = blocks == 1 ? v : block_of(b, v, i, size, name + "_v");
    const TensorId value = matmul(b, power, part, false, name + "_pv");
    sum = sum ? binary(b, "add", *sum, weight, name + "_sums") : weight;
    product = product ? binary(b, "add", *product, value, name + "_pvs") : value;
  }
  return binary(b, "real_div", *product, *sum, "divided");
}

graph::Graph make_sdpa(const Values& values) {
  Core core{.batch = values.count("batch"),
            .heads = values.count("heads"),
            .kv_heads = values.count_or("kv_heads", values.count("heads")),
            .q_len = values.count("q_len"),
            .kv_len = values.count_or("kv_len", values.count("q_len")),
            .head_dim = values.count("head_dim")};
  if (core.heads % core.kv_heads != 0) {
    values.fail(fmt::format("parameter 'kv_heads': {} does not divide heads {}", core.kv_heads,
                            core.heads));
  }
  const std::int64_t blocks = values.count("blocks");
  if (core.kv_len % blocks != 0) {
    values.fail(
        fmt::format("parameter 'blocks': {} does not divide kv_len {}", blocks, core.kv_len));
  }
  Builder builder("sdpa");
  // Query heads that share a key head are rows of one product.
  const std::int64_t rows = core.heads / core.kv_heads * core.q_len;
  const TensorId q = builder.input("q", {core.batch, core.kv_heads, rows, core.head_dim});
  const TensorId k = builder.input("k", {core.batch, core.kv_heads, core.kv_len, core.head_dim});
  const TensorId v = builder.input("v", {core.batch, core.kv_heads, core.kv_len, core.head_dim});
  const std::string& variant = values.word("variant");
  if (variant != "post_pv" && blocks > 1) {
    values.fail("parameter 'blocks' needs variant=post_pv");
  }
  if (variant == "dense") return builder.finish({dense(builder, q, k, v)});
  if (variant == "post_pv") return builder.finish({divided_last(builder, q, k, v, blocks)});
  return builder.finish({builder.op("scaled_dot_product_attention",
                                    {{"query", {q}}, {"key", {k}}, {"value", {v}}}, "sdpa")});
}

graph::Graph make_attention_block(const Values& values) {
  const std::int64_t batch = values.count("batch"), sequence = values.count("sequence");
  const std::int64_t width = values.count("d_model"), heads = values.count("heads");
  if (width % heads != 0) {
    values.fail(fmt::format("parameter 'heads': {} does not divide d_model {}", heads, width));
  }
  Builder b("attention_block");
  const TensorId x = b.input("x", {batch, sequence, width});
  const auto project = [&](TensorId from, const std::string& name) {
    return linear(b, from, b.weight(name + "_weight", {width, width}),
                  b.weight(name + "_bias", {width}), name);
  };
  const auto split = [&](const std::string& name) {
    const TensorId parts =
        reshape(b, project(x, name), {batch, sequence, heads, width / heads}, name + "_heads");
    return transpose(b, parts, {0, 2, 1, 3}, name + "_split");
  };
  const TensorId q = split("q"), k = split("k"), v = split("v");
  const TensorId merged = transpose(b, dense(b, q, k, v), {0, 2, 1, 3}, "merged");
  return b.finish({project(reshape(b, merged, {batch, sequence, width}, "joined"), "out")});
}

}  // namespace

WorkloadInfo sdpa_workload() {
  return {"sdpa",
          "attention of queries over keys and values that are all inputs",
          {{"batch", Form::count, "1", "sequences in one call"},
           {"heads", Form::count, std::nullopt, "query heads"},
           {"kv_heads", Form::count, "", "key and value heads; absent: heads"},
           {"q_len", Form::count, std::nullopt, "query positions"},
           {"kv_len", Form::count, "", "key positions; absent: q_len"},
           {"head_dim", Form::count, std::nullopt, "width of a head"},
           {"variant",
            Form::word,
            "dense",
            "dense: softmax then P x V; post_pv: divided after P x V; fused: one operation",
            {"dense", "post_pv", "fused"}},
           {"blocks", Form::count, "1", "key blocks of post_pv", {}, 65536}},
          make_sdpa};
}

WorkloadInfo attention_block_workload() {
  return {"attention_block",
          "query, key, value and output projections and the attention between them",
          {{"batch", Form::count, "1", "sequences in one call"},
           {"sequence", Form::count, std::nullopt, "positions"},
           {"d_model", Form::count, std::nullopt, "width of the model"},
           {"heads", Form::count, std::nullopt, "attention heads"}},
          make_attention_block};
}

}  // namespace anesim::workloads
