#include "traces/language/layers.h"

#include "traces/language/blocks.h"
#include "traces/workloads/pieces.h"

namespace anesim::language {

using graph::TensorId;

graph::Graph layers_program(const Model& m, std::int64_t first, std::int64_t last,
                            const Window& window) {
  Blocks b(m, window, fmt::format("layers_{}_to_{}", first, last - 1));
  TensorId x = b.builder().input("x", {1, m.shape.width, 1, window.positions});
  std::optional<TensorId> own;
  if (m.shape.per_layer_input > 0) own = b.per_layer_inputs(x, first, last);
  const auto ffn = [&](TensorId y) {
    const TensorId out = b.ffn(b.norm(y, 1, "norm2"));
    return m.shape.post_norms ? b.norm(out, 1, "norm2_after") : out;
  };
  for (std::int64_t i = first; i < last; ++i) {
    b.set_prefix(fmt::format("layer{}_", i));
    const TensorId read = b.norm(x, 1, "norm1");
    TensorId mixed = m.shape.full_attention(i) ? b.attention(read, i) : b.delta_net(read);
    if (m.shape.post_norms) mixed = b.norm(mixed, 1, "norm1_after");
    if (m.shape.parallel) {
      const TensorId more = ffn(x);
      x = b.binary(part_norms, "add", b.binary(part_norms, "add", x, mixed, "residual1"), more,
                   "residual2");
    } else {
      x = b.binary(part_norms, "add", x, mixed, "residual1");
      x = b.binary(part_norms, "add", x, ffn(x), "residual2");
    }
    if (own) x = b.per_layer_gate(x, *own, i - first);
  }
  b.results_for_later(first, last);
  b.result(x);
  return b.builder().finish(b.results());
}

graph::Graph head_program(const Model& m, std::int64_t positions) {
  Blocks b(m, {positions, positions}, "head");
  const TensorId x = b.builder().input("x", {1, m.shape.width, 1, positions});
  const TensorId read = b.norm(x, 1, "norm_final");
  const std::int64_t parts = m.cut.head_parts;
  for (std::int64_t i = 0; i < parts; ++i) {
    const std::int64_t rows = m.shape.vocabulary / parts + (i < m.shape.vocabulary % parts ? 1 : 0);
    const std::string name = fmt::format("{}/part{}", part_head, i);
    const TensorId w = b.builder().weight(name + "_weight", {rows, m.shape.width, 1, 1},
                                          storage(m.formats.head, rows, m.shape.width, m.formats));
    TensorId logits =
        workloads::conv(b.builder(), read, w, std::nullopt, {.pad_type = "valid"}, name);
    if (const auto& cap = m.shape.logit_cap) {
      const auto times = [&](double factor, const char* op) {
        return workloads::binary(b.builder(), "mul", logits, b.builder().number(factor), name + op);
      };
      logits = times(1 / *cap, "_scaled");
      logits = workloads::unary(b.builder(), "tanh", logits, name + "_tanh");
      logits = times(*cap, "_capped");
    }
    b.result(logits);
  }
  return b.builder().finish(b.results());
}

graph::Graph projection_program(const Model& m, const Projection& p, const std::string& format,
                                std::int64_t positions) {
  graph::Builder b(p.name);
  const TensorId x = b.input("x", {1, p.in, 1, positions});
  std::vector<TensorId> results;
  for (std::int64_t i = 0; i < p.count; ++i) {
    const std::string name = fmt::format("{}/{}{}", part_projections, p.name, i);
    const TensorId w =
        b.weight(name + "_weight", {p.out, p.in, 1, 1}, storage(format, p.out, p.in, m.formats));
    results.push_back(workloads::conv(b, x, w, std::nullopt, {.pad_type = "valid"}, name));
  }
  return b.finish(results);
}

}  // namespace anesim::language
