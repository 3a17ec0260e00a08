// Result shapes of image resizing and region sampling; the last two dimensions are height, width.
#include <fmt/format.h>

#include <cmath>

#include "traces/graph/rules.h"

namespace anesim::graph::rules {

std::int64_t scaled(const OpCall& call, std::int64_t size, double factor) {
  // A factor is often a rounded quotient: half a millionth keeps 2.9999999 * 10 at 30.
  const double result = std::floor(static_cast<double>(size) * factor + 5e-7);
  if (!(result >= 1 && result < 1e12)) {
    call.fail(fmt::format("size {} scaled by {}", size, factor));
  }
  return static_cast<std::int64_t>(result);
}

namespace {
Shape with_last(const Shape& like, std::int64_t height, std::int64_t width) {
  Shape shape = like;
  shape[shape.size() - 2] = height;
  shape[shape.size() - 1] = width;
  return shape;
}
}  // namespace

Result resize_to_size(const OpCall& call) {
  const Tensor& x = call.ranked("x", 3, 5);
  const std::int64_t height = call.integer("target_size_height", 1);
  return one(with_last(x.shape, height, call.integer("target_size_width", 1)), x.dtype);
}

Result upsample(const OpCall& call) {
  const Tensor& x = call.ranked("x", 3, 5);
  const std::size_t rank = x.shape.size();
  return one(
      with_last(x.shape, scaled(call, x.shape[rank - 2], call.number("scale_factor_height", 1)),
                scaled(call, x.shape[rank - 1], call.number("scale_factor_width", 1))),
      x.dtype);
}

Result resize(const OpCall& call) {
  const Tensor& x = call.tensor("x");
  const auto wanted = call.need_ints("shape");
  const std::int64_t count = call.integer("resized_dims", static_cast<std::int64_t>(wanted.size()));
  if (count < 1 || count > static_cast<std::int64_t>(std::min(wanted.size(), x.shape.size()))) {
    call.fail(fmt::format("resized_dims {} with a shape of {} values and x of rank {}", count,
                          wanted.size(), x.shape.size()));
  }
  Shape shape = x.shape;
  for (std::size_t i = 1; i <= static_cast<std::size_t>(count); ++i) {
    const std::int64_t size = wanted[wanted.size() - i];
    if (size != 0) shape[shape.size() - i] = size;
  }
  return one(std::move(shape), x.dtype);
}

Result crop(const OpCall& call) {
  const Tensor& x = call.ranked("x", 3, 5);
  const auto height = call.need_ints("crop_height");
  const auto width = call.need_ints("crop_width");
  if (height.size() != 2 || width.size() != 2) {
    call.fail("crop_height and crop_width need two values each");
  }
  const std::size_t rank = x.shape.size();
  return one(with_last(x.shape, x.shape[rank - 2] - height[0] - height[1],
                       x.shape[rank - 1] - width[0] - width[1]),
             x.dtype);
}

Result crop_resize(const OpCall& call) {
  const Tensor& x = call.ranked("x", 4, 4);
  const std::int64_t height = call.integer("target_height", 1);
  const std::int64_t width = call.integer("target_width", 1);
  if (const Tensor* regions = call.find("roi")) {  // iOS15
    if (regions->shape.empty()) call.fail("roi is a scalar");
    return one({regions->shape[0], x.shape[0], x.shape[1], height, width}, x.dtype);
  }
  const Tensor& boxes = call.ranked("boxes", 2, 2);
  return one({boxes.shape[0], x.shape[1], height, width}, x.dtype);
}

Result resample(const OpCall& call) {
  const Tensor& x = call.ranked("x", 4, 4);
  const Tensor& points = call.ranked("coordinates", 4, 4);
  return one(with_last(x.shape, points.shape[1], points.shape[2]), x.dtype);
}

Result affine(const OpCall& call) {
  const Tensor& x = call.ranked("x", 4, 4);
  const std::int64_t height = call.need_integer("output_height");
  return one(with_last(x.shape, height, call.need_integer("output_width")), x.dtype);
}

}  // namespace anesim::graph::rules
