// YOLO11 n, s, m (ultralytics yolo11.yaml): boxes by bins, depthwise-separable layers before the
// classes.
#include <algorithm>
#include <array>

#include "traces/networks/families.h"
#include "traces/networks/net.h"
#include "traces/networks/yolo.h"

namespace anesim::networks {
namespace {

using namespace yolo;

struct Yolo11 {
  std::string_view name;
  Scale scale;
  Published published;
};
// Fused parameters and GFLOP / 2, as ultralytics prints them; its counter sees no products.
constexpr std::string_view source = "ultralytics yolo11.yaml, fused";
constexpr std::array table{
    Yolo11{"yolo11n", nano, {2.616e6, 3.25e9, source, false}},
    Yolo11{"yolo11s", small, {9.444e6, 10.75e9, source, false}},
    Yolo11{"yolo11m", medium, {20.092e6, 34.0e9, source, false}},
};

graph::Graph make(const Yolo11& form, const Values& values) {
  check_resolution(values);
  Net net(std::string(form.name), values);
  const auto maps = body(net, form.scale, false);
  if (!net.has_head()) return net.finish({maps[0], maps[1], maps[2]});
  net.at("head.");
  const std::int64_t classes = values.count("classes"), first = net.channels(maps[0]);
  const std::int64_t inner = std::max(first, std::min<std::int64_t>(classes, 100));
  const std::int64_t box = std::max(first / 4, 4 * bins);
  std::vector<TensorId> scales;
  for (const TensorId x : maps) {
    const TensorId boxes = net.conv(c3(net, c3(net, x, box), box), 4 * bins);
    scales.push_back(positions(net, net.concat({boxes, labels(net, x, inner, classes)})));
  }
  return net.finish({decode(net, net.concat(scales, 2), classes)});
}

}  // namespace

std::vector<NetworkInfo> yolo11_family() {
  return family_of(table, "object detection, boxes decoded, before non-maximum suppression",
                   image_parameters("640", "80"), make);
}

}  // namespace anesim::networks
