#include "traces/coreml/pipeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <unordered_map>
#include <utility>

#include "sim/core/text.h"

namespace anesim::coreml {

namespace {
using graph::TensorId;

class Joiner {
 public:
  explicit Joiner(const std::string& file) { joined_.file = file; }

  void add(PipelinePart part) {
    graph::Graph& graph = part.graph;
    map_.assign(graph.tensors.size(), TensorId{});
    for (const TensorId id : graph.inputs) take_input(part.name, graph, id);
    for (std::size_t i = 0; i < graph.tensors.size(); ++i) {
      if (map_[i].index < 0) map_[i] = append(std::move(graph.tensors[i]));
    }
    for (const graph::FlexibleDim& dim : graph.flexible) {
      const TensorId id = at(dim.input);
      if (std::ranges::find(joined_.inputs, id) == joined_.inputs.end()) continue;
      joined_.flexible.push_back(dim);
      joined_.flexible.back().input = id;
    }
    for (graph::Op& op : graph.ops) {
      remap(op);
      op.name = fmt::format("{}/{}", part.name, op.name);
      op.line = 0;  // of another file
      joined_.ops.push_back(std::move(op));
    }
    joined_.outputs.clear();
    for (const TensorId id : graph.outputs) {
      const TensorId mine = at(id);
      features_[joined_.at(mine).name] = mine;
      joined_.outputs.push_back(mine);
    }
  }

  graph::Graph finish(const std::vector<Feature>& outputs) {
    std::vector<TensorId> named;
    for (const Feature& feature : outputs) {
      const auto found = features_.find(feature.name);
      if (found != features_.end()) named.push_back(found->second);
    }
    if (!named.empty()) joined_.outputs = std::move(named);
    return std::move(joined_);
  }

 private:
  [[nodiscard]] TensorId at(TensorId id) const { return map_[static_cast<std::size_t>(id.index)]; }

  TensorId append(graph::Tensor tensor) {
    if (joined_.tensors.size() >= std::numeric_limits<std::int32_t>::max()) {
      throw UserError({joined_.file, 0, 0}, "over 2^31 tensors");
    }
    joined_.tensors.push_back(std::move(tensor));
    return {static_cast<std::int32_t>(joined_.tensors.size() - 1)};
  }

  /// What an earlier model gave under that name, else an input of the pipeline.
  void take_input(const std::string& part, graph::Graph& graph, TensorId id) {
    graph::Tensor& tensor = graph.at(id);
    TensorId& mine = map_[static_cast<std::size_t>(id.index)];
    const auto found = features_.find(tensor.name);
    if (found == features_.end()) {
      const std::string name = tensor.name;
      mine = append(std::move(tensor));
      features_[name] = mine;
      joined_.inputs.push_back(mine);
      return;
    }
    mine = found->second;
    const graph::Tensor& given = joined_.at(mine);
    if (size(given.shape) != size(tensor.shape)) {
      throw UserError(
          {joined_.file, 0, 0},
          fmt::format("model '{}' takes '{}' as {}, it is given as {}", printable(part),
                      printable(tensor.name), graph::text(tensor.shape), graph::text(given.shape)));
    }
    if (given.shape == tensor.shape) return;
    // The same numbers under another rank.
    graph::Op view;
    view.type = "reshape";
    view.name = fmt::format("{}/{}/view", part, tensor.name);
    graph::Tensor shape;
    shape.name = view.name + "/shape";
    shape.shape = {static_cast<std::int64_t>(tensor.shape.size())};
    shape.dtype = graph::DType::int32;
    shape.constant = true;
    shape.literal = graph::Literal{tensor.shape};
    view.arguments = {{"shape", {append(std::move(shape))}}, {"x", {found->second}}};
    mine = append(tensor);
    joined_.at(mine).dtype = joined_.at(found->second).dtype;
    view.outputs = {mine};
    joined_.ops.push_back(std::move(view));
  }

  /// Elements; nothing while a dimension is unknown.
  static std::int64_t size(const graph::Shape& shape) {
    if (std::ranges::find(shape, graph::unknown_dim) != shape.end()) return -1;
    return graph::element_count(shape);
  }

  void remap(graph::Op& op) {
    for (graph::Argument& argument : op.arguments) {
      for (TensorId& id : argument.tensors) id = at(id);
    }
    for (TensorId& id : op.outputs) id = at(id);
    for (graph::Block& block : op.blocks) {
      for (TensorId& id : block.inputs) id = at(id);
      for (TensorId& id : block.outputs) id = at(id);
      for (graph::Op& inner : block.ops) remap(inner);
    }
  }

  graph::Graph joined_;
  std::vector<TensorId> map_;
  std::unordered_map<std::string, TensorId> features_;
};
}  // namespace

graph::Graph join_parts(std::vector<PipelinePart> parts, const std::string& file,
                        const std::vector<Feature>& outputs) {
  if (parts.empty()) throw UserError({file, 0, 0}, "the pipeline has no models");
  Joiner joiner(file);
  for (PipelinePart& part : parts) joiner.add(std::move(part));
  return joiner.finish(outputs);
}

}  // namespace anesim::coreml
