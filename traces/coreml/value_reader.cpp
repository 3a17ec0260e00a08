#include "traces/coreml/value_reader.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cmath>
#include <optional>

#include "traces/mil/constants.h"

namespace anesim::coreml {

namespace {
using graph::DType;

struct Number {
  int number;
  DType dtype;
};
/// MIL.proto, enum DataType.
constexpr std::array data_types = std::to_array<Number>({
    {1, DType::boolean},    {2, DType::string},   {10, DType::fp16},   {11, DType::fp32},
    {12, DType::fp64},      {13, DType::bf16},    {21, DType::int8},   {22, DType::int16},
    {23, DType::int32},     {24, DType::int64},   {25, DType::int4},   {31, DType::uint8},
    {32, DType::uint16},    {33, DType::uint32},  {34, DType::uint64}, {35, DType::uint4},
    {36, DType::uint2},     {37, DType::uint1},   {38, DType::uint6},  {39, DType::uint3},
    {40, DType::fp8e4m3fn}, {41, DType::fp8e5m2},
});

DType read_dtype(Wire& wire) {
  const std::int64_t number = wire.integer();
  for (const Number& known : data_types) {
    if (known.number == number) return known.dtype;
  }
  wire.fail(fmt::format("data type {} is not known", number));
}

std::int64_t read_dimension(Wire& wire) {
  std::int64_t size = 0;
  wire.message([&](int field) {
    if (field == 1) {
      wire.message([&](int inner) {
        if (inner == 1) size = wire.integer();
      });
      if (size < 0) wire.fail(fmt::format("a dimension of {}", static_cast<std::uint64_t>(size)));
    } else if (field == 2) {
      size = graph::unknown_dim;
      wire.message([&](int inner) {
        if (inner == 1 && wire.flag()) wire.fail("a tensor of unknown rank (expected a fixed one)");
      });
    }
  });
  return size;
}

mil::Type read_tensor_type(Wire& wire) {
  mil::Type result;
  result.kind = mil::TypeKind::tensor;
  wire.message([&](int field) {
    if (field == 1) {
      result.dtype = read_dtype(wire);
    } else if (field == 2) {
      if (wire.integer() < 0) wire.fail("a tensor of unknown rank (expected a fixed one)");
    } else if (field == 3) {
      result.shape.push_back(read_dimension(wire));
    }
  });
  return result;
}

mil::Type read_list_type(Wire& wire) {
  mil::Type element;
  std::int64_t length = graph::unknown_dim;
  wire.message([&](int field) {
    if (field == 1) element = read_type(wire);
    if (field == 2) length = read_dimension(wire);
  });
  mil::Type result;
  if (element.kind == mil::TypeKind::tensor) {
    result = std::move(element);
    result.shape.insert(result.shape.begin(), length);
  }
  result.kind = mil::TypeKind::list;
  return result;
}

mil::Type read_state_type(Wire& wire) {
  mil::Type result;
  wire.message([&](int field) {
    if (field == 1) result = read_type(wire);
  });
  if (result.kind != mil::TypeKind::tensor) wire.fail("a state must hold a tensor");
  result.kind = mil::TypeKind::state;
  return result;
}

/// Numbers of a TensorValue as they come, before the type is known.
struct Numbers {
  std::vector<bool> flags;
  std::vector<std::int64_t> integers;
  std::vector<double> reals;
  std::vector<std::string> texts;
  std::string bytes;
  int field = 0;           ///< of TensorValue; 0: none
  std::int64_t count = 0;  ///< bytes of `bytes`, else items

  template <class T>
  void add(std::vector<T>& into, T item) {
    if (++count <= mil::longest_literal) into.push_back(std::move(item));
  }
};

Numbers read_numbers(Wire& wire) {
  Numbers result;
  wire.message([&](int field) {
    if (field < 1 || field > 7) return;
    result = {};
    result.field = field;
    wire.message([&](int inner) {
      if (inner != 1) return;
      switch (field) {
        case 1:  // floats
        case 6:  // doubles
          wire.reals(field == 1 ? 4 : 8, [&](double real) { result.add(result.reals, real); });
          break;
        case 3:
          wire.integers([&](std::int64_t flag) { result.add(result.flags, flag != 0); });
          break;
        case 4:
          result.add(result.texts, wire.text());
          break;
        case 7:
          result.bytes = wire.short_bytes(8 * mil::longest_literal, result.count);
          break;
        default:  // ints, longInts
          wire.integers([&](std::int64_t item) { result.add(result.integers, item); });
      }
    });
  });
  return result;
}

double half(std::uint16_t bits) {
  const int exponent = (bits >> 10) & 31;
  const double fraction = bits & 1023;
  double value = exponent == 31  ? (fraction == 0 ? INFINITY : NAN)
                 : exponent == 0 ? std::ldexp(fraction, -24)
                                 : std::ldexp(1024 + fraction, exponent - 25);
  return (bits & 0x8000) != 0 ? -value : value;
}

std::uint64_t little_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) {
    value = value << 8 | static_cast<unsigned char>(bytes[i]);
  }
  return value;
}

