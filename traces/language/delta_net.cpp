// Gated delta-net: linear attention with a recurrent state a head (language-models.md 3.2).
// Few positions step one by one; more run in the chunked form, whose triangular inverse is built by
// doubling (I + N)(I + N^2)(I + N^4)...
#include "traces/language/blocks.h"
#include "traces/workloads/pieces.h"

namespace anesim::language {
namespace {

using graph::TensorId;

constexpr const char* part = part_linear_attention;
/// Up to this many positions the recurrence is cheaper than the chunked form.
constexpr std::int64_t most_steps = 4;

/// The recurrence of all heads over [groups, repeats, ...]: groups of value heads share a key head.
class Recurrence {
 public:
  Recurrence(Blocks& b, TensorId q, TensorId k, TensorId v, TensorId beta, TensorId decay)
      : b_(b), q_(q), k_(k), v_(v), beta_(beta), decay_(decay) {
    const auto& l = *b.shape().linear;
    groups_ = l.key_heads;
    repeats_ = l.value_heads / l.key_heads;
    size_ = l.head_size;
    state_ = b.builder().state(b.name(part, "state"), {groups_, repeats_, size_, size_});
  }

  /// Results [groups, repeats, positions, size].
  TensorId run(std::int64_t positions, std::int64_t chunk) {
    std::vector<TensorId> out;
    const std::int64_t width = positions <= most_steps ? 1 : chunk;
    for (std::int64_t at = 0; at < positions; at += width) {
      const std::int64_t n = std::min(width, positions - at);
      tag_ = fmt::format("t{}_", at);
      out.push_back(n == 1 ? step(at) : chunked(at, n));
    }
    b_.result(state_);
    return b_.join(part, out, 2, "steps");
  }

 private:
  std::string tag(const char* op) const { return tag_ + op; }
  TensorId columns(TensorId x, std::int64_t at, std::int64_t n, const char* op) {
    return b_.cut(part, x, 3, at, n, tag(op));
  }
  TensorId mul(TensorId x, TensorId y, const char* op) {
    return b_.binary(part, "mul", x, y, tag(op));
  }

  TensorId step(std::int64_t at) {
    const TensorId k = columns(k_, at, 1, "k"), q = columns(q_, at, 1, "q");
    const TensorId v = columns(v_, at, 1, "v"), beta = columns(beta_, at, 1, "beta");
    const TensorId decay = columns(decay_, at, 1, "decay");
    const TensorId faded = mul(state_, decay, "faded");
    const TensorId held = b_.matmul(part, k, true, faded, false, tag("held"));
    const TensorId row = b_.view(part, v, {groups_, repeats_, 1, size_}, tag("v_row"));
    const TensorId delta = mul(b_.binary(part, "sub", row, held, tag("missing")), beta, "delta");
    const TensorId outer = b_.matmul(part, k, false, delta, false, tag("outer"));
    state_ = b_.binary(part, "add", faded, outer, tag("state"));
    return b_.matmul(part, q, true, state_, false, tag("out"));
  }

  TensorId chunked(std::int64_t at, std::int64_t n) {
    const TensorId k = columns(k_, at, n, "k"), q = columns(q_, at, n, "q");
    const TensorId v = columns(v_, at, n, "v"), beta = columns(beta_, at, n, "beta");
    const TensorId decay = columns(decay_, at, n, "decay");
    const TensorId near =
        b_.builder().input(b_.name(part, tag("decays")), {groups_, repeats_, n, n});
    const TensorId rate = b_.view(part, beta, {groups_, repeats_, n, 1}, tag("beta_rows"));
    const TensorId fade = b_.view(part, decay, {groups_, repeats_, n, 1}, tag("decay_rows"));
    // Triangular system I - N, N = beta (K^T K) faded.
    TensorId power =
        mul(mul(b_.matmul(part, k, true, k, false, tag("kk")), near, "kk_faded"), rate, "triangle");
    TensorId inverse = power;
    for (std::int64_t reach = 2; reach < n; reach *= 2) {
      const std::string level = fmt::format("{}power{}", tag_, reach);
      power = b_.matmul(part, power, false, power, false, level);
      const TensorId more = b_.matmul(part, inverse, false, power, false, level + "_more");
      inverse = b_.binary(part, "add", inverse, more, level + "_sum");
    }
    const TensorId keys = b_.permute(part, k, {0, 1, 3, 2}, tag("k_rows"));
    const TensorId values = b_.permute(part, v, {0, 1, 3, 2}, tag("v_rows"));
    const TensorId w = b_.matmul(part, inverse, false,
                                 mul(mul(keys, rate, "k_beta"), fade, "k_faded"), false, tag("w"));
    const TensorId u =
        b_.matmul(part, inverse, false, mul(values, rate, "v_beta"), false, tag("u"));
    const TensorId fresh = b_.binary(
        part, "sub", u, b_.matmul(part, w, false, state_, false, tag("w_state")), tag("fresh"));
    const TensorId inside = mul(b_.matmul(part, q, true, k, false, tag("qk")), near, "qk_faded");
    const TensorId queries = mul(b_.permute(part, q, {0, 1, 3, 2}, tag("q_rows")), fade, "q_faded");
    const TensorId out =
        b_.binary(part, "add", b_.matmul(part, queries, false, state_, false, tag("from_state")),
                  b_.matmul(part, inside, false, fresh, false, tag("from_chunk")), tag("out"));
    const TensorId last = columns(decay, n - 1, 1, "last_decay");
    state_ = b_.binary(part, "add", mul(state_, last, "faded"),
                       b_.matmul(part, k, false, fresh, false, tag("outer")), tag("state"));
    return out;
  }

