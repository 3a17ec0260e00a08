// Result shapes of slices and sliding windows.
#include <fmt/format.h>

#include <algorithm>

#include "traces/graph/rules.h"

namespace anesim::graph::rules {

namespace {
/// Shape of x[begin:end:stride] under the masks of slice_by_index.
Shape sliced(const OpCall& call, const Shape& from) {
  const std::size_t rank = from.size();
  const auto begin = call.clamped_ints("begin");
  const auto end = call.clamped_ints("end");
  const auto stride = call.ints("stride").value_or(std::vector<std::int64_t>(rank, 1));
  if (begin.size() != rank || end.size() != rank || stride.size() != rank) {
    call.fail(fmt::format("begin, end and stride have {}, {} and {} values (expected {})",
                          begin.size(), end.size(), stride.size(), rank));
  }
  const auto begin_mask = call.flags("begin_mask", rank);
  const auto end_mask = call.flags("end_mask", rank);
  const auto squeeze_mask = call.flags("squeeze_mask", rank);
  Shape shape;
  for (std::size_t i = 0; i < rank; ++i) {
    const std::int64_t size = from[i];
    if (squeeze_mask[i]) {
      const std::int64_t index = begin_mask[i] ? 0 : begin[i];
      if (index < -size || index >= size) {
        call.fail(fmt::format("index {} of axis {} is outside {}", index, i, size));
      }
      continue;
    }
    if (stride[i] == 0) call.fail(fmt::format("stride of axis {} is 0", i));
    const bool forward = stride[i] > 0;
    const auto edge = [&](std::int64_t at) {
      const std::int64_t index = at < 0 ? at + size : at;
      return forward ? std::clamp<std::int64_t>(index, 0, size)
                     : std::clamp<std::int64_t>(index, -1, size - 1);
    };
    const std::int64_t first = begin_mask[i] ? (forward ? 0 : size - 1) : edge(begin[i]);
    const std::int64_t last = end_mask[i] ? (forward ? size : -1) : edge(end[i]);
    const std::int64_t span = forward ? last - first : first - last;
    const std::int64_t step = forward ? stride[i] : -stride[i];
    if (span <= 0) {
      call.fail(fmt::format("slice {}:{} of axis {} of {} is empty", begin[i], end[i], i, size));
    }
    shape.push_back((span - 1) / step + 1);
  }
  return shape;
}
}  // namespace

Result slice_by_index(const OpCall& call) {
  const Tensor& x = call.tensor("x");
  return one(sliced(call, x.shape), x.dtype);
}

Result slice_by_size(const OpCall& call) {
  const Tensor& x = call.tensor("x");
  const std::size_t rank = x.shape.size();
  const auto size = call.clamped_ints("size");
  if (size.size() != rank) {
    call.fail(fmt::format("size has {} values (expected {})", size.size(), rank));
  }
  // The place may come from the run, as in a cache; then only an open size needs it.
  const Tensor& place = call.tensor("begin");
  const bool open = std::find(size.begin(), size.end(), -1) != size.end();
  std::vector<std::int64_t> begin(rank, 0);
  if (place.literal || open) begin = call.clamped_ints("begin");
  if (begin.size() != rank) {
    call.fail(fmt::format("begin has {} values (expected {})", begin.size(), rank));
  }
  Shape shape;
  for (std::size_t i = 0; i < rank; ++i) {
    const std::int64_t first = begin[i] < 0 ? begin[i] + x.shape[i] : begin[i];
    const std::int64_t count = size[i] == -1 ? x.shape[i] - first : size[i];
    if (first < 0 || count < 1 || first + count > x.shape[i]) {
      call.fail(fmt::format("slice of {} from {} of axis {} is outside {}", size[i], begin[i], i,
                            x.shape[i]));
    }
    shape.push_back(count);
  }
  return one(std::move(shape), x.dtype);
}

Result slice_update(const OpCall& call) {
  const Tensor& x = call.tensor("x");
  const Tensor& update = call.tensor("update");
  try {
    const Shape shape = sliced(call, x.shape);
    if (call.broadcast(shape, update.shape) != shape) {
      call.fail(fmt::format("update has shape {} (expected {})", text(update.shape), text(shape)));
    }
  } catch (const ValueUnknown&) {
    // A place known only at run time: the result is like x all the same.
  }
  return one(x);
}

Result sliding_windows(const OpCall& call) {
  const Tensor& x = call.tensor("x");
  const std::size_t axis = call.axis(call.need_integer("axis"), x.shape.size());
  const std::int64_t size = call.need_integer("size");
  const std::int64_t stride = call.integer("stride", 1);
  if (size < 1 || size > x.shape[axis] || stride < 1) {
    call.fail(
        fmt::format("window of {} with stride {} over {} elements", size, stride, x.shape[axis]));
  }
  Shape shape = x.shape;
  shape[axis] = (x.shape[axis] - size) / stride + 1;
  shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(axis) + 1, size);
  return one(std::move(shape), x.dtype);
}

}  // namespace anesim::graph::rules
