// A chain of convolutions, each with bias and activation: the workhorse of the published studies.
#include <fmt/format.h>

#include <map>
#include <utility>

#include "traces/workloads/generators.h"
#include "traces/workloads/pieces.h"
#include "traces/workloads/weight_format.h"

namespace anesim::workloads {
namespace {

using graph::Builder;
using graph::TensorId;

/// Weights of a chain: one constant for equal shapes if shared, else one for each layer.
class ChainWeights {
 public:
  ChainWeights(Builder& builder, const Values& values)
      : builder_(builder),
        values_(values),
        shared_(values.word("weights") == "shared"),
        int8_table_(values.word("activation_dtype") == "int8"),
        bias_(values.flag("bias")),
        groups_(values.count("groups")),
        kernel_(values.shape("kernel")) {}

  struct Pair {
    TensorId weight;
    std::optional<TensorId> bias;
  };
  Pair get(std::int64_t layer, std::int64_t in, std::int64_t out) {
    if (!shared_) return make(layer, in, out);
    const auto [entry, fresh] = known_.try_emplace({in, out});
    if (fresh) entry->second = make(layer, in, out);
    return entry->second;
  }

 private:
  Pair make(std::int64_t layer, std::int64_t in, std::int64_t out) {
    const std::int64_t per_group = in / groups_;
    const std::int64_t per_channel = per_group * kernel_[0] * kernel_[1];
    const auto [format, fresh] = formats_.try_emplace({per_channel, out});
    if (fresh) format->second = weight_format(values_, out, per_channel, int8_table_);
    Pair pair;
    pair.weight = builder_.weight(fmt::format("weight_{}", layer),
                                  {out, per_group, kernel_[0], kernel_[1]}, format->second);
    if (bias_) pair.bias = builder_.weight(fmt::format("bias_{}", layer), {out});
    return pair;
  }

