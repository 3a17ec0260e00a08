// Result shapes of reductions, sorting and selection.
#include <fmt/format.h>

#include "traces/graph/rules.h"

namespace anesim::graph::rules {

Result reduce(const OpCall& call) {
  const Tensor& x = call.tensor("x");
  const bool keep = call.flag("keep_dims", false);
  std::vector<bool> reduced(x.shape.size(), false);
  for (const std::size_t axis : call.axes("axes", x.shape.size())) reduced[axis] = true;
  Shape shape;
  for (std::size_t i = 0; i < x.shape.size(); ++i) {
    if (!reduced[i]) shape.push_back(x.shape[i]);
    if (reduced[i] && keep) shape.push_back(1);
  }
  return one(std::move(shape), x.dtype);
}

Result reduce_arg(const OpCall& call) {
  const Tensor& x = call.tensor("x");
  Shape shape = x.shape;
  const std::size_t axis = call.axis(call.integer("axis", -1), shape.size());
  if (call.flag("keep_dims", false)) {
    shape[axis] = 1;
  } else {
    shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axis));
  }
  return one(std::move(shape), call.dtype("output_dtype", DType::int32));
}

Result topk(const OpCall& call) {
  const Tensor& x = call.tensor("x");
  Shape shape = x.shape;
  const std::size_t axis = call.axis(call.integer("axis", -1), shape.size());
  const std::int64_t k = call.integer("k", 1);
  if (k == -1) {
    // All of them, as converters write a full sort.
  } else if (k < 1 || k > shape[axis]) {
    call.fail(fmt::format("k {} of {} elements (expected 1..{})", k, shape[axis], shape[axis]));
  } else {
    shape[axis] = k;
  }
  std::vector<TensorType> results = {{shape, x.dtype}};
  if (call.flag("return_indices", true)) {
    results.push_back({shape, call.dtype("output_indices_dtype", DType::int32)});
  }
  return results;
}

Result argsort(const OpCall& call) {
  const Tensor& x = call.tensor("x");
  (void)call.axis(call.integer("axis", -1), x.shape.size());
  return one(x.shape, call.dtype("output_dtype", DType::int32));
}

Result cumsum(const OpCall& call) {
  const Tensor& x = call.tensor("x");
  (void)call.axis(call.integer("axis", 0), x.shape.size());
  return one(x);
}

Result non_zero(const OpCall& call) {
  (void)call.tensor("x");
  return std::nullopt;  // as many rows as there are values other than zero
}

Result non_maximum_suppression(const OpCall& call) {
  const Tensor& boxes = call.ranked("boxes", 3, 3);
  const Tensor& scores = call.ranked("scores", 3, 3);
  if (boxes.shape[2] != 4 || boxes.shape[1] != scores.shape[1]) {
    call.fail(fmt::format("boxes {} and scores {} (expected [B, N, 4] and [B, N, classes])",
                          text(boxes.shape), text(scores.shape)));
  }
  const std::int64_t batch = boxes.shape[0];
  const std::int64_t kept = call.need_integer("max_boxes");
  return std::vector<TensorType>{{{batch, kept, 4}, boxes.dtype},
                                 {{batch, kept, scores.shape[2]}, scores.dtype},
                                 {{batch, kept}, DType::int32},
                                 {{batch}, DType::int32}};
}

Result classify(const OpCall& call) {
  (void)call.tensor("probabilities");
  return std::nullopt;  // a label and a dictionary: the declared types stand
}

}  // namespace anesim::graph::rules
