#include "traces/graph/graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/core/text.h"

namespace anesim::graph {

std::int64_t element_count(const Shape& shape) {
  std::int64_t count = 1;
  bool overflow = false;
  bool empty = false;
  for (const std::int64_t dim : shape) {
    if (dim == unknown_dim) {
      throw UserError(fmt::format("shape {} has an unknown dimension", text(shape)));
    }
    if (dim < 0) throw UserError(fmt::format("shape {} has a negative dimension", text(shape)));
    empty = empty || dim == 0;
    overflow = overflow || __builtin_mul_overflow(count, dim, &count);
  }
  if (empty) return 0;
  if (overflow) throw UserError(fmt::format("shape {} has over 2^63 elements", text(shape)));
  return count;
}

std::string text(const Shape& shape) {
  std::string out = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (i > 0) out += ", ";
    if (i == 16) return out + "...]";
    out += shape[i] == unknown_dim ? "?" : std::to_string(shape[i]);
  }
  return out + "]";
}

namespace {
std::int64_t packed_bytes(std::int64_t elements, int bits) {
  std::int64_t bytes = 0;
  if (__builtin_mul_overflow(elements / 8, static_cast<std::int64_t>(bits), &bytes) ||
      __builtin_add_overflow(bytes, (elements % 8 * bits + 7) / 8, &bytes)) {
    throw UserError(fmt::format("{} elements of {} bits have over 2^63 bytes", elements, bits));
  }
  return bytes;
}
}  // namespace

std::int64_t stored_bytes(const StorageFormat& format, std::int64_t elements) {
  const bool masked =
      format.encoding == Encoding::sparse || format.encoding == Encoding::sparse_palette;
  std::int64_t stored = elements;
  std::int64_t bytes = format.table_bytes;
  if (masked) {
    const double share = std::clamp(format.nonzero_fraction, 0.0, 1.0);
    if (share < 1) stored = std::llround(static_cast<double>(elements) * share);
    bytes += packed_bytes(elements, 1);
  }
  if (format.vector_size > 1) stored = (stored + format.vector_size - 1) / format.vector_size;
  if (__builtin_add_overflow(bytes, packed_bytes(stored, format.bits), &bytes)) {
    throw UserError(fmt::format("{} elements with tables have over 2^63 bytes", elements));
  }
  return bytes;
}

const std::vector<TensorId>& inputs_of(const Op& op, std::string_view parameter) {
  static const std::vector<TensorId> none;
  for (const Argument& argument : op.arguments) {
    if (argument.parameter == parameter) return argument.tensors;
  }
  return none;
}

std::optional<TensorId> find_input(const Op& op, std::string_view parameter) {
  const std::vector<TensorId>& tensors = inputs_of(op, parameter);
  if (tensors.empty()) return std::nullopt;
  return tensors.front();
}

namespace {
template <class T>
constexpr std::string_view kind = "";
template <>
constexpr std::string_view kind<bool> = "true or false";
template <>
constexpr std::string_view kind<std::int64_t> = "integers";
template <>
constexpr std::string_view kind<double> = "numbers";
template <>
constexpr std::string_view kind<std::string> = "text";

[[noreturn]] void refuse(const Graph& graph, const Op& op, std::string_view parameter,
                         std::string_view came, std::string_view expected) {
  throw UserError(graph.place(op),
                  fmt::format("{} '{}': parameter '{}' {} (expected {})", printable(op.type),
                              printable(op.name), printable(parameter), came, expected));
}

template <class T>
std::optional<std::vector<T>> literal_of(const Graph& graph, const Op& op,
                                         std::string_view parameter) {
  const std::optional<TensorId> id = find_input(op, parameter);
  if (!id) return std::nullopt;
  const Tensor& tensor = graph.at(*id);
  if (!tensor.literal) {
    refuse(graph, op, parameter, "has no value known before the run", kind<T>);
  }
  const auto* values = std::get_if<std::vector<T>>(&tensor.literal->values);
  if (values == nullptr) refuse(graph, op, parameter, "is of the wrong kind", kind<T>);
  return *values;
}

template <class T>
std::optional<T> single_of(const Graph& graph, const Op& op, std::string_view parameter) {
  std::optional<std::vector<T>> values = literal_of<T>(graph, op, parameter);
  if (!values) return std::nullopt;
  if (values->size() != 1) {
    refuse(graph, op, parameter, fmt::format("has {} values", values->size()), "one");
  }
  return std::move(values->front());
}
}  // namespace

std::optional<std::vector<std::int64_t>> find_ints(const Graph& graph, const Op& op,
                                                   std::string_view parameter) {
  return literal_of<std::int64_t>(graph, op, parameter);
}

std::optional<std::int64_t> find_int(const Graph& graph, const Op& op, std::string_view parameter) {
  return single_of<std::int64_t>(graph, op, parameter);
}

std::optional<bool> find_bool(const Graph& graph, const Op& op, std::string_view parameter) {
  const auto values = literal_of<bool>(graph, op, parameter);
  if (!values) return std::nullopt;
  if (values->size() != 1) {
    refuse(graph, op, parameter, fmt::format("has {} values", values->size()), "one");
  }
  return values->front();
}

std::optional<std::vector<bool>> find_bools(const Graph& graph, const Op& op,
                                            std::string_view parameter) {
  return literal_of<bool>(graph, op, parameter);
}

std::optional<double> find_double(const Graph& graph, const Op& op, std::string_view parameter) {
  // Generators write whole numbers without a point: an integer serves where a number is wanted.
  const std::optional<TensorId> id = find_input(op, parameter);
  if (id && graph.at(*id).literal &&
      std::holds_alternative<std::vector<std::int64_t>>(graph.at(*id).literal->values)) {
    return static_cast<double>(*find_int(graph, op, parameter));
  }
  return single_of<double>(graph, op, parameter);
}

std::optional<std::string> find_string(const Graph& graph, const Op& op,
                                       std::string_view parameter) {
  return single_of<std::string>(graph, op, parameter);
}

}  // namespace anesim::graph