  Builder& builder_;
  const Values& values_;
  bool shared_;
  bool int8_table_, bias_;
  std::int64_t groups_;
  const std::vector<std::int64_t>& kernel_;
  std::map<std::pair<std::int64_t, std::int64_t>, graph::StorageFormat> formats_;
  std::map<std::pair<std::int64_t, std::int64_t>, Pair> known_;
};

/// Where quantise pairs stand in a W8A8 chain.
struct QuantiseAt {
  bool input = false;
  bool inner = false;
  bool output = false;
};

QuantiseAt quantise_at(const Values& values) {
  if (values.word("activation_dtype") != "int8") {
    if (values.has("qdq")) {
      values.fail("parameter 'qdq' needs quantised activations (expected activation_dtype=int8)");
    }
    return {};
  }
  const std::string where = values.has("qdq") ? values.word("qdq") : "inner_and_input";
  return {.input = where != "inner", .inner = true, .output = where == "inner_and_both_ends"};
}

void check_geometry(const Values& values, std::int64_t first_in, std::int64_t in,
                    std::int64_t out) {
  if (values.shape("kernel").size() != 2) {
    values.fail(fmt::format("parameter 'kernel' has {} numbers (expected 2, e.g. 3x3)",
                            values.shape("kernel").size()));
  }
  const std::int64_t groups = values.count("groups");
  if (first_in % groups != 0 || in % groups != 0 || out % groups != 0) {
    values.fail(fmt::format("parameter 'groups': {} does not divide the channels {} and {}", groups,
                            in, out));
  }
}

graph::Graph make_conv_chain(const Values& values) {
  const std::int64_t in = values.count("in_channels");
  const std::int64_t out = values.count_or("out_channels", in);
  const std::int64_t first_in = values.count_or("first_in_channels", in);
  check_geometry(values, first_in, in, out);

  Builder builder("conv_chain");
  const std::string& io = values.word("io_dtype");
  const bool casts = io == "fp32";
  TensorId x = builder.input(
      "x", {values.count("batch"), first_in, values.count("height"), values.count("width")},
      casts ? graph::DType::fp32 : graph::DType::fp16);
  if (casts) x = cast(builder, x, "fp16", "cast_in");

  const QuantiseAt quantise = quantise_at(values);
  const ConvOptions options{.pad_type = values.word("padding"),
                            .stride = values.count("stride"),
                            .dilation = values.count("dilation"),
                            .groups = values.count("groups")};
  const std::string& nonlinearity = values.word("nonlinearity");
  const bool masked = values.word("post_op") == "mask";
  const std::int64_t layers = values.count("layers");
  ChainWeights weights(builder, values);
  std::optional<TensorId> mask;
  for (std::int64_t layer = 0; layer < layers; ++layer) {
    if (layer == 0 ? quantise.input : quantise.inner) {
      x = quantize_pair(builder, x, fmt::format("x_{}", layer));
    }
    const auto [weight, bias] = weights.get(layer, builder.shape(x)[1], out);
    x = conv(builder, x, weight, bias, options, fmt::format("conv_{}", layer));
    if (nonlinearity != "none") {
      x = activation(builder, nonlinearity, x, fmt::format("{}_{}", nonlinearity, layer));
    }
    if (masked) {
      if (!mask || builder.shape(*mask) != builder.shape(x)) {
        mask = builder.weight(fmt::format("mask_{}", layer), builder.shape(x));
      }
      x = binary(builder, "mul", x, *mask, fmt::format("mask_mul_{}", layer));
    }
  }
  if (quantise.output) x = quantize_pair(builder, x, "y");
  if (casts) x = cast(builder, x, "fp32", "cast_out");
  return builder.finish({x});
}

std::vector<std::string_view> nonlinearities() {
  std::vector<std::string_view> words{"none"};
  words.insert(words.end(), activation_ops().begin(), activation_ops().end());
  return words;
}

}  // namespace

WorkloadInfo conv_chain_workload() {
  WorkloadInfo info{
      "conv_chain",
      "convolutions one after the other, each with bias and activation",
      {
          {"layers", Form::count, "1", "convolutions in the chain", {}, 10'000'000},
          {"in_channels", Form::count, std::nullopt, "input channels of a layer"},
          {"out_channels", Form::count, "", "output channels of a layer; absent: in_channels"},
          {"first_in_channels", Form::count, "",
           "input channels of the first layer; absent: in_channels"},
          {"kernel", Form::shape, "1x1", "kernel height and width"},
          {"height", Form::count, "1", "height of the map"},
          {"width", Form::count, "1", "width of the map"},
          {"batch", Form::count, "1", "images in one call"},
          {"stride", Form::count, "1", "stride in both directions"},
          {"dilation", Form::count, "1", "dilation in both directions"},
          {"groups", Form::count, "1", "channel groups"},
          {"padding",
           Form::word,
           "same",
           "same keeps the map's size at stride 1",
           {"same", "valid"}},
          {"nonlinearity", Form::word, "none", "activation after each layer", nonlinearities()},
          {"bias", Form::word, "true", "whether each layer adds a bias", {"true", "false"}},
          {"post_op",
           Form::word,
           "none",
           "mask: multiply by a constant of the map's size",
           {"none", "mask"}},
          {"weights",
           Form::word,
           "unique",
           "shared: all layers of equal shape use one constant",
           {"unique", "shared"}},
          {"activation_dtype",
           Form::word,
           "fp16",
           "int8: a quantise and dequantise pair before each layer",
           {"fp16", "int8"}},
          {"qdq",
           Form::word,
           "",
           "where those pairs stand; absent: inner_and_input",
           {"inner", "inner_and_input", "inner_and_both_ends"}},
          {"io_dtype",
           Form::word,
           "fp16",
           "fp32: a cast at both ends of the program",
           {"fp16", "fp32"}},
      },
      make_conv_chain};
  for (ParameterInfo& parameter : weight_parameters()) info.parameters.push_back(parameter);
  return info;
}

}  // namespace anesim::workloads
