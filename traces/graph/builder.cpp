#include "traces/graph/builder.h"

#include <fmt/format.h>

#include "sim/core/text.h"
#include "traces/graph/shape_rules.h"

namespace anesim::graph {

namespace {
TensorId append(Graph& graph, Tensor tensor) {
  graph.tensors.push_back(std::move(tensor));
  return {static_cast<std::int32_t>(graph.tensors.size() - 1)};
}

template <class T>
Tensor literal_tensor(std::string name, Shape shape, DType dtype, std::vector<T> values) {
  Tensor tensor;
  tensor.name = std::move(name);
  tensor.shape = std::move(shape);
  tensor.dtype = dtype;
  tensor.constant = true;
  tensor.storage.stored = dtype;
  tensor.storage.bits = bit_width(dtype);
  tensor.literal = Literal{std::move(values)};
  return tensor;
}
}  // namespace

Builder::Builder(std::string name) { graph_.name = std::move(name); }

TensorId Builder::input(std::string name, Shape shape, DType dtype) {
  Tensor tensor;
  tensor.name = std::move(name);
  tensor.shape = std::move(shape);
  tensor.dtype = dtype;
  const TensorId id = append(graph_, std::move(tensor));
  graph_.inputs.push_back(id);
  return id;
}

TensorId Builder::state(std::string name, Shape shape, DType dtype) {
  const TensorId id = input(std::move(name), std::move(shape), dtype);
  graph_.at(id).state = true;
  return id;
}

TensorId Builder::weight(std::string name, Shape shape, StorageFormat format) {
  Tensor tensor;
  tensor.name = std::move(name);
  tensor.shape = std::move(shape);
  tensor.constant = true;
  // Quantised weights reach the arithmetic as fp16, dense ones as what they are.
  tensor.dtype = format.encoding == Encoding::dense ? format.stored : DType::fp16;
  tensor.storage = format;
  return append(graph_, std::move(tensor));
}

TensorId Builder::constant(std::string key, Tensor tensor) {
  const auto found = constants_.find(key);
  if (found != constants_.end()) return found->second;
  const TensorId id = append(graph_, std::move(tensor));
  constants_.emplace(std::move(key), id);
  return id;
}

TensorId Builder::ints(std::vector<std::int64_t> values) {
  const std::string name = fmt::format("int32 {}", fmt::join(values, " "));
  const auto found = constants_.find("v" + name);
  if (found != constants_.end()) return found->second;
  Shape shape = {static_cast<std::int64_t>(values.size())};
  return constant("v" + name,
                  literal_tensor(name, std::move(shape), DType::int32, std::move(values)));
}

TensorId Builder::integer(std::int64_t value) {
  std::string name = fmt::format("int32 {}", value);
  const auto found = constants_.find("s" + name);
  if (found != constants_.end()) return found->second;
  std::string key = "s" + name;
  return constant(std::move(key),
                  literal_tensor(std::move(name), {}, DType::int32, std::vector{value}));
}

TensorId Builder::boolean(bool value) {
  const std::string name = value ? "true" : "false";
  return constant("s" + name, literal_tensor(name, {}, DType::boolean, std::vector<bool>{value}));
}

TensorId Builder::bools(std::vector<bool> values) {
  std::string name = "bool";
  for (const bool value : values) name += value ? " true" : " false";
  Shape shape = {static_cast<std::int64_t>(values.size())};
  return constant("v" + name,
                  literal_tensor(name, std::move(shape), DType::boolean, std::move(values)));
}

TensorId Builder::number(double value, DType dtype) {
  const std::string key = fmt::format("{} {}", anesim::graph::name(dtype), value);
  return constant("s" + key, literal_tensor(key, {}, dtype, std::vector{value}));
}

TensorId Builder::text(std::string value) {
  const std::string key = "t" + value;
  const auto found = constants_.find(key);
  if (found != constants_.end()) return found->second;
  std::string name = value;
  return constant(
      key, literal_tensor(std::move(name), {}, DType::string, std::vector{std::move(value)}));
}

TensorId Builder::op(std::string_view type, Arguments arguments, std::string name) {
  const std::vector<TensorId> results = op_many(type, std::move(arguments), std::move(name));
  if (results.size() != 1) {
    const Op& op = graph_.ops.back();
    throw UserError(fmt::format("{} '{}': has {} results (expected one)", printable(op.type),
                                printable(op.name), results.size()));
  }
  return results.front();
}

std::vector<TensorId> Builder::op_many(std::string_view type, Arguments arguments,
                                       std::string name) {
  Op op;
  op.type = type;
  if (name.empty()) {
    do {
      name = fmt::format("{}_{}", type, counter_++);
    } while (names_.contains(name));
  }
  if (names_.contains(name)) {
    throw UserError(fmt::format("{} '{}': name is used twice", printable(type), printable(name)));
  }
  op.name = std::move(name);
  op.arguments.reserve(arguments.size());
  for (auto& [parameter, tensors] : arguments) {
    op.arguments.push_back({std::move(parameter), std::move(tensors)});
  }
  if (!is_known_op(type)) {
    throw UserError(fmt::format("{} '{}': unknown operation{}", printable(type), printable(op.name),
                                did_you_mean(type, known_ops())));
  }
  const auto types = infer(graph_, op);
  if (!types) {
    throw UserError(fmt::format("{} '{}': result shape depends on values of the run",
                                printable(type), printable(op.name)));
  }
  return finish_op(std::move(op), *types);
}

std::vector<TensorId> Builder::opaque(std::string_view type, Arguments arguments,
                                      std::vector<TensorType> results, std::string name) {
  Op op;
  op.type = type;
  op.name = std::move(name);
  op.arguments.reserve(arguments.size());
  for (auto& [parameter, tensors] : arguments) {
    op.arguments.push_back({std::move(parameter), std::move(tensors)});
  }
  return finish_op(std::move(op), results);
}

/// Appends the op with a tensor for each result.
std::vector<TensorId> Builder::finish_op(Op op, const std::vector<TensorType>& types) {
  for (std::size_t i = 0; i < types.size(); ++i) {
    Tensor tensor;
    tensor.name = types.size() == 1 ? op.name : fmt::format("{}_{}", op.name, i);
    tensor.shape = types[i].shape;
    tensor.dtype = types[i].dtype;
    op.outputs.push_back(append(graph_, std::move(tensor)));
  }
  names_.insert(op.name);
  graph_.ops.push_back(std::move(op));
  return graph_.ops.back().outputs;
}

Graph Builder::finish(std::vector<TensorId> outputs) {
  graph_.outputs = std::move(outputs);
  constants_.clear();
  names_.clear();
  counter_ = 0;
  return std::exchange(graph_, Graph{});
}

}  // namespace anesim::graph
