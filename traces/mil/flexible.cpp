#include "traces/mil/flexible.h"

#include <algorithm>
#include <map>

namespace anesim::mil {

namespace {
const std::string* only_string(const Literal& literal) {
  const auto* strings = std::get_if<std::vector<std::string>>(&literal.values);
  return strings != nullptr && strings->size() == 1 ? &strings->front() : nullptr;
}

using Lists = std::map<std::string, std::vector<std::int64_t>, std::less<>>;

/// A dictionary of names to (nested) lists of integers.
Lists lists_of(const Literal& dictionary) {
  Lists result;
  const auto* entries = std::get_if<Group>(&dictionary.values);
  if (entries == nullptr) return result;
  for (const Literal& entry : *entries) {
    const auto* pair = std::get_if<Group>(&entry.values);
    if (pair == nullptr || pair->size() != 2) continue;
    const std::string* name = only_string((*pair)[0]);
    const auto* numbers = std::get_if<std::vector<std::int64_t>>(&(*pair)[1].values);
    if (name != nullptr && numbers != nullptr) result[*name] = *numbers;
  }
  return result;
}
}  // namespace

std::vector<graph::FlexibleDim> flexible_dims(const Function& function, const graph::Graph& graph) {
  std::vector<graph::FlexibleDim> result;
  const auto found = std::ranges::find(function.attributes, "FlexibleShapeInformation",
                                       [](const Attribute& attribute) { return attribute.name; });
  if (found == function.attributes.end()) return result;
  Lists defaults;
  Lists ranges;
  const auto* entries = std::get_if<Group>(&found->value.literal.values);
  if (entries == nullptr) return result;
  for (const Literal& entry : *entries) {
    const auto* pair = std::get_if<Group>(&entry.values);
    if (pair == nullptr || pair->size() != 2) continue;
    const std::string* what = only_string((*pair)[0]);
    if (what != nullptr && *what == "DefaultShapes") defaults = lists_of((*pair)[1]);
    if (what != nullptr && *what == "RangeDims") ranges = lists_of((*pair)[1]);
  }
  for (const graph::TensorId id : graph.inputs) {
    const graph::Tensor& tensor = graph.at(id);
    const auto shape = defaults.find(tensor.name);
    const auto range = ranges.find(tensor.name);
    for (std::size_t axis = 0; axis < tensor.shape.size(); ++axis) {
      if (tensor.shape[axis] != graph::unknown_dim) continue;
      graph::FlexibleDim dim;
      dim.input = id;
      dim.axis = axis;
      if (shape != defaults.end() && axis < shape->second.size()) {
        dim.standard = std::max<std::int64_t>(shape->second[axis], 0);
      }
      if (range != ranges.end() && 2 * axis + 1 < range->second.size()) {
        dim.low = std::max<std::int64_t>(range->second[2 * axis], 0);
        dim.high = std::max<std::int64_t>(range->second[2 * axis + 1], 0);
      }
      result.push_back(std::move(dim));
    }
  }
  return result;
}

}  // namespace anesim::mil
