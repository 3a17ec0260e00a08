// ShuffleNetV2 (torchvision): half of the channels pass, channels are shuffled after each unit.
#include <array>

#include "traces/networks/families.h"
#include "traces/networks/net.h"

namespace anesim::networks {
namespace {

struct ShuffleNet {
  std::string_view name;
  std::array<std::int64_t, 4> widths;  ///< of the three stages and the last convolution
  Published published;
};
constexpr std::string_view source = "arXiv 1807.11164, torchvision";
constexpr std::array table{
    ShuffleNet{"shufflenet_v2_x1_0", {116, 232, 464, 1024}, {2.279e6, 0.145e9, source}},
    ShuffleNet{"shufflenet_v2_x1_5", {176, 352, 704, 1024}, {3.504e6, 0.297e9, source}},
};
constexpr std::array<std::int64_t, 3> counts{4, 8, 4};

TensorId shuffle(Net& net, TensorId x) {
  const Shape s = net.shape(x);
  const TensorId apart = net.reshape(x, {s[0], 2, s[1] / 2, s[2], s[3]});
  return net.reshape(net.transpose(apart, {0, 2, 1, 3, 4}), s);
}

/// pw, dw3, pw to `width` channels.
TensorId branch(Net& net, TensorId x, std::int64_t width, std::int64_t stride) {
  x = net.conv(x, width, {.activation = "relu"});
  x = net.depthwise(x, {.kernel = 3, .stride = stride});
  return net.conv(x, width, {.activation = "relu"});
}

graph::Graph make(const ShuffleNet& form, const Values& values) {
  Net net(std::string(form.name), values);
  TensorId x = net.conv(net.image(), 24, {.kernel = 3, .stride = 2, .activation = "relu"});
  x = net.pool("max_pool", x, 3, 2, 1);
  for (std::size_t stage = 0; stage < counts.size(); ++stage) {
    const std::int64_t half = form.widths[stage] / 2;
    for (std::int64_t i = 0; i < counts[stage]; ++i) {
      net.at("stage" + std::to_string(stage + 2) + ".unit" + std::to_string(i + 1) + ".");
      if (i == 0) {
        TensorId other = net.depthwise(x, {.kernel = 3, .stride = 2});
        other = net.conv(other, half, {.activation = "relu"});
        x = net.concat({other, branch(net, x, half, 2)});
      } else {
        const auto halves = net.split(x, 2);
        x = net.concat({halves[0], branch(net, halves[1], half, 1)});
      }
      x = shuffle(net, x);
    }
  }
  net.at("head.");
  if (net.has_head()) x = net.conv(x, form.widths[3], {.activation = "relu"});
  return net.finish({net.classifier(x)});
}

}  // namespace

std::vector<NetworkInfo> shufflenet_family() {
  return family_of(table, "split and shuffled channels, image classification", image_parameters(),
                   make);
}

}  // namespace anesim::networks
