// Normalisations; those without an operation of their own are written out as converters do.
#include <fmt/format.h>

#include <array>

#include "traces/workloads/generators.h"
#include "traces/workloads/pieces.h"

namespace anesim::workloads {
namespace {

using graph::Builder;
using graph::Shape;
using graph::TensorId;

TensorId layer_norm(Builder& b, const Values& values, TensorId x, const std::string& name) {
  const Shape& shape = b.shape(x);
  const std::int64_t axis = values.index("axis");
  const auto rank = static_cast<std::int64_t>(shape.size());
  if (axis < -rank || axis >= rank) {
    values.fail(fmt::format("parameter 'axis': {} is outside rank {}", axis, rank));
  }
  const Shape width{shape[static_cast<std::size_t>(axis < 0 ? axis + rank : axis)]};
  return b.op("layer_norm",
              {{"x", {x}},
               {"axes", {b.ints({axis})}},
               {"gamma", {b.weight(name + "_gamma", width)}},
               {"beta", {b.weight(name + "_beta", width)}},
               {"epsilon", {b.number(1e-5)}}},
              name);
}

/// x / sqrt(mean(x^2) + epsilon) * gamma.
TensorId rms_norm(Builder& b, const Values& values, TensorId x, const std::string& name) {
  const std::int64_t axis = values.index("axis");
  const TensorId square = binary(b, "mul", x, x, name + "_square");
  const TensorId mean = reduce(b, "reduce_mean", square, {axis}, true, name + "_mean");
  const TensorId shifted = binary(b, "add", mean, b.number(1e-5), name + "_epsilon");
  const TensorId inverse =
      b.op("rsqrt", {{"x", {shifted}}, {"epsilon", {b.number(1e-12)}}}, name + "_rsqrt");
  const TensorId scaled = binary(b, "mul", x, inverse, name + "_scaled");
  Shape gamma(b.shape(x).size(), 1);
  const auto at =
      static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(gamma.size()) : axis);
  gamma[at] = b.shape(x)[at];
  return binary(b, "mul", scaled, b.weight(name + "_gamma", gamma), name);
}

/// As coremltools writes torch's group_norm: reshape to groups, mean and variance, reshape back.
TensorId group_norm(Builder& b, const Values& values, TensorId x, const std::string& name) {
  const Shape shape = b.shape(x);
  const std::int64_t groups = values.count("groups");
  if (shape.size() < 3 || shape[1] % groups != 0) {
    values.fail(fmt::format("parameter 'groups': {} does not divide the channels of {}", groups,
                            graph::text(shape)));
  }
  Shape grouped{shape[0], groups, shape[1] / groups};
  grouped.insert(grouped.end(), shape.begin() + 2, shape.end());
  std::vector<std::int64_t> axes;
  for (std::size_t axis = 2; axis < grouped.size(); ++axis) {
    axes.push_back(static_cast<std::int64_t>(axis));
  }
  const TensorId parts = reshape(b, x, grouped, name + "_groups");
  const TensorId mean = reduce(b, "reduce_mean", parts, axes, true, name + "_mean");
  const TensorId centred = binary(b, "sub", parts, mean, name + "_centred");
  const TensorId square = unary(b, "square", centred, name + "_square");
  const TensorId variance = reduce(b, "reduce_mean", square, axes, true, name + "_variance");
  const TensorId shifted = binary(b, "add", variance, b.number(1e-5), name + "_epsilon");
  const TensorId deviation = unary(b, "sqrt", shifted, name + "_deviation");
  const TensorId normed = binary(b, "real_div", centred, deviation, name + "_normed");
  const TensorId back = reshape(b, normed, shape, name + "_back");
  Shape channel(shape.size(), 1);
  channel[1] = shape[1];
  const TensorId scaled =
      binary(b, "mul", back, b.weight(name + "_gamma", channel), name + "_scaled");
  return binary(b, "add", scaled, b.weight(name + "_beta", channel), name);
}

TensorId per_channel(Builder& b, const Values& values, TensorId x, const std::string& name,
                     bool batch_statistics) {
  if (b.shape(x).size() < 3) {
    values.fail(fmt::format("parameter 'shape': {} needs channels and a map (expected rank 3 to 5)",
                            values.word("op")));
  }
  const Shape channels{b.shape(x)[1]};
  Builder::Arguments arguments{{"x", {x}}};
  if (batch_statistics) {
    arguments.push_back({"mean", {b.weight(name + "_mean", channels)}});
    arguments.push_back({"variance", {b.weight(name + "_variance", channels)}});
  }
  arguments.push_back({"gamma", {b.weight(name + "_gamma", channels)}});
  arguments.push_back({"beta", {b.weight(name + "_beta", channels)}});
  arguments.push_back({"epsilon", {b.number(1e-5)}});
  return b.op(batch_statistics ? "batch_norm" : "instance_norm", arguments, name);
}

TensorId batch_norm(Builder& b, const Values& values, TensorId x, const std::string& name) {
  return per_channel(b, values, x, name, true);
}
TensorId instance_norm(Builder& b, const Values& values, TensorId x, const std::string& name) {
  return per_channel(b, values, x, name, false);
}

struct NormOp {
  std::string_view name;
  TensorId (*make)(Builder&, const Values&, TensorId, const std::string&);
};
constexpr std::array norm_ops{NormOp{"layer_norm", layer_norm}, NormOp{"rms_norm", rms_norm},
                              NormOp{"group_norm", group_norm}, NormOp{"batch_norm", batch_norm},
                              NormOp{"instance_norm", instance_norm}};

graph::Graph make_norm(const Values& values) {
  Builder builder("norm");
  TensorId x = builder.input("x", values.shape("shape"));
  for (const NormOp& op : norm_ops) {
    if (op.name != values.word("op")) continue;
    for (std::int64_t i = 0; i < values.count("count"); ++i) {
      x = op.make(builder, values, x, fmt::format("norm_{}", i));
    }
  }
  return builder.finish({x});
}

}  // namespace

WorkloadInfo norm_workload() {
  return {"norm",
          "a normalisation with scale and offset",
          {{"op",
            Form::word,
            "layer_norm",
            "the normalisation",
            {"layer_norm", "rms_norm", "group_norm", "batch_norm", "instance_norm"}},
           {"shape", Form::shape, std::nullopt, "shape of the tensor"},
           {"axis", Form::index, "-1", "axis of layer_norm and rms_norm"},
           {"groups", Form::count, "32", "channel groups of group_norm"},
           {"count", Form::count, "1", "operations in the chain", {}, 1'000'000}},
          make_norm};
}

}  // namespace anesim::workloads
