// Constants of a model: initialisers and Constant nodes.
#include <fmt/format.h>

#include "sim/core/text.h"
#include "traces/onnx/walker.h"

namespace anesim::onnx {

using graph::Tensor;
using ::onnx::GraphProto;

void Walker::read_constants(const GraphProto& scope) {
  for (const auto& proto : scope.initializer()) {
    const std::string what = fmt::format("initializer '{}'", printable(proto.name()));
    define(proto.name(), stored_constant(proto, what));
  }
  for (const auto& sparse : scope.sparse_initializer()) {
    define(sparse.values().name(), sparse_constant(sparse));
  }
}

TensorId Walker::stored_constant(const ::onnx::TensorProto& proto, const std::string& what) {
  if (!in_copy_) {
    if (const auto found = stored_.find(&proto); found != stored_.end()) return found->second;
  }
  const TensorId id = emitter_.add(tensor_of(proto, what, source_));
  if (!in_copy_) stored_.emplace(&proto, id);
  return id;
}

TensorId Walker::sparse_constant(const ::onnx::SparseTensorProto& sparse) {
  const std::string what = fmt::format("initializer '{}'", printable(sparse.values().name()));
  Tensor tensor = tensor_of(sparse.values(), what, source_);
  const std::int64_t stored = graph::element_count(tensor.shape);
  ::onnx::TensorProto whole;
  whole.set_name(sparse.values().name());
  whole.set_data_type(sparse.values().data_type());
  *whole.mutable_dims() = sparse.dims();
  tensor.shape = tensor_of(whole, what, source_).shape;
  const std::int64_t elements = graph::element_count(tensor.shape);
  if (stored > elements || elements == 0) {
    fail(fmt::format("{}: {} values of {} elements", what, stored, elements));
  }
  tensor.literal.reset();
  tensor.storage.encoding = graph::Encoding::sparse;
  tensor.storage.nonzero_fraction = static_cast<double>(stored) / static_cast<double>(elements);
  return emitter_.add(std::move(tensor));
}

TensorId Walker::constant_node(const Call& call) {
  const auto named = [&call](Array array) { return constant_of(array, call.name()); };
  const auto vector = [&](graph::DType dtype, const auto& values) {
    Array array{{static_cast<std::int64_t>(values.size())}, dtype, {}};
    array.values.assign(values.begin(), values.end());
    return emitter_.add(named(std::move(array)));
  };
  const std::string what = fmt::format("Constant '{}'", printable(call.name()));
  for (const auto& attribute : call.node().attribute()) {
    if (attribute.name() == "value") {
      return stored_constant(attribute.t(), what);
    }
    if (attribute.name() == "sparse_value") return sparse_constant(attribute.sparse_tensor());
    if (attribute.name() == "value_int") {
      const auto value = static_cast<double>(attribute.i());
      return emitter_.add(named({{}, graph::DType::int32, {value}}));
    }
    if (attribute.name() == "value_float") {
      const auto value = static_cast<double>(attribute.f());
      return emitter_.add(named({{}, graph::DType::fp16, {value}}));
    }
    if (attribute.name() == "value_ints") return vector(graph::DType::int32, attribute.ints());
    if (attribute.name() == "value_floats") return vector(graph::DType::fp16, attribute.floats());
    if (attribute.name() == "value_string") return emitter_.word(attribute.s());
  }
  call.fail("has no value that is known");
}

}  // namespace anesim::onnx
