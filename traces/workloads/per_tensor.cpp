// Programs of one kind of operation over one tensor: activations, reductions, softmax, transpose,
// pooling.
#include <fmt/format.h>

#include "traces/workloads/generators.h"
#include "traces/workloads/pieces.h"

namespace anesim::workloads {
namespace {

using graph::Builder;
using graph::TensorId;

/// A program that applies `step` to its only input `count` times.
template <class Step>
graph::Graph repeat(const Values& values, Step step) {
  Builder builder{std::string(values.kind())};
  TensorId x = builder.input("x", values.shape("shape"));
  for (std::int64_t i = 0; i < values.count("count"); ++i) {
    x = step(builder, x, fmt::format("{}_{}", values.kind(), i));
  }
  return builder.finish({x});
}

graph::Graph make_activation(const Values& values) {
  return repeat(values, [&](Builder& b, TensorId x, const std::string& name) {
    return activation(b, values.word("op"), x, name);
  });
}

graph::Graph make_reduce(const Values& values) {
  return repeat(values, [&](Builder& b, TensorId x, const std::string& name) {
    return reduce(b, values.word("op"), x, {values.index("axis")}, true, name);
  });
}

graph::Graph make_softmax(const Values& values) {
  return repeat(values, [&](Builder& b, TensorId x, const std::string& name) {
    return softmax(b, x, values.index("axis"), name);
  });
}

graph::Graph make_transpose(const Values& values) {
  return repeat(values, [&](Builder& b, TensorId x, const std::string& name) {
    std::vector<std::int64_t> perm;
    if (values.has("perm")) {
      perm = values.shape("perm");
    } else {
      for (std::size_t axis = b.shape(x).size(); axis-- > 0;) {
        perm.push_back(static_cast<std::int64_t>(axis));
      }
    }
    return transpose(b, x, perm, name);
  });
}

graph::Graph make_pool(const Values& values) {
  return repeat(values, [&](Builder& b, TensorId x, const std::string& name) {
    return b.op(values.word("op"),
                {{"x", {x}},
                 {"kernel_sizes", {b.ints(values.shape("kernel"))}},
                 {"strides",
                  {b.ints(std::vector<std::int64_t>(values.shape("kernel").size(),
                                                    values.count("stride")))}},
                 {"pad_type", {b.text(values.word("padding"))}}},
                name);
  });
}

ParameterInfo shape_info() { return {"shape", Form::shape, std::nullopt, "shape of the tensor"}; }
ParameterInfo count_info() {
  return {"count", Form::count, "1", "operations in the chain", {}, 10'000'000};
}
ParameterInfo axis_info(std::string_view sentence) { return {"axis", Form::index, "-1", sentence}; }

}  // namespace

WorkloadInfo activation_workload() {
  return {
      "activation",
      "a unary function of every element",
      {{"op", Form::word, "relu", "the function", activation_ops()}, shape_info(), count_info()},
      make_activation};
}

WorkloadInfo reduce_workload() {
  return {"reduce",
          "a reduction along one axis",
          {{"op",
            Form::word,
            "reduce_sum",
            "the reduction",
            {"reduce_sum", "reduce_mean", "reduce_max", "reduce_min", "reduce_sum_square",
             "reduce_l2_norm"}},
           shape_info(),
           axis_info("the axis that is reduced"),
           count_info()},
          make_reduce};
}

WorkloadInfo softmax_workload() {
  return {"softmax",
          "softmax along one axis",
          {{"op", Form::word, "softmax", "the operation", {"softmax"}},
           shape_info(),
           axis_info("the axis along which the results add up to 1"),
           count_info()},
          make_softmax};
}

WorkloadInfo transpose_workload() {
  return {
      "transpose",
      "a permutation of the axes",
      {shape_info(), {"perm", Form::axes, "", "order of the axes; absent: reversed"}, count_info()},
      make_transpose};
}

WorkloadInfo pool_workload() {
  return {"pool",
          "pooling over windows of the last axes",
          {{"op", Form::word, "max_pool", "the operation", {"max_pool", "avg_pool", "l2_pool"}},
           shape_info(),
           {"kernel", Form::shape, "2x2", "window"},
           {"stride", Form::count, "2", "step of the window in every direction"},
           {"padding", Form::word, "valid", "padding of the map", {"valid", "same"}},
           count_info()},
          make_pool};
}

}  // namespace anesim::workloads
