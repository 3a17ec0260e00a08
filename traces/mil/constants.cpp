#include "traces/mil/constants.h"

#include <fmt/format.h>

#include "sim/core/text.h"

namespace anesim::mil {

namespace {
void check_path(const Blob& blob, const Place& place) {
  std::string_view path = blob.path;
  constexpr std::string_view prefix = "@model_path/";
  if (path.starts_with(prefix)) path.remove_prefix(prefix.size());
  const auto refuse = [&](std::string_view why) {
    throw UserError(place, fmt::format("weight path '{}' {} (expected a path inside the model's "
                                       "folder, as '@model_path/weights/weight.bin')",
                                       printable(blob.path), why));
  };
  if (path.empty()) refuse("is empty");
  if (path.front() == '/' || path.front() == '\\') refuse("is absolute");
  for (std::size_t from = 0; from <= path.size();) {
    std::size_t end = path.find_first_of("/\\", from);
    if (end == std::string_view::npos) end = path.size();
    if (path.substr(from, end - from) == "..") refuse("leaves the folder by '..'");
    from = end + 1;
  }
}

bool is_real(graph::DType type) {
  using graph::DType;
  return type == DType::fp16 || type == DType::fp32 || type == DType::fp64 || type == DType::bf16 ||
         type == DType::fp8e4m3fn || type == DType::fp8e5m2;
}

template <class T>
graph::Literal take(const std::vector<T>& values) {
  return {values};
}

/// Values in the kind their type asks for; nothing if they cannot be.
std::optional<graph::Literal> as_literal(const Literal& literal, graph::DType type) {
  using graph::DType;
  if (const auto* flags = std::get_if<std::vector<bool>>(&literal.values)) {
    if (type == DType::boolean) return take(*flags);
  } else if (const auto* texts = std::get_if<std::vector<std::string>>(&literal.values)) {
    if (type == DType::string) return take(*texts);
  } else if (const auto* reals = std::get_if<std::vector<double>>(&literal.values)) {
    if (is_real(type)) return take(*reals);
  } else if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&literal.values)) {
    if (is_real(type)) {
      return take(std::vector<double>(integers->begin(), integers->end()));
    }
    if (type == DType::boolean) {  // generators write flags as 0 and 1
      return take(std::vector<bool>(integers->begin(), integers->end()));
    }
    if (type != DType::string) return take(*integers);
  }
  return std::nullopt;
}

std::optional<std::int64_t> count_of(const Literal& literal) {
  return std::visit(
      []<class T>(const T& values) -> std::optional<std::int64_t> {
        if constexpr (std::is_same_v<T, Counted>) {
          return values.count;
        } else if constexpr (std::is_same_v<T, Blob> || std::is_same_v<T, Group>) {
          return std::nullopt;
        } else {
          return static_cast<std::int64_t>(values.size());
        }
      },
      literal.values);
}
}  // namespace

graph::Tensor constant_tensor(const Value& value, std::string_view name, const std::string& file) {
  const Place place{file, value.at.line, value.at.column};
  graph::Tensor tensor;
  tensor.name = name;
  tensor.constant = true;
  tensor.dtype = value.type.dtype;
  tensor.shape = value.type.shape;
  tensor.storage.stored = tensor.dtype;
  tensor.storage.bits = graph::bit_width(tensor.dtype);
  if (value.type.kind == TypeKind::other) return tensor;  // dictionaries never reach a rule

  std::int64_t elements = 0;
  try {
    elements = graph::element_count(tensor.shape);
  } catch (const UserError& error) {
    throw UserError(place, fmt::format("constant '{}': {}", printable(name), error.what()));
  }
  if (const auto* blob = std::get_if<Blob>(&value.literal.values)) {
    check_path(*blob, place);
    return tensor;
  }
  const auto count = count_of(value.literal);
  if (!count) return tensor;  // a list of tensors
  if (*count != elements) {
    throw UserError(place,
                    fmt::format("constant '{}' has {} values (expected {} for {})", printable(name),
                                *count, elements, graph::text(tensor.shape)));
  }
  if (*count <= longest_literal && !std::holds_alternative<Counted>(value.literal.values)) {
    tensor.literal = as_literal(value.literal, tensor.dtype);
    if (!tensor.literal) {
      throw UserError(place, fmt::format("constant '{}' has values that are no {}", printable(name),
                                         graph::name(tensor.dtype)));
    }
  }
  return tensor;
}

}  // namespace anesim::mil
