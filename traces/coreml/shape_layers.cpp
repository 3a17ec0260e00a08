// Layers that join, cut and rearrange.
#include <fmt/format.h>

#include <algorithm>

#include "traces/coreml/layers.h"

namespace anesim::coreml::layers {

namespace {
using graph::Shape;
using graph::TensorId;

std::vector<TensorId> all_inputs(const LayerBuilder& b, const Layer& layer) {
  std::vector<TensorId> result;
  for (std::size_t i = 0; i < layer.inputs.size(); ++i) result.push_back(b.in(i));
  return result;
}

void join(LayerBuilder& b, const Layer& layer, std::int64_t axis, bool interleave) {
  std::vector<TensorId> values = all_inputs(b, layer);
  if (values.size() == 1) return b.out(values[0]);
  b.out(b.op("concat", {{"values", std::move(values)},
                        {"axis", {b.build.integer(axis)}},
                        {"interleave", {b.build.boolean(interleave)}}}));
}

void cut(LayerBuilder& b, const Layer& layer, std::int64_t axis,
         const std::vector<std::int64_t>& sizes) {
  LayerBuilder::Arguments arguments{{"x", {b.in(0)}}, {"axis", {b.build.integer(axis)}}};
  if (sizes.empty()) {
    const auto count = static_cast<std::int64_t>(layer.outputs.size());
    arguments.push_back({"num_splits", {b.build.integer(std::max<std::int64_t>(count, 1))}});
  } else {
    arguments.push_back({"split_sizes", {b.build.ints(sizes)}});
  }
  const auto results = b.op_many("split", std::move(arguments));
  for (std::size_t i = 0; i < results.size(); ++i) b.out(results[i], i);
}

void with_axes(LayerBuilder& b, const char* type, const std::vector<std::int64_t>& axes) {
  b.simple(type, {{"axes", {b.build.ints(axes)}}});
}
}  // namespace

void load_constant(LayerBuilder& b, const Layer& layer) {
  const Parameters& p = layer.parameters;
  Shape shape = p.list(1);
  if (!b.exact() && shape.size() == 3) shape.insert(shape.begin(), 1);
  b.out(b.weight("data", std::move(shape), p.format(2)));
}

void copy(LayerBuilder& b, const Layer&) { b.out(b.in(0)); }

void reshape(LayerBuilder& b, const Layer& layer) {
  Shape target = layer.parameters.list(1);  // C, H, W or Seq, C, H, W
  if (target.size() == 3) target.insert(target.begin(), b.shape(0).empty() ? 1 : b.shape(0)[0]);
  b.simple("reshape", {{"shape", {b.build.ints(std::move(target))}}});
}

void reshape_static(LayerBuilder& b, const Layer& layer) {
  b.simple("reshape", {{"shape", {b.build.ints(layer.parameters.list(1))}}});
}

void flatten(LayerBuilder& b, const Layer&) {
  const Shape& given = b.shape(0);
  const std::int64_t batch = given.empty() ? 1 : given[0];
  Shape target{batch, graph::element_count(given) / std::max<std::int64_t>(batch, 1)};
  if (!b.exact()) target.insert(target.end(), {1, 1});
  b.simple("reshape", {{"shape", {b.build.ints(std::move(target))}}});
}

void flatten_2d(LayerBuilder& b, const Layer& layer) {
  b.simple("flatten2d", {{"axis", {b.build.integer(layer.parameters.integer(1))}}});
}

void permute(LayerBuilder& b, const Layer& layer) {
  std::vector<std::int64_t> axes = layer.parameters.list(1);  // of Seq, C, H, W
  if (axes.size() == 3) {
    for (std::int64_t& axis : axes) axis = std::clamp<std::int64_t>(axis, -1, 3) + 1;
    axes.insert(axes.begin(), 0);
  }
  b.simple("transpose", {{"perm", {b.build.ints(std::move(axes))}}});
}

void transpose(LayerBuilder& b, const Layer& layer) {
  b.simple("transpose", {{"perm", {b.build.ints(layer.parameters.list(1))}}});
}

void squeeze(LayerBuilder& b, const Layer& layer) {
  if (layer.parameters.flag(2)) return b.simple("squeeze");
  with_axes(b, "squeeze", layer.parameters.list(1));
}

void expand_dims(LayerBuilder& b, const Layer& layer) {
  with_axes(b, "expand_dims", layer.parameters.list(1));
}

void concat(LayerBuilder& b, const Layer& layer) {
  // Over the channels, or over the sequence, which is our leading dimension.
  join(b, layer, layer.parameters.flag(100) ? 0 : -3, false);
}

void concat_nd(LayerBuilder& b, const Layer& layer) {
  join(b, layer, layer.parameters.integer(1), layer.parameters.flag(2));
}

void stack(LayerBuilder& b, const Layer& layer) {
  b.out(b.op("stack", {{"values", all_inputs(b, layer)},
                       {"axis", {b.build.integer(layer.parameters.integer(1))}}}));
}

void split(LayerBuilder& b, const Layer& layer) { cut(b, layer, -3, {}); }

void split_nd(LayerBuilder& b, const Layer& layer) {
  cut(b, layer, layer.parameters.integer(1), layer.parameters.list(3));
}

void slice(LayerBuilder& b, const Layer& layer) {
  const Parameters& p = layer.parameters;
  const std::size_t rank = b.shape(0).size();
  const auto letter = static_cast<std::uint64_t>(p.integer(4));  // C, H, W
  if (letter > 2 || rank < 3) b.fail(fmt::format("cannot slice axis {}", p.integer(4)));
  const std::size_t axis = rank - 3 + letter;
  std::vector<std::int64_t> begin(rank, 0), end(rank, 0), stride(rank, 1);
  std::vector<bool> whole(rank, true);
  begin[axis] = p.integer(1);
  end[axis] = p.integer(2);
  stride[axis] = std::max<std::int64_t>(p.integer(3, 1), 1);
  std::vector<bool> to_end = whole;
  whole[axis] = false;
  to_end[axis] = end[axis] == -1;  // to the end here, and not to the last
  if (end[axis] < 0) ++end[axis];
  b.simple("slice_by_index", {{"begin", {b.build.ints(std::move(begin))}},
                              {"end", {b.build.ints(std::move(end))}},
                              {"stride", {b.build.ints(std::move(stride))}},
                              {"begin_mask", {b.build.bools(std::move(whole))}},
                              {"end_mask", {b.build.bools(std::move(to_end))}}});
}

void slice_static(LayerBuilder& b, const Layer& layer) {
  const Parameters& p = layer.parameters;
  const std::size_t rank = b.shape(0).size();
  const auto flags = [&](int field) {
    std::vector<bool> given = p.flags(field);
    given.resize(rank);
    return b.build.bools(std::move(given));
  };
  std::vector<std::int64_t> stride = p.list(5);
  stride.resize(rank, 1);
  b.simple("slice_by_index", {{"begin", {b.build.ints(p.list(1))}},
                              {"end", {b.build.ints(p.list(3))}},
                              {"stride", {b.build.ints(std::move(stride))}},
                              {"begin_mask", {flags(2)}},
                              {"end_mask", {flags(4)}},
                              {"squeeze_mask", {flags(6)}}});
}

void tile(LayerBuilder& b, const Layer& layer) {
  b.simple("tile", {{"reps", {b.build.ints(layer.parameters.list(1))}}});
}

void gather(LayerBuilder& b, const Layer& layer) {
  b.out(b.op("gather", {{"x", {b.in(0)}},
                        {"indices", {b.in(1)}},
                        {"axis", {b.build.integer(layer.parameters.integer(1))}}}));
}

}  // namespace anesim::coreml::layers