  Blocks& b_;
  TensorId q_, k_, v_, beta_, decay_, state_;
  std::int64_t groups_ = 1, repeats_ = 1, size_ = 1;
  std::string tag_;
};

}  // namespace

TensorId Blocks::delta_net(TensorId x) {
  const LinearAttention& l = *shape().linear;
  const std::string& format = model_.formats.attention;
  const std::int64_t columns = window_.positions;
  const std::int64_t keys = l.key_width(), values = l.value_width();
  const std::int64_t repeats = l.value_heads / l.key_heads, size = l.head_size;
  const std::int64_t channels = 2 * keys + values;

  const TensorId mixed = project(part_projections, x, channels, format, "in_qkv");
  const TensorId z = project(part_projections, x, values, format, "in_z");
  const TensorId a = project(part_projections, x, l.value_heads, format, "in_a");
  const TensorId b = project(part_projections, x, l.value_heads, format, "in_b");

  // Depthwise convolution over this call's columns and the few kept before them.
  const TensorId kept = builder_.state(name(part, "conv_state"),
                                       {1, channels, 1, std::max<std::int64_t>(1, l.kernel - 1)});
  const TensorId window = join(part, {kept, mixed}, 3, "conv_window");
  const TensorId taps = builder_.weight(name(part, "conv_weight"), {channels, 1, 1, l.kernel});
  TensorId conv = workloads::conv(builder_, window, taps, std::nullopt,
                                  {.pad_type = "valid", .groups = channels}, name(part, "conv"));
  if (builder_.shape(conv)[3] != columns) conv = cut(part, conv, 3, 0, columns, "conv_columns");
  conv = unary(part, "silu", conv, "conv_silu");
  result(cut(part, window, 3, columns, builder_.shape(kept)[3], "conv_kept"));

  const auto heads = [&](std::int64_t begin, std::int64_t count, const std::string& op) {
    const TensorId own = cut(part, conv, 1, begin, count * size, op);
    return view(part, own, {l.key_heads, count / l.key_heads, size, columns}, op + "_heads");
  };
  const auto unit_length = [&](TensorId y, const std::string& op) {
    const TensorId sum =
        workloads::reduce(builder_, "reduce_sum", unary(part, "square", y, op + "_square"), {2},
                          true, name(part, op + "_sum"));
    const TensorId root = builder_.op(
        "rsqrt", {{"x", {sum}}, {"epsilon", {builder_.number(1e-12)}}}, name(part, op + "_rsqrt"));
    return binary(part, "mul", y, root, op + "_unit");
  };
  const TensorId q = unit_length(heads(0, l.key_heads, "q"), "q");
  const TensorId k = unit_length(heads(keys, l.key_heads, "k"), "k");
  const TensorId v = heads(2 * keys, l.value_heads, "v");
  const graph::Shape each{l.key_heads, repeats, 1, columns};
  const TensorId beta = view(part, unary(part, "sigmoid", b, "beta"), each, "beta_heads");
  const TensorId rate = workloads::binary(
      builder_, "mul",
      unary(part, "softplus",
            workloads::binary(builder_, "add", a,
                              builder_.weight(name(part, "dt_bias"), {1, l.value_heads, 1, 1}),
                              name(part, "dt")),
            "dt_softplus"),
      builder_.weight(name(part, "a_log"), {1, l.value_heads, 1, 1}), name(part, "rate"));
  const TensorId decay = view(part, unary(part, "exp", rate, "decay"), each, "decay_heads");

  Recurrence recurrence(*this, q, k, v, beta, decay);
  TensorId out = recurrence.run(columns, l.chunk);
  out = rms_norm(part, out, 3, "out_norm");
  out = permute(part, out, {0, 1, 3, 2}, "out_columns");
  out = view(part, out, {1, values, 1, columns}, "out_merged");
  out = binary(part, "mul", out, unary(part, "silu", z, "z_silu"), "out_gated");
  return project(part_projections, out, shape().width, format, "out");
}

}  // namespace anesim::language
