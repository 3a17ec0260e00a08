// YOLOv8n (ultralytics yolov8.yaml, scale n) with its detection head and box decoding.
#include "traces/networks/yolo.h"

#include <array>

#include "traces/networks/families.h"
#include "traces/networks/net.h"

namespace anesim::networks {
namespace yolo {

TensorId c3(Net& net, TensorId x, std::int64_t out, std::int64_t stride) {
  return net.conv(x, out, {.kernel = 3, .stride = stride, .activation = "silu"});
}
TensorId pw(Net& net, TensorId x, std::int64_t out) {
  return net.conv(x, out, {.activation = "silu"});
}

TensorId pools(Net& net, TensorId x) {
  std::vector<TensorId> parts{x};
  for (int i = 0; i < 3; ++i) parts.push_back(net.pool("max_pool", parts.back(), 5, 1, 2));
  return net.concat(parts);
}

TensorId positions(Net& net, TensorId x) {
  const Shape s = net.shape(x);
  return net.reshape(x, {s[0], s[1], s[2] * s[3]});
}

void check_resolution(const Values& values) {
  if (values.count("resolution") % 32 != 0)
    values.fail("parameter 'resolution' must be a multiple of 32");
}

TensorId decode(Net& net, TensorId x, std::int64_t classes) {
  const std::int64_t n = net.batch(), anchors = net.shape(x)[2];
  const TensorId box = net.slice(x, {0, 0, 0}, {n, 4 * bins, anchors});
  const TensorId label = net.slice(x, {0, 4 * bins, 0}, {n, classes, anchors});
  const TensorId spread = net.transpose(net.reshape(box, {n, 4, bins, anchors}), {0, 2, 1, 3});
  TensorId distance = net.conv(net.softmax(spread, 1), 1, {.bias = false});
  distance = net.reshape(distance, {n, 4, anchors});
  const TensorId points = net.constant({1, 2, anchors}, "anchors");
  const TensorId low = net.binary("sub", points, net.slice(distance, {0, 0, 0}, {n, 2, anchors}));
  const TensorId high = net.add(points, net.slice(distance, {0, 2, 0}, {n, 2, anchors}));
  const TensorId centre = net.times(net.add(low, high), 0.5), size = net.binary("sub", high, low);
  const TensorId boxes =
      net.mul(net.concat({centre, size}), net.constant({1, 1, anchors}, "strides"));
  return net.concat({boxes, net.activate(label, "sigmoid")});
}

}  // namespace yolo

namespace {

using namespace yolo;

/// C2f: halves, a chain of bottlenecks on the second, all joined.
TensorId c2f(Net& net, TensorId x, std::int64_t width, int count, bool skip) {
  std::vector<TensorId> parts = net.split(pw(net, x, width), 2);
  for (int i = 0; i < count; ++i) {
    const TensorId last = parts.back();
    const TensorId y = c3(net, c3(net, last, width / 2), width / 2);
    parts.push_back(skip ? net.add(last, y) : y);
  }
  return pw(net, net.concat(parts), width);
}

/// Boxes (4 x 16 bins) and classes of one scale, [N, 64 + classes, positions].
TensorId detect(Net& net, TensorId x, std::int64_t classes) {
  const TensorId box = net.conv(c3(net, c3(net, x, 4 * bins), 4 * bins), 4 * bins);
  const std::int64_t inner = std::max<std::int64_t>(64, std::min<std::int64_t>(classes, 100));
  const TensorId label = net.conv(c3(net, c3(net, x, inner), inner), classes);
  return positions(net, net.concat({box, label}));
}

graph::Graph make(const Values& values) {
  check_resolution(values);
  Net net("yolov8n", values);
  net.at("backbone.");
  TensorId x = c3(net, c3(net, net.image(), 16, 2), 32, 2);
  x = c2f(net, x, 32, 1, true);
  const TensorId p3 = c2f(net, c3(net, x, 64, 2), 64, 2, true);
  const TensorId p4 = c2f(net, c3(net, p3, 128, 2), 128, 2, true);
  x = c2f(net, c3(net, p4, 256, 2), 256, 1, true);
  const TensorId p5 = pw(net, pools(net, pw(net, x, 128)), 256);
  if (!net.has_head()) return net.finish({p3, p4, p5});
  net.at("neck.");
  const TensorId n4 = c2f(net, net.concat({net.upsample(p5, 2), p4}), 128, 1, false);
  const TensorId o3 = c2f(net, net.concat({net.upsample(n4, 2), p3}), 64, 1, false);
  const TensorId o4 = c2f(net, net.concat({c3(net, o3, 64, 2), n4}), 128, 1, false);
  const TensorId o5 = c2f(net, net.concat({c3(net, o4, 128, 2), p5}), 256, 1, false);
  net.at("head.");
  const std::int64_t classes = values.count("classes");
  std::vector<TensorId> scales;
  for (const TensorId o : {o3, o4, o5}) scales.push_back(detect(net, o, classes));
  return net.finish({decode(net, net.concat(scales, 2), classes)});
}

}  // namespace

std::vector<NetworkInfo> yolo_family() {
  return {{"yolov8n",
           "object detection, boxes decoded, before non-maximum suppression",
           {3.157e6, 4.372e9, "ultralytics yolov8.yaml (8.9 GFLOP)"},
           image_parameters("640", "80"),
           make}};
}

}  // namespace anesim::networks
