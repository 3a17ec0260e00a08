// Joining, cutting, padding and resizing.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sim/core/text.h"
#include "traces/onnx/mappings.h"

namespace anesim::onnx::map {

Results concat(const Call& call) {
  std::vector<TensorId> values;
  for (const TensorId id : call.all()) {
    const Shape& shape = call.shape(id);
    // Parts without elements, such as a cache before the first token, add nothing.
    if (std::ranges::find(shape, 0) == shape.end()) values.push_back(id);
  }
  if (values.empty()) call.fail("joins nothing but tensors without elements");
  if (values.size() == 1) return values;
  const std::size_t axis = call.axis(call.integer("axis", 1), call.shape(values.front()).size());
  const TensorId along = call.integer_of(static_cast<std::int64_t>(axis));
  return {call.op("concat", {{"values", values}, {"axis", {along}}})};
}

Results split(const Call& call) {
  const TensorId x = call.in(0);
  const std::size_t axis = call.axis(call.integer("axis", 0), call.shape(x).size());
  const std::int64_t size = call.shape(x)[axis];
  auto sizes = call.ints("split");
  if (!sizes) sizes = call.ints_in(1);
  if (!sizes) {
    // Equal parts, the last one shorter where they do not come out even (opset 18).
    const auto parts = static_cast<std::int64_t>(call.output_count());
    const std::int64_t part = parts < 1 ? 0 : (size + parts - 1) / parts;
    sizes = Ints(call.output_count(), part);
    if (part > 0 && !sizes->empty()) sizes->back() = size - part * (parts - 1);
  }
  if (sizes->size() != call.output_count()) {
    call.fail(fmt::format("{} parts for {} outputs", sizes->size(), call.output_count()));
  }
  if (sizes->size() == 1) return {x};
  return call.ops("split", {{"x", {x}},
                            {"split_sizes", {call.ints_of(*sizes)}},
                            {"axis", {call.integer_of(static_cast<std::int64_t>(axis))}}});
}

Results slice(const Call& call) {
  const TensorId x = call.in(0);
  const Shape shape = call.shape(x);
  const bool listed = call.attribute("starts") != nullptr;  // before opset 10
  const auto starts = listed ? call.ints("starts") : call.ints_in(1);
  const auto ends = listed ? call.ints("ends") : call.ints_in(2);
  if (!starts || !ends) call.fail("has no starts or no ends");
  auto axes = listed ? call.ints("axes") : call.ints_in(3);
  if (!axes) {
    axes = Ints(starts->size());
    std::iota(axes->begin(), axes->end(), std::int64_t{0});
  }
  Ints steps = Ints(starts->size(), 1);
  if (!listed) steps = call.ints_in(4).value_or(steps);
  if (ends->size() != starts->size() || axes->size() != starts->size() ||
      steps.size() != starts->size()) {
    call.fail(fmt::format("{} starts, {} ends, {} axes and {} steps", starts->size(), ends->size(),
                          axes->size(), steps.size()));
  }
  Ints begin(shape.size(), 0), end(shape), stride(shape.size(), 1);
  std::vector<bool> to_edge(shape.size(), false);
  bool whole = true;
  for (std::size_t i = 0; i < axes->size(); ++i) {
    const std::size_t axis = call.axis((*axes)[i], shape.size());
    begin[axis] = (*starts)[i];
    end[axis] = (*ends)[i];
    stride[axis] = steps[i];
    // Backwards to the first element: an end far below zero.
    to_edge[axis] = steps[i] < 0 && (*ends)[i] < -shape[axis];
    whole = whole && steps[i] == 1 && (begin[axis] == 0 || begin[axis] < -shape[axis]) &&
            end[axis] >= shape[axis];
  }
  if (whole) return {x};
  return {call.op("slice_by_index", {{"x", {x}},
                                     {"begin", {call.ints_of(begin)}},
                                     {"end", {call.ints_of(end)}},
                                     {"stride", {call.ints_of(stride)}},
                                     {"end_mask", {call.emitter().flags(to_edge)}}})};
}

Results pad(const Call& call) {
  const TensorId x = call.in(0);
  const std::size_t rank = call.shape(x).size();
  auto pads = call.ints("pads");
  if (!pads) pads = call.ints_in(1);
  if (!pads) call.fail("has no pads");
  std::optional<Ints> axes = call.ints_in(3);
  if (!axes) {
    axes = Ints(rank);
    std::iota(axes->begin(), axes->end(), std::int64_t{0});
  }
  if (pads->size() != 2 * axes->size()) {
    call.fail(fmt::format("pads has {} values (expected {})", pads->size(), 2 * axes->size()));
  }
  Ints pairs(2 * rank, 0);
  bool nothing = true;
  for (std::size_t i = 0; i < axes->size(); ++i) {
    const std::size_t axis = call.axis((*axes)[i], rank);
    pairs[2 * axis] = (*pads)[i];
    pairs[2 * axis + 1] = (*pads)[axes->size() + i];
    nothing = nothing && pairs[2 * axis] == 0 && pairs[2 * axis + 1] == 0;
  }
  if (nothing) return {x};
  const std::string given = call.word("mode", "constant");
  const std::string mode = given == "edge"                         ? "replicate"
                           : given == "reflect" || given == "wrap" ? "reflect"
                                                                   : "constant";
  return {
      call.op("pad", {{"x", {x}}, {"pad", {call.ints_of(pairs)}}, {"mode", {call.word_of(mode)}}})};
}

namespace {
/// Sizes of the result of a Resize or Upsample.
Shape resized(const Call& call, const Shape& from) {
  const bool upsample = call.type() == "Upsample";
  const bool first = !upsample && call.opset() < 11;  // x, scales
  const std::size_t scales_at = upsample || first ? 1 : 2;
  std::vector<double> scales;
  if (const auto listed = call.numbers("scales")) {
    scales = *listed;
  } else if (const auto given = call.array_in(scales_at)) {
    scales = given->values;
  } else if (call.has(scales_at) && !call.has(3)) {
    call.fail("scales depend on values of the run");
  }
  std::optional<Ints> sizes;
  if (scales.empty() && !upsample && !first) sizes = call.ints_in(3);
  Ints axes(from.size());
  std::iota(axes.begin(), axes.end(), std::int64_t{0});
  axes = call.ints("axes").value_or(axes);
  const std::size_t count = sizes ? sizes->size() : scales.size();
  if (count != axes.size()) {
    call.fail(fmt::format("{} scales or sizes for {} dimensions", count, axes.size()));
  }
  Shape to = from;
  const std::string policy = call.word("keep_aspect_ratio_policy", "stretch");
  if (sizes && policy != "stretch") {
    // One factor for all: the smallest or the largest.
    double factor = 0;
    for (std::size_t i = 0; i < axes.size(); ++i) {
      const double own = static_cast<double>((*sizes)[i]) /
                         static_cast<double>(from[call.axis(axes[i], from.size())]);
      const bool less = policy == "not_larger";
      factor = i == 0 ? own : less ? std::min(factor, own) : std::max(factor, own);
    }
    scales.assign(axes.size(), factor);
    sizes.reset();
  }
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const std::size_t axis = call.axis(axes[i], from.size());
    if (sizes) {
      to[axis] = (*sizes)[i];
      continue;
    }
    // Scales are single precision: a millionth keeps 13 * (26 / 13) at 26.
    const double size = std::floor(static_cast<double>(from[axis]) * scales[i] * (1 + 1e-6));
    if (!(size >= 1 && size < 0x1p40)) {
      call.fail(fmt::format("size {} scaled by {}", from[axis], scales[i]));
    }
    to[axis] = static_cast<std::int64_t>(size);
  }
  return to;
}

/// Where the samples lie, in the words of MIL. A part of a map (tf_crop_and_resize) has no even
/// grid either.
std::string sampling(const Call& call) {
  const std::string mode = call.word("coordinate_transformation_mode", "half_pixel");
  return mode == "align_corners" || mode == "tf_crop_and_resize" ? "ALIGN_CORNERS"
         : mode == "asymmetric"                                  ? "DEFAULT"
                                                                 : "UNALIGN_CORNERS";
}

}  // namespace

