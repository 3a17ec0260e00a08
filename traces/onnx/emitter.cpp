#include "traces/onnx/emitter.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "sim/core/text.h"

namespace anesim::onnx {

using graph::DType;
using graph::Op;
using graph::Tensor;
using graph::TensorId;
using graph::TensorType;

TensorId Emitter::add(Tensor tensor) {
  if (graph_.tensors.size() >= std::numeric_limits<std::int32_t>::max()) {
    throw UserError({graph_.file, 0, 0}, "over 2^31 tensors");
  }
  graph_.tensors.push_back(std::move(tensor));
  return {static_cast<std::int32_t>(graph_.tensors.size() - 1)};
}

TensorId Emitter::parameter(const std::string& key, const Array& array) {
  const auto found = parameters_.find(key);
  if (found != parameters_.end()) return found->second;
  const TensorId id = add(constant_of(array, key));
  parameters_.emplace(key, id);
  return id;
}

TensorId Emitter::ints(const std::vector<std::int64_t>& values) {
  const Array array{
      {static_cast<std::int64_t>(values.size())}, DType::int32, {values.begin(), values.end()}};
  return parameter(fmt::format("int32 [{}]", fmt::join(values, " ")), array);
}

TensorId Emitter::integer(std::int64_t value) {
  return parameter(fmt::format("int32 {}", value),
                   {{}, DType::int32, {static_cast<double>(value)}});
}

TensorId Emitter::flag(bool value) {
  return parameter(value ? "true" : "false", {{}, DType::boolean, {value ? 1.0 : 0.0}});
}

TensorId Emitter::flags(const std::vector<bool>& values) {
  std::string key = "bool";
  for (const bool value : values) key += value ? " true" : " false";
  const Array array{
      {static_cast<std::int64_t>(values.size())}, DType::boolean, {values.begin(), values.end()}};
  return parameter(key, array);
}

TensorId Emitter::number(double value) {
  return parameter(fmt::format("fp16 {}", value), {{}, DType::fp16, {value}});
}

TensorId Emitter::word(const std::string& value) {
  const std::string key = "text " + value;
  const auto found = parameters_.find(key);
  if (found != parameters_.end()) return found->second;
  Tensor tensor;
  tensor.name = value;
  tensor.dtype = DType::string;
  tensor.constant = true;
  tensor.storage.stored = DType::string;
  tensor.storage.bits = 0;
  tensor.literal = graph::Literal{std::vector<std::string>{value}};
  const TensorId id = add(std::move(tensor));
  parameters_.emplace(key, id);
  return id;
}

std::string Emitter::unique(const std::string& name) {
  if (names_.insert(name).second) return name;
  int& number = repeats_[name];
  std::string candidate;
  do {
    candidate = fmt::format("{}_{}", name, ++number);
  } while (!names_.insert(candidate).second);
  return candidate;
}

Op Emitter::operation(std::string_view type, const Arguments& arguments, const std::string& name) {
  Op op;
  op.type = type;
  op.name = name.empty() ? std::string(type) : name;
  for (const auto& [parameter, tensors] : arguments) {
    op.arguments.push_back({std::string(parameter), tensors});
  }
  return op;
}

namespace {
/// Operations that only move numbers: a quantised constant stays as it is stored.
constexpr std::array moves = std::to_array<std::string_view>(
    {"expand_dims", "reshape", "slice_by_index", "split", "squeeze", "tile", "transpose"});

bool all_constant(const graph::Graph& graph, const Op& op) {
  for (const graph::Argument& argument : op.arguments) {
    for (const TensorId id : argument.tensors) {
      if (!graph.at(id).constant) return false;
    }
  }
  return op.blocks.empty() && !op.type.starts_with("random");
}
}  // namespace

std::vector<TensorId> Emitter::finish(Op op, const std::vector<TensorType>& types) {
  const bool folded = all_constant(graph_, op);
  if (!folded) op.name = unique(op.name);
  for (std::size_t i = 0; i < types.size(); ++i) {
    Tensor tensor;
    tensor.name = types.size() == 1 ? op.name : fmt::format("{}_{}", op.name, i);
    tensor.shape = types[i].shape;
    tensor.dtype = types[i].dtype;
    if (folded) {
      tensor.constant = true;
      tensor.storage.stored = tensor.dtype;
      tensor.storage.bits = bit_width(tensor.dtype);
      if (const auto x = graph::find_input(op, "x");
          x && std::ranges::find(moves, op.type) != moves.end()) {
        tensor.storage = graph_.at(*x).storage;
      }
    }
    op.outputs.push_back(add(std::move(tensor)));
  }
  std::vector<TensorId> outputs = op.outputs;
  if (!folded) ops_->push_back(std::move(op));
  return outputs;
}

std::vector<TensorId> Emitter::emit(std::string_view type, const Arguments& arguments,
                                    const std::string& name) {
  Op op = operation(type, arguments, name);
  check(graph::is_known_op(type), "a mapping names an operation without a shape rule");
  const auto types = graph::infer(graph_, op);
  if (!types) {
    throw UserError(graph_.place(op),
                    fmt::format("{} '{}': result shape depends on values of the run",
                                printable(op.type), printable(op.name)));
  }
  return finish(std::move(op), *types);
}

std::optional<std::vector<TensorId>> Emitter::emit_blocks(std::string_view type,
                                                          const Arguments& arguments,
                                                          const std::string& name,
                                                          std::vector<graph::Block> blocks) {
  Op op = operation(type, arguments, name);
  op.blocks = std::move(blocks);
  const auto types = graph::infer(graph_, op);
  if (!types) return std::nullopt;
  return finish(std::move(op), *types);
}

std::vector<TensorId> Emitter::emit_as(std::string_view type, const Arguments& arguments,
                                       const std::string& name,
                                       const std::vector<TensorType>& types) {
  return finish(operation(type, arguments, name), types);
}

}  // namespace anesim::onnx
