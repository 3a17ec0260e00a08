// The body of YOLO11 and YOLO26 (ultralytics yolo11.yaml, yolo26.yaml): nested bottlenecks,
// attention behind the pools.
#include <algorithm>
#include <array>
#include <cmath>

#include "traces/networks/net.h"
#include "traces/networks/yolo.h"

namespace anesim::networks {
namespace yolo {
namespace {

TensorId bottleneck(Net& net, TensorId x, std::int64_t inner) {
  return net.add(x, c3(net, c3(net, x, inner), net.channels(x)));
}

/// C3k: two bottlenecks on one branch, a pointwise other branch.
TensorId nested(Net& net, TensorId x) {
  const std::int64_t width = net.channels(x), half = width / 2;
  TensorId y = pw(net, x, half);
  const TensorId other = pw(net, x, half);
  for (int i = 0; i < 2; ++i) y = bottleneck(net, y, half);
  return pw(net, net.concat({y, other}), width);
}

/// PSABlock: attention over the positions with keys of half a head's width and a depthwise
/// convolution of the values, then two pointwise layers.
TensorId attention(Net& net, TensorId x) {
  const Shape s = net.shape(x);
  const std::int64_t n = s[0], width = s[1], length = s[2] * s[3];
  const std::int64_t heads = std::max<std::int64_t>(width / 64, 1), value = width / heads;
  const std::int64_t key = value / 2;
  const TensorId qkv =
      net.reshape(net.conv(x, width + 2 * key * heads), {n, heads, 2 * key + value, length});
  const TensorId q = net.slice(qkv, {0, 0, 0, 0}, {n, heads, key, length});
  const TensorId k = net.slice(qkv, {0, 0, key, 0}, {n, heads, key, length});
  const TensorId v = net.slice(qkv, {0, 0, 2 * key, 0}, {n, heads, value, length});
  const double factor = 1 / std::sqrt(static_cast<double>(key));
  const TensorId weights = net.softmax(net.times(net.matmul(q, k, false, true), factor));
  const TensorId mixed = net.reshape(net.matmul(v, weights, true), s);
  const TensorId placed = net.depthwise(net.reshape(v, s), {.kernel = 3});
  x = net.add(x, net.conv(net.add(mixed, placed), width));
  return net.add(x, net.conv(pw(net, x, 2 * width), width));
}

enum class Inner { plain, nested, attended };

/// C3k2: halves, one inner block on the second, all joined; halves of `share` of the width in %.
TensorId block(Net& net, TensorId x, std::int64_t width, Inner inner, std::int64_t share = 50) {
  std::vector<TensorId> parts = net.split(pw(net, x, 2 * width * share / 100), 2);
  const TensorId last = parts.back();
  TensorId y =
      inner == Inner::nested ? nested(net, last) : bottleneck(net, last, net.channels(last) / 2);
  if (inner == Inner::attended) y = attention(net, y);
  parts.push_back(y);
  return pw(net, net.concat(parts), width);
}

}  // namespace

std::array<TensorId, 3> body(Net& net, const Scale& scale, bool newer) {
  const auto w = [&](std::int64_t full) { return scale.of(full); };
  const Inner early = scale.deep ? Inner::nested : Inner::plain;
  const Inner late = newer ? Inner::nested : early;
  net.at("backbone.");
  TensorId x = c3(net, c3(net, net.image(), w(64), 2), w(128), 2);
  x = c3(net, block(net, x, w(256), early, 25), w(256), 2);
  const TensorId p3 = block(net, x, w(512), early, 25);
  const TensorId p4 = block(net, c3(net, p3, w(512), 2), w(512), Inner::nested);
  x = block(net, c3(net, p4, w(1024), 2), w(1024), Inner::nested);
  const std::int64_t half = w(1024) / 2;
  const TensorId before = newer ? net.conv(x, half) : pw(net, x, half);
  const TensorId pooled = pw(net, pools(net, before), w(1024));
  x = newer ? net.add(pooled, x) : pooled;
  std::vector<TensorId> halves = net.split(pw(net, x, w(1024)), 2);  // C2PSA
  const TensorId p5 = pw(net, net.concat({halves[0], attention(net, halves[1])}), w(1024));
  if (!net.has_head()) return {p3, p4, p5};
  net.at("neck.");
  const TensorId n4 = block(net, net.concat({net.upsample(p5, 2), p4}), w(512), late);
  const TensorId o3 = block(net, net.concat({net.upsample(n4, 2), p3}), w(256), late);
  const TensorId o4 = block(net, net.concat({c3(net, o3, w(256), 2), n4}), w(512), late);
  const TensorId o5 = block(net, net.concat({c3(net, o4, w(512), 2), p5}), w(1024),
                            newer ? Inner::attended : Inner::nested);
  return {o3, o4, o5};
}

TensorId labels(Net& net, TensorId x, std::int64_t inner, std::int64_t classes) {
  for (int i = 0; i < 2; ++i)
    x = pw(net, net.depthwise(x, {.kernel = 3, .activation = "silu"}), inner);
  return net.conv(x, classes);
}

}  // namespace yolo

}  // namespace anesim::networks
