// Stacks of gated feed-forward blocks, as the measurements of language model parts use them.
#include "traces/networks/families.h"
#include "traces/networks/net.h"

namespace anesim::networks {
namespace {

/// down(act(gate(x)) * up(x)) over [1, width, 1, positions].
TensorId gated(Net& net, TensorId x, std::int64_t hidden, std::string_view activation) {
  const std::int64_t width = net.channels(x);
  const TensorId gate = net.conv(x, hidden, {.activation = activation, .bias = false});
  const TensorId up = net.conv(x, hidden, {.bias = false});
  return net.conv(net.mul(gate, up), width, {.bias = false});
}

graph::Graph make(const Values& values) {
  Net net("gated_mlp", values);
  const std::int64_t width = values.count("width");
  TensorId x = net.input("x", {net.batch(), width, 1, values.count("positions")});
  for (std::int64_t i = 0; i < values.count("layers"); ++i) {
    net.at("layer" + std::to_string(i + 1) + ".");
    TensorId y = x;
    if (values.word("norm") == "rms") {
      const TensorId power = net.mean(net.unary("square", y), {1});
      y = net.scale(net.mul(y, net.unary("rsqrt", net.add(power, net.builder().number(1e-6)))));
    }
    y = gated(net, y, values.count("hidden"), values.word("activation"));
    x = values.flag("residual") ? net.add(x, y) : y;
  }
  return net.finish({x});
}

}  // namespace

std::vector<NetworkInfo> feed_forward_family() {
  return {{"gated_mlp",
           "gate, up and down projections of a language model's feed-forward part",
           {0, 0, "arXiv 2002.05202 (GLU variants)"},
           with({{"width", Form::count, "2560", "channels of the stream", {}, 65536},
                 {"hidden", Form::count, "10240", "channels between", {}, 262144},
                 {"layers", Form::count, "1", "blocks in one program", {}, 1000},
                 {"positions", Form::count, "64", "positions in one call", {}, 65536},
                 {"activation", Form::word, "gelu", "of the gate", {"gelu", "silu", "relu"}},
                 {"norm", Form::word, "none", "before each block", {"none", "rms"}},
                 {"residual", Form::word, "false", "the input is added", {"true", "false"}}},
                common_parameters()),
           make}};
}

}  // namespace anesim::networks
