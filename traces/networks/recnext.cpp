// RecNeXt (suous/RecNeXt, arXiv 2412.19628): M applies one strided depthwise convolution again and
// again, and another at each size on the way back; A attends at half the size; inference form.
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
  double ratio;  ///< inner width of the feed-forward layers
  bool attends;  ///< A
  Published published;
};
constexpr std::string_view source = "arXiv 2412.19628, suous/RecNeXt (two digits)";
constexpr std::array table{
    RecNeXt{"recnext_a0", 40, {2, 2, 9, 1}, 2, true, {2.8e6, 0.4e9, source}},
    RecNeXt{"recnext_a1", 48, {3, 3, 15, 2}, 2, true, {5.9e6, 0.9e9, source}},
    RecNeXt{"recnext_a2", 56, {3, 3, 15, 2}, 2, true, {7.9e6, 1.2e9, source}},
    RecNeXt{"recnext_a3", 64, {3, 3, 13, 2}, 1.875, true, {9.0e6, 1.4e9, source}},
    RecNeXt{"recnext_a4", 64, {5, 5, 25, 4}, 1.875, true, {15.8e6, 2.4e9, source}},
    RecNeXt{"recnext_a5", 80, {7, 7, 35, 2}, 1.875, true, {25.7e6, 4.7e9, source}},
    RecNeXt{"recnext_m0", 40, {2, 2, 9, 1}, 2, false, {2.5e6, 0.4e9, source}},
    RecNeXt{"recnext_m1", 48, {3, 3, 15, 2}, 2, false, {5.2e6, 0.9e9, source}},
    RecNeXt{"recnext_m2", 56, {3, 3, 15, 2}, 2, false, {6.8e6, 1.2e9, source}},
    RecNeXt{"recnext_m3", 64, {3, 3, 13, 2}, 2, false, {8.2e6, 1.4e9, source}},
    RecNeXt{"recnext_m4", 64, {5, 5, 25, 4}, 2, false, {14.1e6, 2.4e9, source}},
    RecNeXt{"recnext_m5", 80, {7, 7, 35, 2}, 2, false, {22.9e6, 4.7e9, source}},
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

/// Features with a positive sum: elu + 1.
TensorId positive(Net& net, TensorId x) {
  return net.add(net.activate(x, "elu"), net.builder().number(1));
}

/// Queries and keys take half the width each, values are the map itself. Inferred: one pointwise
/// convolution a block, half the size, kernels of 5, 3 and 5 (the paper's is 5), the ratios of the
/// feed-forward layers. All of A0 to A5 then have their sizes; so they do with more levels or
/// attention in the last stages alone, which take the same time within 4 %. elu + 1 is MLLA's.
TensorId linear_attention(Net& net, TensorId x) {
  const Shape s = net.shape(x);
  constexpr std::int64_t heads = 4;  // a guess; they hardly change the time
  const auto split = [&](TensorId y) {
    return net.reshape(y, {s[0], heads, net.channels(y) / heads, s[2] * s[3]});
  };
  const auto qk = net.split(net.conv(x, s[1]), 2);
  const TensorId q = split(positive(net, qk[0])), k = split(positive(net, qk[1]));
  const TensorId sums = net.matmul(net.mean(k, {3}), q, false, true);
  const TensorId divisor = net.add(sums, net.builder().number(1e-6));
  const TensorId y = net.matmul(net.matmul(split(x), k, true), q);
  const TensorId map = net.reshape(net.binary("real_div", y, divisor), s);
  return net.add(map, net.depthwise(x, {.kernel = 3}));
}

TensorId recursive_attention(Net& net, TensorId x) {
  const TensorId coarse = net.depthwise(x, {.kernel = 5, .stride = 2, .bias = false});
  const TensorId y = net.upsample_to(linear_attention(net, coarse), x);
  return net.depthwise(net.add(x, y), {.kernel = 5});
}

TensorId feed_forward(Net& net, TensorId x, double ratio) {
  const std::int64_t width = net.channels(x);
  const auto inner = static_cast<std::int64_t>(static_cast<double>(width) * ratio);
  return net.conv(net.conv(x, inner, {.activation = "gelu"}), width);
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
        // 7x7 from memory: the sizes of A agree with it, those of M allow 5x5 as well.
        y = net.conv(y, 2 * width, {.kernel = 7, .stride = 2, .groups = width});
        return net.add(y, feed_forward(net, y, form.ratio));
      },
      [&](TensorId y, std::size_t stage, std::int64_t) {
        const TensorId mixed =
            form.attends ? recursive_attention(net, y) : recursive(net, y, 4 - stage);
        return net.add(y, feed_forward(net, mixed, form.ratio));
      });
  return net.finish({net.classifier(x)});
}

}  // namespace

std::vector<NetworkInfo> recnext_family() {
  return family_of(table, "recursive depthwise convolutions, image classification",
                   image_parameters(), make);
}

}  // namespace anesim::networks
