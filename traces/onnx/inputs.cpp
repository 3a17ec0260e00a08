// Inputs of a model: which there are, and the sizes of their dimensions.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "sim/core/text.h"
#include "traces/onnx/walker.h"

namespace anesim::onnx {

using graph::Tensor;
using graph::TensorType;
using ::onnx::GraphProto;
using ::onnx::ValueInfoProto;

void Walker::declare_inputs() {
  const GraphProto& main = model_.graph();
  std::unordered_set<std::string> stored;
  for (const auto& tensor : main.initializer()) stored.insert(tensor.name());
  for (const auto& tensor : main.sparse_initializer()) stored.insert(tensor.values().name());
  for (const ValueInfoProto& input : main.input()) {
    if (stored.contains(input.name())) continue;  // IR 3 lists weights as inputs too
    const std::string what = fmt::format("input '{}'", printable(input.name()));
    if (!input.type().has_tensor_type()) {
      fail(what + ": is no tensor (sequences, maps and optional values are not supported)");
    }
    const auto& type = input.type().tensor_type();
    const auto dtype = dtype_of(type.elem_type());
    if (!dtype) fail(fmt::format("{}: data type {} is not supported", what, type.elem_type()));
    if (!type.has_shape()) fail(what + ": has no shape, not even a rank");
    Tensor tensor;
    tensor.name = input.name();
    tensor.dtype = *dtype;
    const TensorId id{static_cast<std::int32_t>(graph_.tensors.size())};
    for (const auto& dim : type.shape().dim()) {
      const bool known = dim.has_dim_value() && dim.dim_value() > 0;
      if (!known && !dim.dim_param().empty()) {
        graph::FlexibleDim flexible;
        flexible.input = id;
        flexible.axis = tensor.shape.size();
        flexible.symbol = dim.dim_param();
        graph_.flexible.push_back(std::move(flexible));
      }
      tensor.shape.push_back(known ? dim.dim_value() : graph::unknown_dim);
    }
    define(input.name(), emitter_.add(std::move(tensor)));
    graph_.inputs.push_back(id);
  }
}

bool Walker::fix_value(const graph::DimBinding& binding) {
  for (const graph::FlexibleDim& dim : graph_.flexible) {
    if (dim.symbol == binding.what) return false;
  }
  const auto found = std::ranges::find_if(graph_.inputs, [&](TensorId id) {
    const Tensor& tensor = graph_.at(id);
    return tensor.name == binding.what && tensor.dtype != graph::DType::string &&
           !is_real(tensor.dtype) && (tensor.shape.empty() || tensor.shape == Shape{1});
  });
  if (found == graph_.inputs.end()) return false;
  Tensor& tensor = graph_.at(*found);
  tensor =
      constant_of({tensor.shape, tensor.dtype, {static_cast<double>(binding.size)}}, tensor.name);
  graph_.inputs.erase(found);
  return true;
}

void Walker::bind() {
  std::vector<graph::DimBinding> sizes;
  for (const graph::DimBinding& binding : options_.dims) {
    if (!fix_value(binding) && !bind_result(binding)) sizes.push_back(binding);
  }
  graph::bind_dimensions(graph_, sizes);
  // An app gets a converted model, with the sizes that conversion has fixed.
  for (Tensor& tensor : graph_.tensors) tensor.dynamic = false;
  bind_equal_symbols();
  graph::require_bound(graph_);
  for (const graph::FlexibleDim& dim : graph_.flexible) {
    const std::int64_t size = graph_.at(dim.input).shape[dim.axis];
    const auto [known, added] = symbols_.emplace(dim.symbol, size);
    if (!added && known->second != size) {
      fail(fmt::format("dimension '{}' is bound to both {} and {}", printable(dim.symbol),
                       known->second, size));
    }
  }
}

/// Where one dimension of a symbol is bound by its place, the others follow.
void Walker::bind_equal_symbols() {
  std::unordered_map<std::string, std::int64_t> known;
  for (const graph::FlexibleDim& dim : graph_.flexible) {
    const std::int64_t size = graph_.at(dim.input).shape[dim.axis];
    if (size != graph::unknown_dim) known.emplace(dim.symbol, size);
  }
  for (const graph::FlexibleDim& dim : graph_.flexible) {
    std::int64_t& size = graph_.at(dim.input).shape[dim.axis];
    const auto found = known.find(dim.symbol);
    if (size == graph::unknown_dim && found != known.end()) size = found->second;
  }
}

/// A symbol that stands only in types of results: how much an operation finds in the data.
bool Walker::bind_result(const graph::DimBinding& binding) {
  for (const graph::FlexibleDim& dim : graph_.flexible) {
    if (dim.symbol == binding.what) return false;
  }
  for (const auto& [name, value] : declared_) {
    for (const auto& dim : value->type().tensor_type().shape().dim()) {
      if (dim.dim_param().empty() || dim.dim_param() != binding.what) continue;
      if (binding.size < 1) {
        fail(fmt::format("--dim {}={}: expected a size of 1 or more", printable(binding.what),
                         binding.size));
      }
      symbols_[binding.what] = binding.size;
      return true;
    }
  }
  return false;
}

std::optional<std::vector<TensorType>> Walker::declared(const Call& call) const {
  std::vector<TensorType> types;
  for (std::size_t i = 0; i < call.output_count(); ++i) {
    const auto found = declared_.find(call.node().output(static_cast<int>(i)));
    if (found == declared_.end() || !found->second->type().tensor_type().has_shape()) {
      return std::nullopt;
    }
    const auto& type = found->second->type().tensor_type();
    const auto dtype = dtype_of(type.elem_type());
    if (!dtype) return std::nullopt;
    TensorType result{{}, *dtype};
    for (const auto& dim : type.shape().dim()) {
      const auto symbol = symbols_.find(dim.dim_param());
      const std::int64_t size = symbol != symbols_.end() ? symbol->second : dim.dim_value();
      if (size < 1) return std::nullopt;
      result.shape.push_back(size);
    }
    (void)graph::element_count(result.shape);
    types.push_back(std::move(result));
  }
  return types;
}

}  // namespace anesim::onnx
