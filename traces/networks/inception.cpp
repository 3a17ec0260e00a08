// InceptionV3 without its auxiliary head (timm form).
#include <array>

#include "traces/networks/families.h"
#include "traces/networks/net.h"

namespace anesim::networks {
namespace {

/// The convolutions of one network, all with ReLU.
struct Layers {
  Net& net;

  TensorId square(TensorId x, std::int64_t out, std::int64_t kernel) const {
    return net.conv(x, out, {.kernel = kernel, .activation = "relu"});
  }
  TensorId pw(TensorId x, std::int64_t out) const { return square(x, out, 1); }
  TensorId valid(TensorId x, std::int64_t out, std::int64_t stride) const {
    return net.conv(x, out, {.kernel = 3, .stride = stride, .activation = "relu", .pad = 0});
  }
  /// `high` x `wide`, padded to keep the map.
  TensorId bar(TensorId x, std::int64_t out, std::int64_t high, std::int64_t wide) const {
    return net.conv(x, out, {.kernel = high, .activation = "relu", .wide = wide});
  }
  TensorId averaged(TensorId x, std::int64_t out) const {
    return pw(net.pool("avg_pool", x, 3, 1, 1), out);
  }
  TensorId largest(TensorId x) const { return net.pool("max_pool", x, 3, 2, 0); }

  TensorId a(TensorId x, std::int64_t features) const {
    return net.concat({pw(x, 64), square(pw(x, 48), 64, 5), square(square(pw(x, 64), 96, 3), 96, 3),
                       averaged(x, features)});
  }
  TensorId b(TensorId x) const {
    return net.concat({valid(x, 384, 2), valid(square(pw(x, 64), 96, 3), 96, 2), largest(x)});
  }
  TensorId c(TensorId x, std::int64_t m) const {
    const TensorId two = bar(bar(pw(x, m), m, 1, 7), 192, 7, 1);
    const TensorId four = bar(bar(bar(bar(pw(x, m), m, 7, 1), m, 1, 7), m, 7, 1), 192, 1, 7);
    return net.concat({pw(x, 192), two, four, averaged(x, 192)});
  }
  TensorId d(TensorId x) const {
    const TensorId wide = bar(bar(pw(x, 192), 192, 1, 7), 192, 7, 1);
    return net.concat({valid(pw(x, 192), 320, 2), valid(wide, 192, 2), largest(x)});
  }
  TensorId cross(TensorId x) const { return net.concat({bar(x, 384, 1, 3), bar(x, 384, 3, 1)}); }
  TensorId e(TensorId x) const {
    return net.concat(
        {pw(x, 320), cross(pw(x, 384)), cross(square(pw(x, 448), 384, 3)), averaged(x, 192)});
  }
};

graph::Graph make(const Values& values) {
  Net net("inception_v3", values);
  const Layers layers{net};
  TensorId x = layers.valid(net.image(), 32, 2);
  x = layers.square(layers.valid(x, 32, 1), 64, 3);
  x = layers.pw(layers.largest(x), 80);
  x = layers.largest(layers.valid(x, 192, 1));
  int number = 0;
  const auto next = [&] { net.at("block" + std::to_string(++number) + "."); };
  for (const std::int64_t features : {32, 64, 64}) {
    next();
    x = layers.a(x, features);
  }
  next();
  x = layers.b(x);
  for (const std::int64_t width : {128, 160, 160, 192}) {
    next();
    x = layers.c(x, width);
  }
  next();
  x = layers.d(x);
  for (int i = 0; i < 2; ++i) {
    next();
    x = layers.e(x);
  }
  return net.finish({net.classifier(x)});
}

}  // namespace

std::vector<NetworkInfo> inception_family() {
  return {{"inception_v3",
           "parallel convolutions, image classification",
           {23.835e6, 5.713e9, "arXiv 1512.00567, timm"},
           image_parameters("299"),
           make}};
}

}  // namespace anesim::networks