Results resize(const Call& call) {
  const TensorId x = call.in(0);
  const Shape from = call.shape(x);
  const Shape to = resized(call, from);
  if (to == from) return {x};
  const std::string mode = call.word("mode", "nearest");
  const std::size_t rank = from.size();
  const bool image = rank >= 3 && rank <= 5 &&
                     std::equal(from.begin(), from.end() - 2, to.begin()) && mode != "cubic";
  if (image) {
    const bool nearest = mode == "nearest";
    return {call.op(nearest ? "resize_nearest_neighbor" : "resize_bilinear",
                    {{"x", {x}},
                     {"target_size_height", {call.integer_of(to[rank - 2])}},
                     {"target_size_width", {call.integer_of(to[rank - 1])}},
                     {"sampling_mode", {call.word_of(sampling(call))}}})};
  }
  return {call.op("resize", {{"x", {x}},
                             {"shape", {call.ints_of(to)}},
                             {"resized_dims", {call.integer_of(static_cast<std::int64_t>(rank))}},
                             {"interpolation_mode",
                              {call.word_of(mode == "nearest" ? "NEAREST_NEIGHBOR"
                                            : mode == "cubic" ? "CUBIC"
                                                              : "LINEAR")}},
                             {"sampling_mode", {call.word_of(sampling(call))}}})};
}

Results grid_sample(const Call& call) {
  return {call.op("resample", {{"x", {call.in(0)}}, {"coordinates", {call.in(1)}}})};
}

Results roi_align(const Call& call) {
  return {call.op("crop_resize",
                  {{"x", {call.in(0)}},
                   {"boxes", {call.in(1)}},
                   {"box_indices", {call.in(2)}},
                   {"target_height", {call.integer_of(call.integer("output_height", 1))}},
                   {"target_width", {call.integer_of(call.integer("output_width", 1))}}})};
}

}  // namespace anesim::onnx::map
