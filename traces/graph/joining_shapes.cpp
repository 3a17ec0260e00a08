// Result shapes of operations that join, cut, pad and repeat.
#include <fmt/format.h>

#include <algorithm>

#include "traces/graph/rules.h"

namespace anesim::graph::rules {

Result concat(const OpCall& call) {
  const auto values = call.tensors("values");
  Shape shape = values.front()->shape;
  const bool scalars =
      std::ranges::all_of(values, [](const Tensor* v) { return v->shape.empty(); });
  if (scalars) {  // joined as vectors of one: converters write shapes so
    (void)call.axis(call.need_integer("axis"), 1);
    return one({static_cast<std::int64_t>(values.size())}, values.front()->dtype);
  }
  const std::size_t axis = call.axis(call.need_integer("axis"), shape.size());
  for (std::size_t i = 1; i < values.size(); ++i) {
    const Shape& other = values[i]->shape;
    bool fits = other.size() == shape.size();
    for (std::size_t d = 0; fits && d < shape.size(); ++d) {
      fits = d == axis || other[d] == shape[d];
    }
    if (!fits) {
      call.fail(fmt::format("value {} has shape {}, the first {} (expected equal but for axis {})",
                            i, text(other), text(values.front()->shape), axis));
    }
    if (__builtin_add_overflow(shape[axis], other[axis], &shape[axis])) call.fail("too long");
  }
  if (call.flag("interleave", false)) {
    for (const Tensor* value : values) {
      if (value->shape != values.front()->shape) {
        call.fail("interleaved values must have equal shapes");
      }
    }
  }
  return one(std::move(shape), values.front()->dtype);
}

Result split(const OpCall& call) {
  const Tensor& x = call.tensor("x");
  const std::size_t axis = call.axis(call.need_integer("axis"), x.shape.size());
  const std::int64_t size = x.shape[axis];
  std::vector<std::int64_t> sizes;
  if (const auto given = call.ints("split_sizes")) {
    sizes = *given;
  } else {
    const std::int64_t parts = call.need_integer("num_splits");
    if (parts < 1 || size % parts != 0) {
      call.fail(fmt::format("{} elements do not split into {} equal parts", size, parts));
    }
    // Each part is a result: more parts than results is wrong before it costs memory.
    if (parts > (1 << 20)) call.fail(fmt::format("{} parts are too many", parts));
    sizes.assign(static_cast<std::size_t>(parts), size / parts);
  }
  std::int64_t sum = 0;
  std::vector<TensorType> results;
  for (const std::int64_t part : sizes) {
    if (part < 0 || __builtin_add_overflow(sum, part, &sum)) call.fail("split sizes are wrong");
    TensorType result = {x.shape, x.dtype};
    result.shape[axis] = part;
    results.push_back(std::move(result));
  }
  if (sum != size) {
    call.fail(fmt::format("split_sizes {} add up to {} (expected {})", text(sizes), sum, size));
  }
  return results;
}

Result stack(const OpCall& call) {
  const auto values = call.tensors("values");
  Shape shape = values.front()->shape;
  for (std::size_t i = 1; i < values.size(); ++i) {
    if (values[i]->shape != shape) {
      call.fail(fmt::format("value {} has shape {} (expected {})", i, text(values[i]->shape),
                            text(shape)));
    }
  }
  const std::size_t axis = call.axis(call.integer("axis", 0), shape.size() + 1);
  shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(axis),
               static_cast<std::int64_t>(values.size()));
  return one(std::move(shape), values.front()->dtype);
}

Result pad(const OpCall& call) {
  const Tensor& x = call.tensor("x");
  const std::vector<std::int64_t> pad = call.need_ints("pad");
  const std::size_t padded = pad.size() / 2;
  if (pad.size() % 2 != 0 || padded > x.shape.size()) {
    call.fail(fmt::format("pad has {} values (expected pairs for at most {} dimensions)",
                          pad.size(), x.shape.size()));
  }
  Shape shape = x.shape;
  for (std::size_t i = 0; i < padded; ++i) {
    shape[shape.size() - padded + i] += pad[2 * i] + pad[2 * i + 1];
  }
  return one(std::move(shape), x.dtype);
}

Result tile(const OpCall& call) {
  const Tensor& x = call.tensor("x");
  const std::vector<std::int64_t> reps = call.need_ints("reps");
  if (reps.size() != x.shape.size()) {
    call.fail(fmt::format("reps has {} values (expected {})", reps.size(), x.shape.size()));
  }
  Shape shape = x.shape;
  for (std::size_t i = 0; i < reps.size(); ++i) {
    // A kept dimension of torch's expand is -1, which converters divide by its size: 0 or -1.
    const bool kept = reps[i] == 0 || reps[i] == -1;
    if (!kept) shape[i] = call.product(shape[i], reps[i]);
  }
  return one(std::move(shape), x.dtype);
}

}  // namespace anesim::graph::rules
