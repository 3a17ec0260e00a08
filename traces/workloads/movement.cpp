// Programs that mostly move bytes, or nothing at all: streams and the smallest dispatch.
#include <fmt/format.h>

#include <algorithm>

#include "traces/workloads/generators.h"
#include "traces/workloads/pieces.h"

namespace anesim::workloads {
namespace {

using graph::Builder;
using graph::TensorId;

// The M6 study's weight stream: 512-channel layers of 0.5 MiB each over a map 16 wide.
constexpr std::int64_t stream_channels = 512;
constexpr std::int64_t stream_width = 16;
constexpr std::int64_t fp16_bytes = 2;

graph::Graph weight_stream(const Values& values) {
  const std::int64_t layer_bytes = stream_channels * stream_channels * fp16_bytes;
  const std::int64_t layers = std::max<std::int64_t>(1, values.count("bytes") / layer_bytes);
  Builder builder("stream");
  TensorId x = builder.input("x", {1, stream_channels, 1, stream_width});
  for (std::int64_t layer = 0; layer < layers; ++layer) {
    const TensorId weight =
        builder.weight(fmt::format("weight_{}", layer), {stream_channels, stream_channels, 1, 1});
    x = conv(builder, x, weight, std::nullopt, {.pad_type = "valid"},
             fmt::format("conv_{}", layer));
  }
  return builder.finish({x});
}

/// Reads a tensor and keeps one number a channel, or spreads one number a channel over it.
graph::Graph activation_stream(const Values& values) {
  const std::int64_t width =
      std::max<std::int64_t>(1, values.count("bytes") / (stream_channels * fp16_bytes));
  Builder builder("stream");
  if (values.word("direction") == "read") {
    const TensorId x = builder.input("x", {1, stream_channels, 1, width});
    return builder.finish({reduce(builder, "reduce_sum", x, {-1}, true, "sum")});
  }
  const TensorId x = builder.input("x", {1, stream_channels, 1, 1});
  return builder.finish(
      {builder.op("tile", {{"x", {x}}, {"reps", {builder.ints({1, 1, 1, width})}}}, "tiled")});
}

graph::Graph make_stream(const Values& values) {
  if (values.word("what") == "activations") return activation_stream(values);
  if (values.word("direction") == "write") {
    values.fail("parameter 'direction': weights are only read (expected direction=read)");
  }
  return weight_stream(values);
}

graph::Graph make_dispatch(const Values& values) {
  const std::int64_t channels = values.count("channels"), width = values.count("width");
  Builder builder("dispatch");
  TensorId x = builder.input("x", {1, channels, 1, width});
  const std::string& what = values.word("what");
  if (what == "relu") return builder.finish({unary(builder, "relu", x, "relu")});
  if (what == "mul_add") {
    x = binary(builder, "mul", x, builder.number(2), "mul");
    return builder.finish({binary(builder, "add", x, builder.number(1), "add")});
  }
  const std::int64_t size = what == "conv_relu_mean" ? 3 : 1;
  const TensorId weight = builder.weight("weight", {channels, channels, size, size});
  x = conv(builder, x, weight, std::nullopt, {.pad_type = "same"}, "conv");
  if (what == "conv") return builder.finish({x});
  x = unary(builder, "relu", x, "relu");
  return builder.finish({reduce(builder, "reduce_mean", x, {2, 3}, true, "mean")});
}

}  // namespace

WorkloadInfo stream_workload() {
  return {"stream",
          "reads or writes a number of bytes and computes as little as possible",
          {{"bytes", Form::count, std::nullopt, "bytes moved", {}, std::int64_t{1} << 42},
           {"what",
            Form::word,
            "weights",
            "weights: unique 512-channel layers of 0.5 MiB; activations: one large tensor",
            {"weights", "activations"}},
           {"direction", Form::word, "read", "read or write", {"read", "write"}}},
          make_stream};
}

WorkloadInfo dispatch_workload() {
  return {"dispatch",
          "a minimal program: what a call costs when there is nothing to compute",
          {{"what",
            Form::word,
            "conv_relu_mean",
            "the program: 3x3 convolution, relu and mean; or less",
            {"conv_relu_mean", "conv", "mul_add", "relu"}},
           {"channels", Form::count, "8", "channels"},
           {"width", Form::count, "16", "positions"}},
          make_dispatch};
}

}  // namespace anesim::workloads
