// Result shapes of operations that only change the view of their input.
#include <fmt/format.h>

#include "traces/graph/rules.h"

namespace anesim::graph::rules {

Result transpose(const OpCall& call) {
  const Tensor& x = call.tensor("x");
  const std::vector<std::int64_t> perm = call.need_ints("perm");
  if (perm.size() != x.shape.size()) {
    call.fail(fmt::format("perm has {} values (expected {}, the rank of x)", perm.size(),
                          x.shape.size()));
  }
  std::vector<bool> used(perm.size(), false);
  Shape shape;
  for (const std::int64_t value : perm) {
    const std::size_t axis = call.axis(value, perm.size());
    if (used[axis]) call.fail(fmt::format("perm {} names an axis twice", text(perm)));
    used[axis] = true;
    shape.push_back(x.shape[axis]);
  }
  return one(std::move(shape), x.dtype);
}

Result reshape(const OpCall& call) {
  const Tensor& x = call.tensor("x");
  Shape shape = call.need_ints("shape");
  const std::int64_t count = call.elements(x.shape);
  std::int64_t product = 1;
  std::optional<std::size_t> inferred;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 0) {
      if (i >= x.shape.size()) {
        call.fail(
            fmt::format("shape {} copies dimension {} of x {}", text(shape), i, text(x.shape)));
      }
      shape[i] = x.shape[i];
    }
    if (shape[i] == -1) {
      if (inferred) call.fail(fmt::format("shape {} leaves two dimensions open", text(shape)));
      inferred = i;
    } else {
      product = call.product(product, shape[i]);
    }
  }
  if (inferred && product > 0 && count % product == 0) {
    shape[*inferred] = count / product;
  } else if (inferred || product != count) {
    call.fail(fmt::format("x {} with {} elements does not reshape to {}", text(x.shape), count,
                          text(shape)));
  }
  return one(std::move(shape), x.dtype);
}

Result reshape_like(const OpCall& call) {
  const Tensor& x = call.tensor("x");
  const auto refs = call.tensors("ref_tensors");
  const auto begins = call.need_ints("begins");
  const auto ends = call.need_ints("ends");
  const auto masks = call.flags("end_masks", refs.size());
  if (begins.size() != refs.size() || ends.size() != refs.size()) {
    call.fail(fmt::format("{} reference tensors with {} begins and {} ends", refs.size(),
                          begins.size(), ends.size()));
  }
  Shape shape;
  for (std::size_t i = 0; i < refs.size(); ++i) {
    const auto rank = static_cast<std::int64_t>(refs[i]->shape.size());
    const std::int64_t begin = begins[i] < 0 ? begins[i] + rank : begins[i];
    const std::int64_t end = masks[i] ? rank : ends[i] < 0 ? ends[i] + rank : ends[i];
    if (begin < 0 || end < begin || end > rank) {
      call.fail(fmt::format("dimensions {}..{} of a reference of rank {}", begin, end, rank));
    }
    shape.insert(shape.end(), refs[i]->shape.begin() + begin, refs[i]->shape.begin() + end);
  }
  if (call.elements(shape) != call.elements(x.shape)) {
    call.fail(fmt::format("x {} does not reshape to {}", text(x.shape), text(shape)));
  }
  return one(std::move(shape), x.dtype);
}

Result flatten2d(const OpCall& call) {
  const Tensor& x = call.tensor("x");
  std::int64_t axis = call.integer("axis", 1);
  const auto rank = static_cast<std::int64_t>(x.shape.size());
  if (axis < 0) axis += rank;
  if (axis < 0 || axis > rank) call.fail(fmt::format("axis {} is outside rank {}", axis, rank));
  const std::span<const std::int64_t> dims = x.shape;
  const auto cut = static_cast<std::size_t>(axis);
  return one({call.product(dims.first(cut)), call.product(dims.subspan(cut))}, x.dtype);
}

Result expand_dims(const OpCall& call) {
  const Tensor& x = call.tensor("x");
  const auto count = call.need_ints("axes").size();
  // Negative axes count in the result.
  const std::size_t rank = x.shape.size() + count;
  const std::vector<std::size_t> axes = call.axes("axes", rank);
  Shape shape = x.shape;
  for (const std::size_t axis : axes) {
    shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(axis), 1);
  }
  return one(std::move(shape), x.dtype);
}

Result squeeze(const OpCall& call) {
  const Tensor& x = call.tensor("x");
  const bool all = call.find("axes") == nullptr;
  std::vector<bool> dropped(x.shape.size(), false);
  for (const std::size_t axis : call.axes("axes", x.shape.size())) {
    dropped[axis] = !all || x.shape[axis] == 1;
    if (!all && x.shape[axis] != 1) {
      call.fail(fmt::format("axis {} of x {} is not 1", axis, text(x.shape)));
    }
  }
  Shape shape;
  for (std::size_t i = 0; i < x.shape.size(); ++i) {
    if (!dropped[i]) shape.push_back(x.shape[i]);
  }
  return one(std::move(shape), x.dtype);
}

Result reverse(const OpCall& call) {
  const Tensor& x = call.tensor("x");
  (void)call.axes("axes", x.shape.size());
  return one(x);
}

Result reverse_sequence(const OpCall& call) {
  const Tensor& x = call.tensor("x");
  (void)call.axis(call.need_integer("seq_axis"), x.shape.size());
  (void)call.axis(call.integer("batch_axis", 0), x.shape.size());
  return one(x);
}

Result shape(const OpCall& call) {
  const auto rank = static_cast<std::int64_t>(call.tensor("x").shape.size());
  return one({rank}, call.dtype("output_dtype", DType::int32));
}

}  // namespace anesim::graph::rules
