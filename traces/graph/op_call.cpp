#include "traces/graph/op_call.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/core/text.h"

namespace anesim::graph {

namespace {
constexpr std::int64_t largest = std::int64_t{1} << 40;
}

void OpCall::fail(const std::string& what) const {
  throw UserError(graph_.place(op_),
                  fmt::format("{} '{}': {}", printable(op_.type), printable(op_.name), what));
}

const Tensor* OpCall::find(std::string_view parameter) const {
  const auto id = find_input(op_, parameter);
  return id ? &graph_.at(*id) : nullptr;
}

const Tensor& OpCall::tensor(std::string_view parameter) const {
  const Tensor* found = find(parameter);
  if (found == nullptr) fail(fmt::format("parameter '{}' is missing", parameter));
  return *found;
}

std::vector<const Tensor*> OpCall::tensors(std::string_view parameter) const {
  std::vector<const Tensor*> found;
  for (const TensorId id : inputs_of(op_, parameter)) found.push_back(&graph_.at(id));
  if (found.empty()) fail(fmt::format("parameter '{}' is missing", parameter));
  return found;
}

void OpCall::require_value(std::string_view parameter) const {
  const Tensor* found = find(parameter);
  if (found != nullptr && !found->literal) throw ValueUnknown{};
}

std::optional<std::vector<std::int64_t>> OpCall::ints(std::string_view parameter) const {
  require_value(parameter);
  auto values = find_ints(graph_, op_, parameter);
  if (!values) return values;
  for (const std::int64_t value : *values) {
    if (value > largest || value < -largest) {
      fail(
          fmt::format("parameter '{}' has the value {} (expected at most 2^40)", parameter, value));
    }
  }
  return values;
}

std::vector<std::int64_t> OpCall::need_ints(std::string_view parameter) const {
  auto values = ints(parameter);
  if (!values) fail(fmt::format("parameter '{}' is missing", parameter));
  return std::move(*values);
}

std::vector<std::int64_t> OpCall::clamped_ints(std::string_view parameter) const {
  require_value(parameter);
  auto values = find_ints(graph_, op_, parameter);
  if (!values) fail(fmt::format("parameter '{}' is missing", parameter));
  for (std::int64_t& value : *values) value = std::clamp(value, -largest, largest);
  return std::move(*values);
}

std::int64_t OpCall::integer(std::string_view parameter, std::int64_t otherwise) const {
  const auto values = ints(parameter);
  if (!values) return otherwise;
  if (values->size() != 1) {
    fail(fmt::format("parameter '{}' has {} values (expected one)", parameter, values->size()));
  }
  return values->front();
}

std::int64_t OpCall::need_integer(std::string_view parameter) const {
  (void)tensor(parameter);
  return integer(parameter, 0);
}

bool OpCall::flag(std::string_view parameter, bool otherwise) const {
  require_value(parameter);
  return find_bool(graph_, op_, parameter).value_or(otherwise);
}

std::vector<bool> OpCall::flags(std::string_view parameter, std::size_t count) const {
  require_value(parameter);
  auto values = find_bools(graph_, op_, parameter);
  if (!values) return std::vector<bool>(count, false);
  if (values->size() != count) {
    fail(fmt::format("parameter '{}' has {} values (expected {})", parameter, values->size(),
                     count));
  }
  return std::move(*values);
}

double OpCall::number(std::string_view parameter, double otherwise) const {
  require_value(parameter);
  return find_double(graph_, op_, parameter).value_or(otherwise);
}

std::string OpCall::word(std::string_view parameter, std::string_view otherwise) const {
  require_value(parameter);
  auto value = find_string(graph_, op_, parameter);
  return value ? std::move(*value) : std::string(otherwise);
}

DType OpCall::dtype(std::string_view parameter, DType otherwise) const {
  if (find(parameter) == nullptr) return otherwise;
  const std::string spelled = word(parameter, "");
  const auto type = parse_dtype(spelled);
  if (!type) {
    fail(fmt::format("parameter '{}' names the unknown type '{}'", parameter, printable(spelled)));
  }
  return *type;
}

std::size_t OpCall::axis(std::int64_t axis, std::size_t rank) const {
  const auto signed_rank = static_cast<std::int64_t>(rank);
  if (axis < -signed_rank || axis >= signed_rank) {
    if (rank == 0) fail(fmt::format("axis {} of a scalar", axis));
    fail(fmt::format("axis {} is outside rank {} (expected 0..{})", axis, rank, rank - 1));
  }
  return static_cast<std::size_t>(axis < 0 ? axis + signed_rank : axis);
}

std::vector<std::size_t> OpCall::axes(std::string_view parameter, std::size_t rank) const {
  std::vector<std::size_t> result;
  if (const auto values = ints(parameter)) {
    for (const std::int64_t value : *values) result.push_back(axis(value, rank));
    std::sort(result.begin(), result.end());
    if (std::adjacent_find(result.begin(), result.end()) != result.end()) {
      fail(fmt::format("parameter '{}' names an axis twice", parameter));
    }
  } else {
    for (std::size_t i = 0; i < rank; ++i) result.push_back(i);
  }
  return result;
}

const Tensor& OpCall::ranked(std::string_view parameter, std::size_t low, std::size_t high) const {
  const Tensor& found = tensor(parameter);
  const std::size_t rank = found.shape.size();
  if (rank < low || rank > high) {
    fail(fmt::format("'{}' has rank {} (expected {})", parameter, rank,
                     low == high ? std::to_string(low) : fmt::format("{}..{}", low, high)));
  }
  return found;
}

std::int64_t OpCall::product(std::int64_t a, std::int64_t b) const {
  std::int64_t result = 0;
  if (__builtin_mul_overflow(a, b, &result)) fail(fmt::format("{} times {} overflows", a, b));
  return result;
}

std::int64_t OpCall::product(std::span<const std::int64_t> values) const {
  std::int64_t result = 1;
  for (const std::int64_t value : values) result = product(result, value);
  return result;
}

std::int64_t OpCall::elements(const Shape& shape) const {
  try {
    return element_count(shape);
  } catch (const UserError& error) {
    fail(error.what());
  }
}

Shape OpCall::broadcast(const Shape& a, const Shape& b) const {
  const Shape& longer = a.size() >= b.size() ? a : b;
  const Shape& shorter = a.size() >= b.size() ? b : a;
  Shape result = longer;
  const std::size_t offset = longer.size() - shorter.size();
  for (std::size_t i = 0; i < shorter.size(); ++i) {
    std::int64_t& dim = result[offset + i];
    const std::int64_t other = shorter[i];
    if (dim == 1) {
      dim = other;
    } else if (other != 1 && other != dim) {
      fail(fmt::format("shapes {} and {} do not broadcast", text(a), text(b)));
    }
  }
  return result;
}

}  // namespace anesim::graph
