// YOLO26 n, s, m (ultralytics yolo26.yaml): detection, segmentation and oriented boxes with the
// end-to-end head: four distances a position instead of bins, the best 300 selected in the network.
#include <algorithm>
#include <array>
#include <optional>

#include "traces/networks/families.h"
#include "traces/networks/net.h"
#include "traces/networks/yolo.h"

namespace anesim::networks {
namespace {

using namespace yolo;

enum class Task { detect, segment, oriented };
struct Yolo26 {
  std::string_view name;
  Scale scale;
  Task task;
  Published published;
};
// GFLOP / 2 and parameters of the model tables, which are of the fused end-to-end form; its counter
// sees no products. Exact parameters: the sums of the yaml files less the head of training.
constexpr std::string_view source = "ultralytics yolo26.yaml, fused";
constexpr std::string_view table_source = "ultralytics model table (1024 pixels, two digits)";
constexpr std::array table{
    Yolo26{"yolo26n", nano, Task::detect, {2.409e6, 2.7e9, source, false}},
    Yolo26{"yolo26s", small, Task::detect, {9.496e6, 10.35e9, source, false}},
    Yolo26{"yolo26m", medium, Task::detect, {20.411e6, 34.1e9, source, false}},
    Yolo26{"yolo26n_seg", nano, Task::segment, {2.723e6, 4.55e9, source, false}},
    Yolo26{"yolo26s_seg", small, Task::segment, {10.396e6, 17.1e9, source, false}},
    Yolo26{"yolo26m_seg", medium, Task::segment, {23.569e6, 60.75e9, source, false}},
    Yolo26{"yolo26n_obb", nano, Task::oriented, {2.5e6, 7.0e9, table_source, false}},
    Yolo26{"yolo26s_obb", small, Task::oriented, {9.8e6, 27.55e9, table_source, false}},
    Yolo26{"yolo26m_obb", medium, Task::oriented, {21.2e6, 91.65e9, table_source, false}},
};
constexpr std::int64_t masks = 32;

TensorId branch(Net& net, TensorId x, std::int64_t inner, std::int64_t out) {
  return net.conv(c3(net, c3(net, x, inner), inner), out);
}

/// Mask prototypes at stride 4 from all three maps (Proto26; its class map is for training).
TensorId prototypes(Net& net, const std::array<TensorId, 3>& maps, std::int64_t width) {
  TensorId x = maps[0];
  for (std::size_t i = 1; i < maps.size(); ++i)
    x = net.add(x, net.upsample(pw(net, maps[i], net.channels(x)), std::int64_t{1} << i));
  x = c3(net, c3(net, x, width), width);
  x = net.deconv(x, width, {.kernel = 2, .stride = 2, .pad = 0});
  return pw(net, c3(net, x, width), masks);
}

/// Corners, or centre and size of a turned box, times the stride.
TensorId boxes(Net& net, TensorId distance, std::optional<TensorId> angle) {
  const std::int64_t n = net.batch(), anchors = net.shape(distance)[2];
  const TensorId points = net.constant({1, 2, anchors}, "anchors");
  const TensorId low = net.slice(distance, {0, 0, 0}, {n, 2, anchors});
  const TensorId high = net.slice(distance, {0, 2, 0}, {n, 2, anchors});
  TensorId box;
  if (angle) {
    const auto shift = net.split(net.times(net.binary("sub", high, low), 0.5), 2);
    const TensorId cos = net.unary("cos", *angle), sin = net.unary("sin", *angle);
    const TensorId x = net.binary("sub", net.mul(shift[0], cos), net.mul(shift[1], sin));
    const TensorId y = net.add(net.mul(shift[0], sin), net.mul(shift[1], cos));
    box = net.concat({net.add(net.concat({x, y}), points), net.add(low, high)});
  } else {
    box = net.concat({net.binary("sub", points, low), net.add(points, high)});
  }
  return net.mul(box, net.constant({1, 1, anchors}, "strides"));
}

graph::Graph make(const Yolo26& form, const Values& values) {
  check_resolution(values);
  Net net(std::string(form.name), values);
  const auto maps = body(net, form.scale, true);
  if (!net.has_head()) return net.finish({maps[0], maps[1], maps[2]});
  net.at("head.");
  const std::int64_t classes = values.count("classes"), first = net.channels(maps[0]);
  const std::int64_t inner = std::max(first, std::min<std::int64_t>(classes, 100));
  const std::int64_t box = std::max<std::int64_t>(first / 4, 16);
  const std::int64_t extra = form.task == Task::segment ? masks : 1;
  std::vector<TensorId> distances, scores, extras, outputs;
  for (const TensorId x : maps) {
    distances.push_back(positions(net, branch(net, x, box, 4)));
    scores.push_back(positions(net, labels(net, x, inner, classes)));
    if (form.task != Task::detect)
      extras.push_back(positions(net, branch(net, x, std::max(first / 4, extra), extra)));
  }
  std::optional<TensorId> more;
  if (!extras.empty()) more = net.concat(extras, 2);
  const auto angle = form.task == Task::oriented ? more : std::nullopt;
  std::vector<TensorId> parts{boxes(net, net.concat(distances, 2), angle),
                              net.activate(net.concat(scores, 2), "sigmoid")};
  if (more) parts.push_back(*more);
  TensorId all = net.concat(parts);
  if (values.flag("select")) all = select_best(net, net.transpose(all, {0, 2, 1}), classes);
  outputs.push_back(all);
  if (form.task == Task::segment) outputs.push_back(prototypes(net, maps, form.scale.of(256)));
  return net.finish(outputs);
}

}  // namespace

std::vector<NetworkInfo> yolo26_family() {
  std::vector<NetworkInfo> family;
  for (const Yolo26& form : table) {
    const bool oriented = form.task == Task::oriented;
    family.push_back({form.name,
                      form.task == Task::detect    ? "object detection without suppression"
                      : form.task == Task::segment ? "instance segmentation without suppression"
                                                   : "oriented boxes without suppression",
                      form.published,
                      with({{"select",
                             Form::word,
                             "true",
                             "the best 300 are selected; false: every position is the result",
                             {"true", "false"}}},
                           image_parameters(oriented ? "1024" : "640", oriented ? "15" : "80")),
                      [&form](const Values& values) { return make(form, values); }});
  }
  return family;
}

}  // namespace anesim::networks
