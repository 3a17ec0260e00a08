// Operations that only change the view of a tensor, and repeats.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "traces/onnx/mappings.h"

namespace anesim::onnx::map {

namespace {
/// The target of a Reshape; one size that is absent from the file follows from the others.
std::optional<Ints> target_shape(const Call& call) {
  auto array = call.array_in(1);
  if (!array) return call.ints_in(1);
  std::size_t unknown = 0;
  for (double& value : array->values) {
    unknown += std::isnan(value) || value == -1 ? 1 : 0;
    if (std::isnan(value)) value = -1;
  }
  if (unknown > 1) return call.ints_in(1);
  return integers_of(*array);
}
}  // namespace

Results reshape(const Call& call) {
  const TensorId x = call.in(0);
  const Shape from = call.shape(x);
  auto wanted = call.ints("shape");
  if (!wanted) wanted = target_shape(call);
  if (!wanted) call.fail("has no shape");
  Shape to = *wanted;
  // With allowzero a zero means zero, which no tensor of a running network has.
  if (call.integer("allowzero", 0) != 0 && std::ranges::find(to, 0) != to.end()) {
    call.fail(fmt::format("shape {} has no elements", graph::text(to)));
  }
  for (std::size_t i = 0; i < to.size(); ++i) {
    if (to[i] != 0) continue;
    if (i >= from.size()) {
      call.fail(fmt::format("shape {} copies dimension {} of x {}", graph::text(to), i,
                            graph::text(from)));
    }
    to[i] = from[i];
  }
  return {call.reshape(x, to)};
}

Results flatten(const Call& call) {
  const TensorId x = call.in(0);
  const Shape shape = call.shape(x);
  std::int64_t axis = call.integer("axis", 1);
  const auto rank = static_cast<std::int64_t>(shape.size());
  if (axis < 0) axis += rank;
  if (axis < 0 || axis > rank) call.fail(fmt::format("axis {} is outside rank {}", axis, rank));
  const auto cut = static_cast<std::size_t>(axis);
  return {call.reshape(x, {call.product(shape, 0, cut), call.product(shape, cut, shape.size())})};
}

Results transpose(const Call& call) {
  const TensorId x = call.in(0);
  Ints perm(call.shape(x).size());
  std::iota(perm.begin(), perm.end(), std::int64_t{0});
  const Ints straight = perm;
  std::ranges::reverse(perm);
  perm = call.ints("perm").value_or(perm);
  if (perm == straight) return {x};
  return {call.transpose(x, perm)};
}

Results squeeze(const Call& call) {
  const TensorId x = call.in(0);
  auto axes = call.ints("axes");
  if (!axes) axes = call.ints_in(1);
  if (!axes) return {call.op("squeeze", {{"x", {x}}})};
  if (axes->empty()) return {x};
  return {call.op("squeeze", {{"x", {x}}, {"axes", {call.ints_of(*axes)}}})};
}

Results unsqueeze(const Call& call) {
  const TensorId x = call.in(0);
  auto axes = call.ints("axes");
  if (!axes) axes = call.ints_in(1);
  if (!axes) call.fail("has no axes");
  if (axes->empty()) return {x};
  return {call.op("expand_dims", {{"x", {x}}, {"axes", {call.ints_of(*axes)}}})};
}

Results expand(const Call& call) {
  TensorId x = call.in(0);
  Shape wanted = call.ints_in(1).value_or(Ints{});
  Shape from = call.shape(x);
  if (from.size() < wanted.size()) {
    from.insert(from.begin(), wanted.size() - from.size(), 1);
  } else {
    wanted.insert(wanted.begin(), from.size() - wanted.size(), 1);
  }
  Ints repeats;
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (from[i] != wanted[i] && from[i] != 1 && wanted[i] != 1) {
      call.fail(fmt::format("x {} does not broadcast to {}", graph::text(call.shape(x)),
                            graph::text(wanted)));
    }
    repeats.push_back(from[i] == 1 ? wanted[i] : 1);
  }
  const bool whole = std::ranges::all_of(repeats, [](std::int64_t n) { return n == 1; });
  x = call.reshape(x, from, whole ? "" : "aligned");
  if (whole) return {x};
  return {call.op("tile", {{"x", {x}}, {"reps", {call.ints_of(repeats)}}})};
}

Results tile(const Call& call) {
  const Ints repeats = call.ints_in(1).value_or(Ints{});
  const bool once = std::ranges::all_of(repeats, [](std::int64_t n) { return n == 1; });
  if (once) return {call.in(0)};
  return {call.op("tile", {{"x", {call.in(0)}}, {"reps", {call.ints_of(repeats)}}})};
}

Results depth_to_space(const Call& call) {
  const TensorId size = call.integer_of(call.integer("blocksize", 1));
  // The other order of channels is that of pixel_shuffle.
  if (call.word("mode", "DCR") == "CRD") {
    return {call.op("pixel_shuffle", {{"x", {call.in(0)}}, {"upscale_factor", {size}}})};
  }
  return {call.op("depth_to_space", {{"x", {call.in(0)}}, {"block_size", {size}}})};
}

Results space_to_depth(const Call& call) {
  const TensorId size = call.integer_of(call.integer("blocksize", 1));
  return {call.op("space_to_depth", {{"x", {call.in(0)}}, {"block_size", {size}}})};
}

Results reverse_sequence(const Call& call) {
  return {call.op("reverse_sequence",
                  {{"x", {call.in(0)}},
                   {"lengths", {call.in(1)}},
                   {"seq_axis", {call.integer_of(call.integer("time_axis", 0))}},
                   {"batch_axis", {call.integer_of(call.integer("batch_axis", 1))}}})};
}

}  // namespace anesim::onnx::map
