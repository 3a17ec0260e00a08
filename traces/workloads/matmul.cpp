// Matrix multiplications: one product, and pairs of linear layers as in a transformer's MLP.
#include <fmt/format.h>

#include "traces/workloads/generators.h"
#include "traces/workloads/pieces.h"
#include "traces/workloads/weight_format.h"

namespace anesim::workloads {
namespace {

using graph::Builder;
using graph::Shape;
using graph::TensorId;

Shape with_batch(std::int64_t batch, Shape shape) {
  if (batch > 1) shape.insert(shape.begin(), batch);
  return shape;
}

/// Product with a constant: what converters write for x times W, `linear` or a 1x1 convolution.
graph::Graph with_constant(const Values& values) {
  const std::int64_t m = values.count("m"), k = values.count("k"), n = values.count("n");
  const std::int64_t batch = values.count("batch");
  Builder builder("matmul");
  const graph::StorageFormat format = weight_format(values, n, k, false);
  if (values.word("form") == "conv1x1") {
    const TensorId x = builder.input("x", {batch, k, 1, m});
    const TensorId weight = builder.weight("weight", {n, k, 1, 1}, format);
    return builder.finish({conv(builder, x, weight, std::nullopt, {.pad_type = "valid"}, "y")});
  }
  const TensorId x = builder.input("x", with_batch(batch, {m, k}));
  const TensorId weight = builder.weight("weight", {n, k}, format);
  return builder.finish({linear(builder, x, weight, std::nullopt, "y")});
}

/// Both matrices side by side in one input, as programs have them that get new weights with each
/// call (m4-family 8): slices, a product of the transposed activations, and back to channels.
graph::Graph packed(std::int64_t m, std::int64_t k, std::int64_t n) {
  Builder builder("matmul");
  const TensorId both = builder.input("packed", {1, k, 1, m + n});
  const auto part = [&](std::int64_t from, std::int64_t columns, const std::string& name) {
    const TensorId slice = builder.op("slice_by_size",
                                      {{"x", {both}},
                                       {"begin", {builder.ints({0, 0, 0, from})}},
                                       {"size", {builder.ints({1, k, 1, columns})}}},
                                      name);
    return reshape(builder, slice, {1, 1, k, columns}, name + "_matrix");
  };
  const TensorId x = transpose(builder, part(0, m, "x"), {0, 1, 3, 2}, "x_rows");
  const TensorId z = matmul(builder, x, part(m, n, "y"), false, "z");
  const TensorId channels = transpose(builder, z, {0, 1, 3, 2}, "z_columns");
  return builder.finish({reshape(builder, channels, {1, n, 1, m}, "out")});
}

graph::Graph with_input(const Values& values) {
  if (values.word("form") == "conv1x1") {
    values.fail("parameter 'form': conv1x1 needs a constant (expected rhs=const)");
  }
  if (values.word("weight_dtype") != "fp16" ||
      (values.has("weight_sparsity") && values.fraction("weight_sparsity") > 0)) {
    values.fail("parameter 'rhs': an input is fp16 and dense (expected weight_dtype=fp16)");
  }
  const std::int64_t m = values.count("m"), k = values.count("k"), n = values.count("n");
  const std::int64_t batch = values.count("batch");
  Builder builder("matmul");
  if (values.word("rhs") == "packed") {
    if (batch > 1) values.fail("parameter 'batch': packed operands are one product (expected 1)");
    return packed(m, k, n);
  }
  const TensorId x = builder.input("x", with_batch(batch, {m, k}));
  const TensorId y = builder.input("y", with_batch(batch, {k, n}));
  return builder.finish({matmul(builder, x, y, false, "z")});
}

graph::Graph make_matmul(const Values& values) {
  return values.word("rhs") == "const" ? with_constant(values) : with_input(values);
}

graph::Graph make_mlp_pairs(const Values& values) {
  const std::int64_t width = values.count("width"), hidden = values.count("hidden");
  Builder builder("mlp_pairs");
  const TensorId half = builder.number(0.5);
  TensorId x = builder.input("x", {1, width, 1, values.count("tokens")});
  const ConvOptions options{.pad_type = "valid"};
  for (std::int64_t pair = 0; pair < values.count("pairs"); ++pair) {
    const TensorId up = builder.weight(fmt::format("up_{}", pair), {hidden, width, 1, 1},
                                       weight_format(values, hidden, width, false));
    x = conv(builder, x, up, std::nullopt, options, fmt::format("conv_up_{}", pair));
    x = binary(builder, "mul", x, half, fmt::format("half_{}", pair));
    const TensorId down = builder.weight(fmt::format("down_{}", pair), {width, hidden, 1, 1},
                                         weight_format(values, width, hidden, false));
    x = conv(builder, x, down, std::nullopt, options, fmt::format("conv_down_{}", pair));
  }
  return builder.finish({x});
}

}  // namespace

WorkloadInfo matmul_workload() {
  WorkloadInfo info{
      "matmul",
      "one product of an m x k by a k x n matrix",
      {
          {"m", Form::count, std::nullopt, "rows of the first matrix (positions)"},
          {"k", Form::count, std::nullopt, "columns of the first, rows of the second matrix"},
          {"n", Form::count, std::nullopt, "columns of the second matrix"},
          {"batch", Form::count, "1", "products in one call"},
          {"form",
           Form::word,
           "conv1x1",
           "matmul: linear or matmul op; conv1x1: a convolution over [1, k, 1, m]",
           {"matmul", "conv1x1"}},
          {"rhs",
           Form::word,
           "const",
           "second matrix: const a weight, input another input, packed beside the first in one "
           "input",
           {"const", "input", "packed"}},
      },
      make_matmul};
  for (ParameterInfo& parameter : weight_parameters()) info.parameters.push_back(parameter);
  return info;
}

WorkloadInfo mlp_pairs_workload() {
  WorkloadInfo info{
      "mlp_pairs",
      "pairs of linear layers, width to hidden, times one half, and back, unique weights",
      {
          {"pairs", Form::count, "1", "pairs of layers", {}, 1'000'000},
          {"width", Form::count, std::nullopt, "outer width"},
          {"hidden", Form::count, std::nullopt, "inner width"},
          {"tokens", Form::count, "1", "positions in one call"},
      },
      make_mlp_pairs};
  for (ParameterInfo& parameter : weight_parameters()) info.parameters.push_back(parameter);
  return info;
}

}  // namespace anesim::workloads
