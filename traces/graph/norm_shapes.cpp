// Normalisations keep the shape; their rules check the parameters.
#include <fmt/format.h>

#include <array>

#include "traces/graph/rules.h"

namespace anesim::graph::rules {

Result channel_norm(const OpCall& call) {
  const Tensor& x = call.ranked("x", 3, 5);
  for (const std::string_view parameter : {"mean", "variance", "gamma", "beta"}) {
    const Tensor* per_channel = call.find(parameter);
    if (per_channel == nullptr) continue;
    const std::int64_t count = call.elements(per_channel->shape);
    if (count != x.shape[1] && count != 1) {
      call.fail(fmt::format("{} has {} elements (expected {}, one a channel)", parameter, count,
                            x.shape[1]));
    }
  }
  return one(x);
}

Result layer_norm(const OpCall& call) {
  const Tensor& x = call.ranked("x", 1, 5);
  Shape normalised;
  for (const std::size_t axis : call.axes("axes", x.shape.size())) {
    normalised.push_back(x.shape[axis]);
  }
  for (const std::string_view parameter : {"gamma", "beta"}) {
    const Tensor* scale = call.find(parameter);
    if (scale != nullptr && scale->shape != normalised) {
      call.fail(fmt::format("{} has shape {} (expected {}, the normalised axes of x)", parameter,
                            text(scale->shape), text(normalised)));
    }
  }
  return one(x);
}

Result last_axes_norm(const OpCall& call) { return one(call.ranked("x", 3, 5)); }

Result softmax(const OpCall& call) {
  const Tensor& x = call.tensor("x");
  (void)call.axis(call.integer("axis", -1), x.shape.size());
  return one(x);
}

}  // namespace anesim::graph::rules
