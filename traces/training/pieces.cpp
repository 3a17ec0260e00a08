#include "traces/training/pieces.h"

#include "traces/workloads/pieces.h"

namespace anesim::training {

TensorId Pieces::surface(std::int64_t channels, std::int64_t width) {
  return builder_.input(next("surface"), {1, channels, 1, width});
}

TensorId Pieces::columns(TensorId x, std::int64_t begin, std::int64_t count) {
  graph::Shape size = builder_.shape(x);
  size[3] = count;
  return builder_.op(
      "slice_by_size",
      {{"x", {x}}, {"begin", {builder_.ints({0, 0, 0, begin})}}, {"size", {builder_.ints(size)}}},
      next("columns"));
}

TensorId Pieces::channels(TensorId x, std::int64_t begin, std::int64_t count) {
  graph::Shape size = builder_.shape(x);
  size[1] = count;
  return builder_.op(
      "slice_by_size",
      {{"x", {x}}, {"begin", {builder_.ints({0, begin, 0, 0})}}, {"size", {builder_.ints(size)}}},
      next("channels"));
}

TensorId Pieces::join(std::vector<TensorId> values) {
  return builder_.op("concat",
                     {{"values", std::move(values)},
                      {"axis", {builder_.integer(1)}},
                      {"interleave", {builder_.boolean(false)}}},
                     next("join"));
}

TensorId Pieces::op(const char* type, TensorId x, TensorId y) {
  return workloads::binary(builder_, type, x, y, next(type));
}
TensorId Pieces::op(const char* type, TensorId x) {
  return workloads::unary(builder_, type, x, next(type));
}
TensorId Pieces::scaled(TensorId x) { return op("mul", x, builder_.number(0.125)); }

TensorId Pieces::view(TensorId x, std::vector<std::int64_t> to) {
  return workloads::reshape(builder_, x, std::move(to), next("view"));
}
TensorId Pieces::permute(TensorId x, std::vector<std::int64_t> order) {
  return workloads::transpose(builder_, x, std::move(order), next("transpose"));
}

TensorId Pieces::matmul(TensorId x, bool tx, TensorId y, bool ty) {
  return builder_.op("matmul",
                     {{"x", {x}},
                      {"y", {y}},
                      {"transpose_x", {builder_.boolean(tx)}},
                      {"transpose_y", {builder_.boolean(ty)}}},
                     next("product"));
}

TensorId Pieces::product(TensorId x, TensorId weights) {
  const auto a = builder_.shape(x), w = builder_.shape(weights);
  const TensorId rows = permute(view(x, {1, a[1], a[3]}), {0, 2, 1});
  const TensorId y = matmul(rows, false, view(weights, {1, w[1], w[3]}), false);
  return view(permute(y, {0, 2, 1}), {1, w[3], 1, a[3]});
}

TensorId Pieces::conv(TensorId x, std::int64_t out) {
  const std::int64_t in = builder_.shape(x)[1];
  weights_ += in * out;
  const std::string name = next("conv");
  return workloads::conv(builder_, x, builder_.weight(name + "_weight", {out, in, 1, 1}),
                         std::nullopt, {.pad_type = "valid"}, name);
}

TensorId Pieces::rms_norm(TensorId x) {
  const std::int64_t width = builder_.shape(x)[1];
  const TensorId sum =
      workloads::reduce(builder_, "reduce_sum", op("square", x), {1}, true, next("sum"));
  const TensorId mean = op("add", op("mul", sum, builder_.number(1.0 / static_cast<double>(width))),
                           builder_.number(1e-5));
  const TensorId root =
      builder_.op("rsqrt", {{"x", {mean}}, {"epsilon", {builder_.number(1e-12)}}}, next("rsqrt"));
  return op("mul", op("mul", x, root), builder_.weight(next("gain"), {1, width, 1, 1}));
}

TensorId Pieces::heads(TensorId x, std::int64_t count) {
  return permute(view(x, {1, count, s_.head_size, sequence_}), {0, 1, 3, 2});
}

TensorId Pieces::merged(TensorId x) {
  const std::int64_t count = builder_.shape(x)[1];
  return view(permute(x, {0, 1, 3, 2}), {1, count * s_.head_size, 1, sequence_});
}

TensorId Pieces::rope(TensorId x) {
  const auto shape = builder_.shape(x);
  const std::int64_t half = s_.head_size / 2;
  if (!cos_) {
    cos_ = builder_.input(next("cos"), {1, 1, sequence_, s_.head_size});
    sin_ = builder_.input(next("sin"), {1, 1, sequence_, s_.head_size});
  }
  const auto part = [&](std::int64_t begin) {
    graph::Shape size = shape;
    size[3] = half;
    return builder_.op(
        "slice_by_size",
        {{"x", {x}}, {"begin", {builder_.ints({0, 0, 0, begin})}}, {"size", {builder_.ints(size)}}},
        next("half"));
  };
  const TensorId negative = op("mul", part(half), builder_.number(-1));
  const TensorId swapped = builder_.op("concat",
                                       {{"values", {negative, part(0)}},
                                        {"axis", {builder_.integer(3)}},
                                        {"interleave", {builder_.boolean(false)}}},
                                       next("swap"));
  return op("add", op("mul", x, *cos_), op("mul", swapped, *sin_));
}

TensorId Pieces::repeated(TensorId x) {
  const std::int64_t times = s_.heads / s_.kv_heads;
  return times == 1 ? x : join(std::vector<TensorId>(static_cast<std::size_t>(times), x));
}

TensorId Pieces::probabilities(TensorId q, TensorId k) {
  if (!mask_) mask_ = builder_.weight(next("mask"), {1, 1, sequence_, sequence_});
  const TensorId scores = scaled(matmul(q, false, k, true));
  return workloads::softmax(builder_, op("add", scores, *mask_), -1, next("softmax"));
}

TensorId Pieces::flat(TensorId x) {
  return view(x, {1, builder_.shape(x)[1] * sequence_, 1, sequence_});
}
TensorId Pieces::square(TensorId x) {
  return view(x, {1, builder_.shape(x)[1] / sequence_, sequence_, sequence_});
}

LayerProgram Pieces::finish(std::vector<TensorId> outputs, std::int64_t filled,
                            std::int64_t taken) {
  LayerProgram p;
  p.name = name_;
  p.weights = weights_;
  p.filled = filled * sequence_;
  p.taken = taken * sequence_;
  p.graph = builder_.finish(std::move(outputs));
  return p;
}

}  // namespace anesim::training
