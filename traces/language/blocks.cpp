#include "traces/language/blocks.h"

#include "traces/workloads/pieces.h"

namespace anesim::language {

using graph::TensorId;

TensorId Blocks::project(const char* part, TensorId x, std::int64_t out, const std::string& format,
                         const std::string& op) {
  const std::int64_t in = builder_.shape(x)[1];
  const std::string full = name(part, op);
  const TensorId w =
      builder_.weight(full + "_weight", {out, in, 1, 1}, storage(format, out, in, model_.formats));
  if (model_.cut.int8_activations) x = workloads::quantize_pair(builder_, x, full);
  std::optional<TensorId> bias;
  if (shape().bias) bias = builder_.weight(full + "_bias", {out});
  return workloads::conv(builder_, x, w, bias, {.pad_type = "valid"}, full);
}

TensorId Blocks::rms_norm(const char* part, TensorId x, std::int64_t axis, const std::string& op) {
  const std::int64_t channels = builder_.shape(x)[static_cast<std::size_t>(axis)];
  const std::string full = name(part, op);
  const TensorId squares = unary(part, "square", x, op + "_square");
  const TensorId mean =
      workloads::reduce(builder_, "reduce_mean", squares, {axis}, true, full + "_mean");
  const TensorId safe =
      workloads::binary(builder_, "add", mean, builder_.number(1e-6), full + "_eps");
  const TensorId root =
      builder_.op("rsqrt", {{"x", {safe}}, {"epsilon", {builder_.number(1e-12)}}}, full + "_rsqrt");
  const TensorId scaled = workloads::binary(builder_, "mul", x, root, full + "_scaled");
  graph::Shape weight(builder_.shape(x).size(), 1);
  weight[static_cast<std::size_t>(axis)] = channels;
  return workloads::binary(builder_, "mul", scaled, builder_.weight(full + "_weight", weight),
                           full);
}

TensorId Blocks::norm(TensorId x, std::int64_t axis, const std::string& op) {
  if (shape().norm == Norm::rms) return rms_norm(part_norms, x, axis, op);
  const std::int64_t channels = builder_.shape(x)[static_cast<std::size_t>(axis)];
  const std::string full = name(part_norms, op);
  return builder_.op("layer_norm",
                     {{"x", {x}},
                      {"axes", {builder_.ints({axis})}},
                      {"gamma", {builder_.weight(full + "_gamma", {channels})}},
                      {"beta", {builder_.weight(full + "_beta", {channels})}},
                      {"epsilon", {builder_.number(1e-5)}}},
                     full);
}

TensorId Blocks::activation(const char* part, TensorId x, const std::string& op) {
  const std::string& kind = shape().activation;
  const std::string full = name(part, op);
  if (kind == "gelu_tanh")
    return builder_.op("gelu", {{"x", {x}}, {"mode", {builder_.text("TANH_APPROXIMATION")}}}, full);
  return workloads::activation(builder_, kind, x, full);
}

TensorId Blocks::binary(const char* part, const char* type, TensorId x, TensorId y,
                        const std::string& op) {
  return workloads::binary(builder_, type, x, y, name(part, op));
}

TensorId Blocks::unary(const char* part, const char* type, TensorId x, const std::string& op) {
  return workloads::unary(builder_, type, x, name(part, op));
}

TensorId Blocks::matmul(const char* part, TensorId x, bool transpose_x, TensorId y,
                        bool transpose_y, const std::string& op) {
  return builder_.op("matmul",
                     {{"x", {x}},
                      {"y", {y}},
                      {"transpose_x", {builder_.boolean(transpose_x)}},
                      {"transpose_y", {builder_.boolean(transpose_y)}}},
                     name(part, op));
}

TensorId Blocks::view(const char* part, TensorId x, std::vector<std::int64_t> to,
                      const std::string& op) {
  return workloads::reshape(builder_, x, std::move(to), name(part, op));
}

TensorId Blocks::permute(const char* part, TensorId x, std::vector<std::int64_t> order,
                         const std::string& op) {
  return workloads::transpose(builder_, x, std::move(order), name(part, op));
}

TensorId Blocks::cut(const char* part, TensorId x, std::int64_t axis, std::int64_t begin,
                     std::int64_t count, const std::string& op) {
  graph::Shape size = builder_.shape(x);
  std::vector<std::int64_t> start(size.size(), 0);
  start[static_cast<std::size_t>(axis)] = begin;
  size[static_cast<std::size_t>(axis)] = count;
  return builder_.op(
      "slice_by_size",
      {{"x", {x}}, {"begin", {builder_.ints(start)}}, {"size", {builder_.ints(size)}}},
      name(part, op));
}

TensorId Blocks::join(const char* part, std::vector<TensorId> values, std::int64_t axis,
                      const std::string& op) {
  if (values.size() == 1) return values[0];
  return builder_.op("concat",
                     {{"values", std::move(values)},
                      {"axis", {builder_.integer(axis)}},
                      {"interleave", {builder_.boolean(false)}}},
                     name(part, op));
}

TensorId Blocks::rotate(TensorId x, const Attention& kind, const std::string& op) {
  const std::int64_t rotated = kind.rotated;
  if (rotated == 0) return x;
  const graph::Shape full = builder_.shape(x);
  Inputs& in = inputs_of(kind);
  if (!in.cos) {
    const char* prefix = kind.sliding ? "sliding_" : "";
    in.cos = builder_.input(fmt::format("{}cos", prefix), {1, 1, rotated, full[3]});
    in.sin = builder_.input(fmt::format("{}sin", prefix), {1, 1, rotated, full[3]});
  }
  const char* part = part_attention;
  const TensorId turning = rotated == full[2] ? x : cut(part, x, 2, 0, rotated, op + "_part");
  const TensorId low = cut(part, turning, 2, 0, rotated / 2, op + "_low");
  const TensorId high = cut(part, turning, 2, rotated / 2, rotated / 2, op + "_high");
  const TensorId negative =
      workloads::binary(builder_, "mul", high, builder_.number(-1), name(part, op + "_negative"));
  const TensorId swapped = join(part, {negative, low}, 2, op + "_swapped");
  const TensorId turned =
      binary(part, "add", binary(part, "mul", turning, *in.cos, op + "_cos"),
             binary(part, "mul", swapped, *in.sin, op + "_sin"), op + "_turned");
  if (rotated == full[2]) return turned;
  return join(part, {turned, cut(part, x, 2, rotated, full[2] - rotated, op + "_rest")}, 2,
              op + "_whole");
}

TensorId Blocks::ffn(TensorId x) {
  const auto& s = shape();
  const std::string& format = model_.formats.ffn;
  if (!s.gated_ffn) {
    const TensorId up = activation(part_ffn, project(part_ffn, x, s.ffn, format, "up"), "act");
    return project(part_ffn, up, s.width, format, "down");
  }
  const TensorId gate = activation(part_ffn, project(part_ffn, x, s.ffn, format, "gate"), "act");
  const TensorId up = project(part_ffn, x, s.ffn, format, "up");
  return project(part_ffn, binary(part_ffn, "mul", gate, up, "gated"), s.width, format, "down");
}

}  // namespace anesim::language
