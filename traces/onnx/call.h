// One node of an ONNX graph as its mapping sees it: inputs, attributes, and the means to emit
// operations in its place.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "traces/onnx/emitter.h"

namespace onnx {
class NodeProto;
class AttributeProto;
}  // namespace onnx

namespace anesim::onnx {

using graph::Shape;
using graph::TensorId;
using Ints = std::vector<std::int64_t>;

class Call {
 public:
  /// `inputs` are in the node's order, nothing where one is left out; `opset` is of its domain.
  Call(Emitter& emitter, const ::onnx::NodeProto& node, std::vector<std::optional<TensorId>> inputs,
       std::int64_t opset);

  [[noreturn]] void fail(const std::string& what) const;
  [[nodiscard]] const std::string& type() const;
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::int64_t opset() const { return opset_; }
  [[nodiscard]] const ::onnx::NodeProto& node() const { return node_; }
  [[nodiscard]] graph::Graph& graph() const { return emitter_.graph(); }
  [[nodiscard]] Emitter& emitter() const { return emitter_; }

  // Inputs and outputs.
  [[nodiscard]] std::size_t input_count() const { return inputs_.size(); }
  [[nodiscard]] bool has(std::size_t i) const { return i < inputs_.size() && inputs_[i]; }
  [[nodiscard]] TensorId in(std::size_t i) const;  ///< fails if it is left out
  [[nodiscard]] std::vector<TensorId> all() const;
  [[nodiscard]] const graph::Tensor& tensor(TensorId id) const { return graph().at(id); }
  [[nodiscard]] const Shape& shape(TensorId id) const { return graph().at(id).shape; }
  [[nodiscard]] const Shape& shape_in(std::size_t i) const { return shape(in(i)); }
  [[nodiscard]] std::size_t rank_in(std::size_t i) const { return shape_in(i).size(); }
  [[nodiscard]] bool constant(TensorId id) const { return graph().at(id).constant; }
  /// Values of an input; nothing if it is left out. Fails if they depend on the run.
  [[nodiscard]] std::optional<Ints> ints_in(std::size_t i) const;
  [[nodiscard]] std::optional<double> number_in(std::size_t i) const;
  /// Values if they are known.
  [[nodiscard]] std::optional<Array> array_in(std::size_t i) const;
  [[nodiscard]] std::size_t output_count() const;
  [[nodiscard]] bool wants(std::size_t output) const;  ///< somebody may read it

  // Attributes.
  [[nodiscard]] const ::onnx::AttributeProto* attribute(std::string_view name) const;
  [[nodiscard]] std::int64_t integer(std::string_view name, std::int64_t otherwise) const;
  [[nodiscard]] double number(std::string_view name, double otherwise) const;
  [[nodiscard]] std::string word(std::string_view name, std::string_view otherwise) const;
  [[nodiscard]] std::optional<Ints> ints(std::string_view name) const;
  [[nodiscard]] std::optional<std::vector<double>> numbers(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> words(std::string_view name) const;

  // Helpers of many mappings.
  [[nodiscard]] std::size_t axis(std::int64_t axis, std::size_t rank) const;
  [[nodiscard]] std::int64_t product(const Shape&, std::size_t first, std::size_t last) const;
  [[nodiscard]] std::int64_t product(std::int64_t a, std::int64_t b) const;

  // Emission. The last operation of a mapping is named like the node, others get a suffix.
  TensorId op(std::string_view type, const Arguments&, std::string_view suffix = "") const;
  std::vector<TensorId> ops(std::string_view type, const Arguments&,
                            std::string_view suffix = "") const;
  TensorId reshape(TensorId x, const Shape& to, std::string_view suffix = "") const;
  TensorId transpose(TensorId x, const Ints& perm, std::string_view suffix = "") const;
  [[nodiscard]] TensorId number_of(double value) const { return emitter_.number(value); }
  [[nodiscard]] TensorId integer_of(std::int64_t value) const { return emitter_.integer(value); }
  [[nodiscard]] TensorId ints_of(const Ints& values) const { return emitter_.ints(values); }
  [[nodiscard]] TensorId flag_of(bool value) const { return emitter_.flag(value); }
  [[nodiscard]] TensorId word_of(const std::string& value) const { return emitter_.word(value); }
  /// A constant of which only shape and type are known.
  TensorId weight(const Shape&, graph::DType, std::string_view suffix) const;

  std::string_view target;  ///< operation that the table of mappings names

 private:
  Emitter& emitter_;
  const ::onnx::NodeProto& node_;
  std::vector<std::optional<TensorId>> inputs_;
  std::int64_t opset_;
  std::string name_;
};

/// The tensors that take the places of a node's outputs; fewer where the rest are not wanted.
using Results = std::vector<TensorId>;
using Mapping = Results (*)(const Call&);

}  // namespace anesim::onnx
