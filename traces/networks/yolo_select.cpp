// Selection in YOLO26's end-to-end head (ultralytics, postprocess of Detect).
#include <algorithm>

#include "traces/networks/yolo.h"

namespace anesim::networks::yolo {
namespace {
constexpr std::int64_t most = 300;
}

TensorId select_best(Net& net, TensorId all, std::int64_t classes) {
  auto& b = net.builder();
  const Shape s = net.shape(all);
  const std::int64_t n = s[0], rest = s[2] - 4 - classes, selected = std::min(most, s[1]);
  const auto best = [&](TensorId x) {
    return b.op_many("topk", {{"x", {x}}, {"k", {b.integer(selected)}}, {"axis", {b.integer(1)}}},
                     net.next_name("topk"));
  };
  const auto rows = [&](TensorId x, TensorId index) {
    const TensorId every =
        b.op("tile", {{"x", {index}}, {"reps", {b.ints({1, 1, net.shape(x)[2]})}}},
             net.next_name("tile"));
    return b.op("gather_along_axis", {{"x", {x}}, {"indices", {every}}, {"axis", {b.integer(1)}}},
                net.next_name("rows"));
  };
  const auto whole = [&](const char* op, TensorId x) {
    return b.op(op, {{"x", {x}}, {"y", {b.integer(classes)}}}, net.next_name(op));
  };
  const TensorId box = net.slice(all, {0, 0, 0}, {n, s[1], 4});
  const TensorId score = net.slice(all, {0, 0, 4}, {n, s[1], classes});
  const TensorId first = best(net.reduce("reduce_max", score, {2}))[1];
  const auto pairs = best(net.reshape(rows(score, first), {n, selected * classes}));
  const TensorId place = net.reshape(whole("floor_div", pairs[1]), {n, selected, 1});
  const TensorId index = rows(first, place);
  const TensorId label = b.op(
      "cast",
      {{"x", {net.reshape(whole("mod", pairs[1]), {n, selected, 1})}}, {"dtype", {b.text("fp16")}}},
      net.next_name("cast"));
  std::vector<TensorId> parts{rows(box, index), net.reshape(pairs[0], {n, selected, 1}), label};
  if (rest > 0) parts.push_back(rows(net.slice(all, {0, 0, 4 + classes}, {n, s[1], rest}), index));
  return net.concat(parts, 2);
}

}  // namespace anesim::networks::yolo
