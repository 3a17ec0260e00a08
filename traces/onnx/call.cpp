#include "traces/onnx/call.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/core/text.h"
#include "traces/onnx/proto.h"

namespace anesim::onnx {

Call::Call(Emitter& emitter, const ::onnx::NodeProto& node,
           std::vector<std::optional<TensorId>> inputs, std::int64_t opset)
    : emitter_(emitter), node_(node), inputs_(std::move(inputs)), opset_(opset) {
  name_ = node.name();
  for (int i = 0; name_.empty() && i < node.output_size(); ++i) name_ = node.output(i);
  if (name_.empty()) name_ = node.op_type();
}

const std::string& Call::type() const { return node_.op_type(); }

void Call::fail(const std::string& what) const {
  throw UserError({emitter_.graph().file, 0, 0},
                  fmt::format("{} '{}': {}", printable(type()), printable(name_), what));
}

TensorId Call::in(std::size_t i) const {
  if (!has(i)) fail(fmt::format("input {} is missing", i));
  return *inputs_[i];
}

std::vector<TensorId> Call::all() const {
  std::vector<TensorId> present;
  for (const auto& input : inputs_) {
    if (input) present.push_back(*input);
  }
  if (present.empty()) fail("has no input");
  return present;
}

std::optional<Array> Call::array_in(std::size_t i) const {
  if (!has(i)) return std::nullopt;
  return array_of(graph().at(*inputs_[i]));
}

std::optional<Ints> Call::ints_in(std::size_t i) const {
  if (!has(i)) return std::nullopt;
  const graph::Tensor& found = tensor(in(i));
  if (const auto* values = found.literal ? std::get_if<Ints>(&found.literal->values) : nullptr) {
    if (std::ranges::find(*values, unknown_value) == values->end()) return *values;
    fail(fmt::format("input {} ('{}') has values that are absent from the file (external data)", i,
                     printable(found.name)));
  }
  fail(fmt::format("input {} ('{}') depends on values of the run (expected integers known before)",
                   i, printable(found.name)));
}

std::optional<double> Call::number_in(std::size_t i) const {
  if (!has(i)) return std::nullopt;
  const auto array = array_in(i);
  if (!array || array->values.size() != 1) {
    fail(fmt::format("input {} ('{}') is no number known before the run", i,
                     printable(tensor(in(i)).name)));
  }
  return array->values.front();
}

std::size_t Call::output_count() const { return static_cast<std::size_t>(node_.output_size()); }

bool Call::wants(std::size_t output) const {
  return output < output_count() && !node_.output(static_cast<int>(output)).empty();
}

const ::onnx::AttributeProto* Call::attribute(std::string_view name) const {
  for (const auto& attribute : node_.attribute()) {
    if (attribute.name() == name) return &attribute;
  }
  return nullptr;
}

std::int64_t Call::integer(std::string_view name, std::int64_t otherwise) const {
  const auto* found = attribute(name);
  return found != nullptr ? found->i() : otherwise;
}

double Call::number(std::string_view name, double otherwise) const {
  const auto* found = attribute(name);
  return found != nullptr ? static_cast<double>(found->f()) : otherwise;
}

std::string Call::word(std::string_view name, std::string_view otherwise) const {
  const auto* found = attribute(name);
  return found != nullptr ? found->s() : std::string(otherwise);
}

std::optional<Ints> Call::ints(std::string_view name) const {
  const auto* found = attribute(name);
  if (found == nullptr) return std::nullopt;
  return Ints(found->ints().begin(), found->ints().end());
}

std::optional<std::vector<double>> Call::numbers(std::string_view name) const {
  const auto* found = attribute(name);
  if (found == nullptr) return std::nullopt;
  return std::vector<double>(found->floats().begin(), found->floats().end());
}

std::vector<std::string> Call::words(std::string_view name) const {
  const auto* found = attribute(name);
  if (found == nullptr) return {};
  return {found->strings().begin(), found->strings().end()};
}

std::size_t Call::axis(std::int64_t axis, std::size_t rank) const {
  const auto signed_rank = static_cast<std::int64_t>(rank);
  if (axis < -signed_rank || axis >= signed_rank) {
    fail(fmt::format("axis {} is outside rank {}", axis, rank));
  }
  return static_cast<std::size_t>(axis < 0 ? axis + signed_rank : axis);
}

std::int64_t Call::product(std::int64_t a, std::int64_t b) const {
  std::int64_t result = 0;
  if (__builtin_mul_overflow(a, b, &result)) fail(fmt::format("{} times {} overflows", a, b));
  return result;
}

std::int64_t Call::product(const Shape& shape, std::size_t first, std::size_t last) const {
  std::int64_t result = 1;
  for (std::size_t i = first; i < last; ++i) result = product(result, shape[i]);
  return result;
}

std::vector<TensorId> Call::ops(std::string_view type, const Arguments& arguments,
                                std::string_view suffix) const {
  return emitter_.emit(type, arguments,
                       suffix.empty() ? name_ : fmt::format("{}/{}", name_, suffix));
}

TensorId Call::op(std::string_view type, const Arguments& arguments,
                  std::string_view suffix) const {
  const auto results = ops(type, arguments, suffix);
  check(results.size() == 1, "a mapping expects one result");
  return results.front();
}

TensorId Call::reshape(TensorId x, const Shape& to, std::string_view suffix) const {
  if (shape(x) == to) return x;
  // A shape without dimensions is a list without values, which the rules do not take.
  if (to.empty()) return op("squeeze", {{"x", {x}}}, suffix);
  return op("reshape", {{"x", {x}}, {"shape", {ints_of(to)}}}, suffix);
}

TensorId Call::transpose(TensorId x, const Ints& perm, std::string_view suffix) const {
  return op("transpose", {{"x", {x}}, {"perm", {ints_of(perm)}}}, suffix);
}

TensorId Call::weight(const Shape& shape, graph::DType dtype, std::string_view suffix) const {
  graph::Tensor tensor;
  tensor.name = fmt::format("{}/{}", name_, suffix);
  tensor.shape = shape;
  tensor.dtype = dtype;
  tensor.constant = true;
  tensor.storage.stored = dtype;
  tensor.storage.bits = bit_width(dtype);
  return emitter_.add(std::move(tensor));
}

}  // namespace anesim::onnx
