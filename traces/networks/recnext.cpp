// RecNeXt M (suous/RecNeXt, arXiv 2412.19628): one strided depthwise convolution applied again and
// again, and another at each size on the way back; inference form.
#include <array>

#include "traces/networks/families.h"
#include "traces/networks/net.h"
#include "traces/networks/stages.h"

namespace anesim::networks {
namespace {

struct RecNeXt {
  std::string_view name;
  std::int64_t width;  ///< doubles with every stage
  std::array<std::int64_t, 4> depths;
  Published published;
};
constexpr std::string_view source = "arXiv 2412.19628, suous/RecNeXt (two digits)";
constexpr std::array table{
    RecNeXt{"recnext_m1", 48, {3, 3, 15, 2}, {5.2e6, 0.9e9, source}},
    RecNeXt{"recnext_m2", 56, {3, 3, 15, 2}, {6.8e6, 1.2e9, source}},
    RecNeXt{"recnext_m3", 64, {3, 3, 13, 2}, {8.2e6, 1.4e9, source}},
    RecNeXt{"recnext_m4", 64, {5, 5, 25, 4}, {14.1e6, 2.4e9, source}},
    RecNeXt{"recnext_m5", 80, {7, 7, 35, 2}, {22.9e6, 4.7e9, source}},
};

/// Kernels of 5x5: `levels` times to half the size with one weight, then back with one each. The
/// last convolution has absorbed the norm that follows.
TensorId recursive(Net& net, TensorId x, std::size_t levels) {
  const TensorId shared = net.weight({net.channels(x), 1, 5, 5}, "down");
  std::vector<TensorId> maps{x};
  for (std::size_t i = 0; i < levels; ++i) {
    maps.push_back(
        net.depthwise(maps.back(), {.kernel = 5, .stride = 2, .bias = false, .weight = shared}));
  }
  TensorId y = maps.back();
  for (std::size_t i = levels; i > 0; --i) {
    y = net.upsample_to(net.depthwise(y, {.kernel = 5, .bias = false}), maps[i - 1], true);
    y = net.add(maps[i - 1], y);
  }
  return net.depthwise(y, {.kernel = 5});
}

TensorId feed_forward(Net& net, TensorId x) {
  const std::int64_t width = net.channels(x);
  return net.conv(net.conv(x, 2 * width, {.activation = "gelu"}), width);
}

graph::Graph make(const RecNeXt& form, const Values& values) {
  Net net(std::string(form.name), values);
  const std::int64_t half = form.width / 2;
  TensorId x = net.conv(net.image(), half, {.kernel = 3, .stride = 2, .activation = "gelu"});
  x = net.conv(x, form.width, {.kernel = 3, .stride = 2});
  x = stages(
      net, x, form.depths,
      [&](TensorId y, std::size_t) {
        const std::int64_t width = net.channels(y);
        // 7x7 from memory: the sizes published with two digits allow 5x5 as well.
        y = net.conv(y, 2 * width, {.kernel = 7, .stride = 2, .groups = width});
        return net.add(y, feed_forward(net, y));
      },
      [&](TensorId y, std::size_t stage, std::int64_t) {
        return net.add(y, feed_forward(net, recursive(net, y, 4 - stage)));
      });
  return net.finish({net.classifier(x)});
}

}  // namespace

std::vector<NetworkInfo> recnext_family() {
  return family_of(table, "recursive depthwise convolutions, image classification",
                   image_parameters(), make);
}

}  // namespace anesim::networks
