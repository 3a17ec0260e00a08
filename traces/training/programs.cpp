// The programs of a layer, row by row as m4-family.md 8a and 8b list them. The concat that ends
// each is left out: its parts are results, written where the output surface wants them (72
// evaluations in 8.9 ms on M4 Pro leave no time for copies).
#include "traces/training/pieces.h"
#include "traces/workloads/pieces.h"

namespace anesim::training {
namespace {

/// Scores again from q and k; gradients of the values and of the probabilities.
std::vector<TensorId> attention_backward_first(Pieces& p, TensorId q, TensorId k, TensorId v,
                                               TensorId out) {
  const TensorId weights = p.probabilities(q, k);
  const TensorId values = p.matmul(weights, true, out, false);
  const TensorId gradient = p.matmul(out, false, v, true);
  return {p.merged(values), p.flat(weights), p.flat(gradient)};
}

/// Gradients of q and k from probabilities and their gradients.
std::vector<TensorId> attention_backward_second(Pieces& p, TensorId weights, TensorId gradient,
                                                TensorId q, TensorId k) {
  const TensorId product = p.op("mul", weights, gradient);
  const TensorId sum = workloads::reduce(p.builder(), "reduce_sum", product, {-1}, true, "row_sum");
  const TensorId scores = p.scaled(p.op("mul", weights, p.op("sub", gradient, sum)));
  return {p.merged(p.matmul(scores, false, k, false)), p.merged(p.matmul(scores, true, q, false))};
}

/// Both pipelines hand probabilities, their gradients, queries and keys over in one surface.
LayerProgram second_backward_program(const language::Shape& s, std::int64_t n) {
  const std::int64_t q = s.heads * s.head_size, square = s.heads * n;
  Pieces p("sdpaBwd2", s, n);
  const TensorId in = p.surface(2 * square + 2 * q, n);
  const auto part = [&](std::int64_t i) {
    return p.heads(p.channels(in, 2 * square + i * q, q), s.heads);
  };
  return p.finish(
      attention_backward_second(p, p.square(p.channels(in, 0, square)),
                                p.square(p.channels(in, square, square)), part(0), part(1)),
      2 * square + 2 * q, 2 * q);
}

}  // namespace

LayerPrograms dynamic_programs(const language::Shape& s, std::int64_t n) {
  const std::int64_t d = s.width, h = s.ffn;
  const std::int64_t q = s.heads * s.head_size, kv = s.kv_heads * s.head_size;
  LayerPrograms out;
  const auto add = [&](LayerProgram program) { out.programs.push_back(std::move(program)); };
  {
    Pieces p("sdpaFwd", s, n);
    const TensorId in = p.surface(d, n + q + 2 * kv);
    const TensorId x = p.columns(in, 0, n);
    const TensorId rq = p.rope(p.heads(p.product(x, p.columns(in, n, q)), s.heads));
    const TensorId rk = p.rope(p.heads(p.product(x, p.columns(in, n + q, kv)), s.kv_heads));
    const TensorId v = p.product(x, p.columns(in, n + q + kv, kv));
    const TensorId values = p.repeated(p.heads(v, s.kv_heads));
    const TensorId context = p.matmul(p.probabilities(rq, p.repeated(rk)), false, values, false);
    add(p.finish({p.merged(context), p.merged(rq), p.merged(rk), v, x}, d, q));
  }
  {
    Pieces p("woFwd", s, n);
    const TensorId in = p.surface(q, n + d);
    add(p.finish({p.product(p.columns(in, 0, n), p.columns(in, n, d))}, q, d));
  }
  {
    Pieces p("ffnFused", s, n);
    const TensorId in = p.surface(d, 2 * n + 3 * h);
    const TensorId x = p.columns(in, 0, n), residual = p.columns(in, n, n);
    const TensorId h1 = p.product(x, p.columns(in, 2 * n, h));
    const TensorId h3 = p.product(x, p.columns(in, 2 * n + h, h));
    const TensorId gated = p.op("mul", p.op("mul", h1, p.op("sigmoid", h1)), h3);
    const TensorId w2 = workloads::transpose(p.builder(), p.columns(in, 2 * n + 2 * h, h),
                                             {0, 3, 2, 1}, "w2_transposed");
    const TensorId y = p.op("add", p.scaled(p.product(gated, w2)), residual);
    add(p.finish({y, h1, h3, gated}, 2 * d, d + 3 * h));
  }
  out.forward = out.programs.size();
  {
    Pieces p("ffnBwdW2t", s, n);
    const TensorId in = p.surface(d, n + h);
    add(p.finish({p.product(p.columns(in, 0, n), p.columns(in, n, h))}, d, h));
  }
  {
    Pieces p("ffnBwdW13t", s, n);
    const TensorId in = p.surface(h, 2 * n + 2 * d);
    const TensorId a = p.product(p.columns(in, 0, n), p.columns(in, 2 * n, d));
    const TensorId b = p.product(p.columns(in, n, n), p.columns(in, 2 * n + d, d));
    add(p.finish({p.op("add", a, b)}, 2 * h, d));
  }
  {
    Pieces p("wotBwd", s, n);
    const TensorId in = p.surface(d, n + q);
    add(p.finish({p.product(p.columns(in, 0, n), p.columns(in, n, q))}, d, q));
  }
  {
    Pieces p("sdpaBwd1", s, n);
    const TensorId in = p.surface(4 * q, n);
    const auto part = [&](std::int64_t i) { return p.heads(p.channels(in, i * q, q), s.heads); };
    add(p.finish(attention_backward_first(p, part(0), part(1), part(2), part(3)), 4 * q, q));
  }
  add(second_backward_program(s, n));
  {
    Pieces p("qBwd", s, n);
    const TensorId in = p.surface(q, n + d);
    add(p.finish({p.product(p.columns(in, 0, n), p.columns(in, n, d))}, q, d));
  }
  {
    Pieces p("kvBwd", s, n);
    const TensorId in = p.surface(kv, 2 * n + 2 * d);
    const TensorId a = p.product(p.columns(in, 0, n), p.columns(in, 2 * n, d));
    const TensorId b = p.product(p.columns(in, n, n), p.columns(in, 2 * n + d, d));
    add(p.finish({p.op("add", a, b)}, 2 * kv, d));
  }
  return out;
}

/// Published for as many key heads as heads. With fewer the parts of the dynamic pipeline are taken
/// over (8a): the forward program tiles keys and values to all heads; behind it the CPU hands them
/// over tiled and sums their gradients back to the key heads.
LayerPrograms static_programs(const language::Shape& s, std::int64_t n) {
  const std::int64_t d = s.width, h = s.ffn;
  const std::int64_t q = s.heads * s.head_size, kv = s.kv_heads * s.head_size;
  LayerPrograms out;
  const auto add = [&](LayerProgram program) { out.programs.push_back(std::move(program)); };
  {
    Pieces p("fwdAttn", s, n);
    const TensorId x = p.surface(d, n);
    const TensorId read = p.rms_norm(x);
    const TensorId rq = p.conv(read, q), rk = p.conv(read, kv), rv = p.conv(read, kv);
    const TensorId keys = p.repeated(p.heads(rk, s.kv_heads));
    const TensorId values = p.repeated(p.heads(rv, s.kv_heads));
    const TensorId context =
        p.matmul(p.probabilities(p.heads(rq, s.heads), keys), false, values, false);
    const TensorId flat = p.merged(context);
    add(p.finish({p.conv(flat, d), rq, rk, rv, flat, read}, d, 2 * (d + q + kv)));
  }
  {
    Pieces p("fwdFFN", s, n);
    const TensorId x = p.surface(d, n);
    const TensorId read = p.rms_norm(x);
    const TensorId h1 = p.conv(read, h), h3 = p.conv(read, h);
    const TensorId gated = p.op("mul", p.op("mul", h1, p.op("sigmoid", h1)), h3);
    add(p.finish({p.conv(gated, d), h1, h3, gated, read}, d, 2 * d + 3 * h));
  }
  out.forward = out.programs.size();
  {
    Pieces p("ffnBwd", s, n);
    const TensorId in = p.surface(d + 2 * h, n);
    const TensorId h1 = p.channels(in, d, h), h3 = p.channels(in, d + h, h);
    const TensorId gated = p.conv(p.channels(in, 0, d), h);
    // SiLU' = sigmoid (1 + h1 (1 - sigmoid)).
    const TensorId sigmoid = p.op("sigmoid", h1);
    const TensorId rest = p.op("sub", p.builder().number(1), sigmoid);
    const TensorId slope =
        p.op("mul", sigmoid, p.op("add", p.op("mul", h1, rest), p.builder().number(1)));
    const TensorId d1 = p.op("mul", p.op("mul", gated, h3), slope);
    const TensorId d3 = p.op("mul", gated, p.op("mul", h1, sigmoid));
    const TensorId dx = p.op("add", p.conv(d1, d), p.conv(d3, d));
    add(p.finish({dx, d1, d3}, d + 2 * h, d + 2 * h));
  }
  {
    Pieces p("sdpaBwd1", s, n);
    const TensorId in = p.surface(3 * q + d, n);
    const auto part = [&](std::int64_t i) { return p.heads(p.channels(in, i * q, q), s.heads); };
    const TensorId gradient = p.conv(p.channels(in, 3 * q, d), q);
    add(p.finish(attention_backward_first(p, part(0), part(1), part(2), p.heads(gradient, s.heads)),
                 3 * q + d, q + 2 * s.heads * n));
  }
  add(second_backward_program(s, n));
  {
    Pieces p("qkvBwd", s, n);
    const TensorId in = p.surface(q + 2 * kv, n);
    const TensorId a = p.conv(p.channels(in, 0, q), d), b = p.conv(p.channels(in, q, kv), d);
    const TensorId c = p.conv(p.channels(in, q + kv, kv), d);
    add(p.finish({p.op("add", p.op("add", a, b), c)}, q + 2 * kv, d));
  }
  return out;
}

LayerProgram classifier_program(const language::Shape& s, std::int64_t n) {
  Pieces p("classifier", s, n);
  const TensorId logits = p.conv(p.rms_norm(p.surface(s.width, n)), s.vocabulary);
  return p.finish({workloads::softmax(p.builder(), logits, 1, "softmax")}, s.width, s.vocabulary);
}

}  // namespace anesim::training