std::optional<double> as_real(std::uint64_t bits, DType type) {
  switch (type) {
    case DType::fp16:
      return half(static_cast<std::uint16_t>(bits));
    case DType::bf16:
      return std::bit_cast<float>(static_cast<std::uint32_t>(bits << 16));
    case DType::fp32:
      return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    case DType::fp64:
      return std::bit_cast<double>(bits);
    default:
      return std::nullopt;
  }
}

std::int64_t as_integer(std::uint64_t bits, int width, bool is_signed) {
  const bool negative = is_signed && width < 64 && (bits >> (width - 1) & 1) != 0;
  return static_cast<std::int64_t>(negative ? bits | ~std::uint64_t{0} << width : bits);
}

/// Raw little-endian numbers; those below a byte are packed from the low bit.
mil::Literal from_bytes(Wire& wire, const Numbers& raw, const mil::Type& type) {
  const int width = graph::bit_width(type.dtype);
  if (width == 0) wire.fail("a text in the form of raw bytes");
  const std::int64_t bits = 8 * raw.count;
  std::int64_t count = bits / width;
  if (width < 8) {  // the last byte may be part full
    std::int64_t elements = 1;
    for (const std::int64_t dim : type.shape) {
      if (__builtin_mul_overflow(elements, dim, &elements)) elements = count;
    }
    if (elements >= 0 && elements <= count && count - elements < 8 / width) count = elements;
  } else if (bits % width != 0) {
    wire.fail(fmt::format("{} bytes are no list of {}", raw.count, graph::name(type.dtype)));
  }
  if (count > mil::longest_literal || type.dtype == DType::fp8e4m3fn ||
      type.dtype == DType::fp8e5m2) {
    return {mil::Counted{count}};
  }
  std::vector<std::int64_t> integers;
  std::vector<double> reals;
  const bool is_signed = graph::name(type.dtype).starts_with("int");
  for (std::int64_t i = 0; i < count; ++i) {
    const auto first = static_cast<std::size_t>(i * width / 8);
    std::uint64_t item;
    if (width >= 8) {
      item = little_endian(std::string_view(raw.bytes).substr(first, width / 8U));
    } else {  // a 3- or 6-bit number may lie in two bytes
      item = little_endian(std::string_view(raw.bytes).substr(first, 2));
      item = item >> (i * width % 8) & ((std::uint64_t{1} << width) - 1);
    }
    if (const auto real = as_real(item, type.dtype)) {
      reals.push_back(*real);
    } else {
      integers.push_back(as_integer(item, width, is_signed));
    }
  }
  if (!reals.empty()) return {std::move(reals)};
  return {std::move(integers)};
}

mil::Literal as_literal(Wire& wire, Numbers raw, const mil::Type& type) {
  if (raw.field == 7) return from_bytes(wire, raw, type);
  if (raw.count > mil::longest_literal) return {mil::Counted{raw.count}};
  switch (raw.field) {
    case 1:
    case 6:
      return {std::move(raw.reals)};
    case 3:
      return {std::move(raw.flags)};
    case 4:
      return {std::move(raw.texts)};
    default:  // 0: a message without numbers is an empty list
      return {std::move(raw.integers)};
  }
}

mil::Blob read_blob(Wire& wire) {
  mil::Blob blob;
  blob.offset = 0;  // not written if zero
  wire.message([&](int field) {
    if (field == 1) blob.path = wire.text();
    if (field == 2) blob.offset = wire.integer();
  });
  if (blob.offset < 0) wire.fail("the offset of a weight is over 2^63-1");
  return blob;
}
}  // namespace

mil::Type read_type(Wire& wire) {
  mil::Type result;
  wire.message([&](int field) {
    if (field == 1) result = read_tensor_type(wire);
    if (field == 2) result = read_list_type(wire);
    if (field == 3 || field == 4) result = {};  // tuples and dictionaries only in attributes
    if (field == 5) result = read_state_type(wire);
  });
  return result;
}

mil::Value read_value(Wire& wire) {
  mil::Value result;
  std::optional<Numbers> numbers;
  result.literal.values = mil::Group{};
  wire.message([&](int field) {
    if (field == 2) {
      result.type = read_type(wire);
    } else if (field == 3) {
      wire.message([&](int kind) {  // 2, 3, 4: tuple, list, dictionary
        if (kind == 1) numbers = read_numbers(wire);
      });
    } else if (field == 5) {
      result.literal.values = read_blob(wire);
    }
  });
  if (numbers) result.literal = as_literal(wire, std::move(*numbers), result.type);
  return result;
}

}  // namespace anesim::coreml
