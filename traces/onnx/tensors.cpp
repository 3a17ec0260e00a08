#include "traces/onnx/tensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "sim/core/text.h"
#include "traces/onnx/array.h"
#include "traces/onnx/proto.h"

namespace anesim::onnx {

using graph::DType;
using ::onnx::TensorProto;

namespace {
struct Type {
  int number;
  DType dtype;
  int bits;  ///< in the file
};
/// Numbers of TensorProto.DataType, those after 16 from onnx 1.13 to 1.20. Formats of four bits and
/// less that the graph does not know count as integers of that width.
constexpr std::array types = std::to_array<Type>({
    {1, DType::fp16, 32},       // FLOAT
    {2, DType::uint8, 8},       // UINT8
    {3, DType::int8, 8},        // INT8
    {4, DType::uint16, 16},     // UINT16
    {5, DType::int16, 16},      // INT16
    {6, DType::int32, 32},      // INT32
    {7, DType::int32, 64},      // INT64
    {8, DType::string, 0},      // STRING
    {9, DType::boolean, 8},     // BOOL
    {10, DType::fp16, 16},      // FLOAT16
    {11, DType::fp16, 64},      // DOUBLE
    {12, DType::uint32, 32},    // UINT32
    {13, DType::uint32, 64},    // UINT64
    {16, DType::fp16, 16},      // BFLOAT16
    {17, DType::fp8e4m3fn, 8},  // FLOAT8E4M3FN
    {18, DType::fp8e4m3fn, 8},  // FLOAT8E4M3FNUZ
    {19, DType::fp8e5m2, 8},    // FLOAT8E5M2
    {20, DType::fp8e5m2, 8},    // FLOAT8E5M2FNUZ
    {21, DType::uint4, 4},      // UINT4
    {22, DType::int4, 4},       // INT4
    {23, DType::int4, 4},       // FLOAT4E2M1
    {24, DType::fp8e5m2, 8},    // FLOAT8E8M0
    {25, DType::uint2, 2},      // UINT2
    {26, DType::uint2, 2},      // INT2
});

const Type* find(int number) {
  for (const Type& type : types) {
    if (type.number == number) return &type;
  }
  return nullptr;
}

template <class T>
T little(const char* bytes) {
  static_assert(std::endian::native == std::endian::little);
  T value;
  std::memcpy(&value, bytes, sizeof(T));
  return value;
}

double half(std::uint16_t bits) {
  const int exponent = bits >> 10 & 31;
  const int mantissa = bits & 1023;
  const double sign = (bits & 0x8000) != 0 ? -1 : 1;
  if (exponent == 31) return mantissa != 0 ? NAN : sign * HUGE_VAL;
  if (exponent == 0) return sign * std::ldexp(mantissa, -24);
  return sign * std::ldexp(1024 + mantissa, exponent - 25);
}

double from_raw(int number, const char* at) {
  switch (number) {
    case TensorProto::FLOAT:
      return static_cast<double>(little<float>(at));
    case TensorProto::DOUBLE:
      return little<double>(at);
    case TensorProto::FLOAT16:
      return half(little<std::uint16_t>(at));
    case TensorProto::BFLOAT16:
      return static_cast<double>(
          std::bit_cast<float>(static_cast<std::uint32_t>(little<std::uint16_t>(at)) << 16));
    case TensorProto::UINT8:
    case TensorProto::BOOL:
      return static_cast<double>(little<std::uint8_t>(at));
    case TensorProto::INT8:
      return static_cast<double>(little<std::int8_t>(at));
    case TensorProto::UINT16:
      return static_cast<double>(little<std::uint16_t>(at));
    case TensorProto::INT16:
      return static_cast<double>(little<std::int16_t>(at));
    case TensorProto::INT32:
      return static_cast<double>(little<std::int32_t>(at));
    case TensorProto::UINT32:
      return static_cast<double>(little<std::uint32_t>(at));
    case TensorProto::INT64:
      return static_cast<double>(little<std::int64_t>(at));
    case TensorProto::UINT64:
      return static_cast<double>(little<std::uint64_t>(at));
    default:
      return 0;
  }
}

/// Values kept in the typed fields of a tensor, which of them depends on the type.
std::vector<double> from_fields(const TensorProto& tensor) {
  const auto all = [](const auto& field) {
    return std::vector<double>(field.begin(), field.end());
  };
  switch (tensor.data_type()) {
    case TensorProto::FLOAT:
      return all(tensor.float_data());
    case TensorProto::DOUBLE:
      return all(tensor.double_data());
    case TensorProto::INT64:
      return all(tensor.int64_data());
    case TensorProto::UINT32:
    case TensorProto::UINT64:
      return all(tensor.uint64_data());
    case TensorProto::FLOAT16:
    case TensorProto::BFLOAT16: {
      std::vector<double> values;
      const bool brain = tensor.data_type() == TensorProto::BFLOAT16;
      for (const std::int32_t bits : tensor.int32_data()) {
        const auto low = static_cast<std::uint16_t>(bits);
        values.push_back(
            brain ? static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(low) << 16))
                  : half(low));
      }
      return values;
    }
    default:
      return all(tensor.int32_data());
  }
}

struct External {
  std::string_view path;
  std::uint64_t offset = 0;
};

/// Where external data lie; a path that leaves the model's folder is refused.
External external_of(const TensorProto& tensor, const std::string& what, const Place& place) {
  External external;
  for (const auto& entry : tensor.external_data()) {
    if (entry.key() == "location") external.path = entry.value();
    if (entry.key() == "offset") {
      const std::string& text = entry.value();
      std::from_chars(text.data(), text.data() + text.size(), external.offset);
    }
  }
  const std::string_view path = external.path;
  const auto refuse = [&](std::string_view why) {
    throw UserError(place, fmt::format("{}: path of its external data '{}' {} (expected a path "
                                       "inside the model's folder)",
                                       what, printable(path), why));
  };
  if (path.empty()) refuse("is missing");
  if (path.front() == '/' || path.front() == '\\') refuse("is absolute");
  for (std::size_t from = 0; from <= path.size();) {
    std::size_t end = path.find_first_of("/\\", from);
    if (end == std::string_view::npos) end = path.size();
    if (path.substr(from, end - from) == "..") refuse("leaves the folder by '..'");
    from = end + 1;
  }
  return external;
}

/// The few bytes of a small tensor, nothing if the file is absent, too short, or a link that leads
/// out of the folder.
std::optional<std::string> external_bytes(const External& external, std::size_t count,
                                          const std::string& folder) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path root = fs::canonical(folder, error);
  if (error) return std::nullopt;
  const fs::path data = fs::canonical(root / external.path, error);
  if (error || !fs::is_regular_file(data, error)) return std::nullopt;
  if (std::mismatch(root.begin(), root.end(), data.begin(), data.end()).first != root.end()) {
    return std::nullopt;
  }
  std::ifstream in(data, std::ios::binary);
  in.seekg(static_cast<std::streamoff>(external.offset & 0x7fffffffffffffff));
  std::string bytes(count, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(count));
  if (!in) return std::nullopt;
  return bytes;
}

bool holds_single_values(int type) {
  const int bits = file_bits(type);
  const auto dtype = dtype_of(type);
  return bits >= 8 && dtype != DType::fp8e4m3fn && dtype != DType::fp8e5m2;
}

std::vector<double> values_in(const std::string& raw, const TensorProto& tensor) {
  const std::size_t width = static_cast<std::size_t>(file_bits(tensor.data_type())) / 8;
  std::vector<double> values;
  for (std::size_t at = 0; at + width <= raw.size(); at += width) {
    values.push_back(from_raw(tensor.data_type(), raw.data() + at));
  }
  return values;
}

/// Values of a small tensor inside the file; nothing if it has none.
std::optional<std::vector<double>> values_of(const TensorProto& tensor, std::size_t count,
                                             const std::string& what, const Place& place) {
  if (!holds_single_values(tensor.data_type())) return std::nullopt;  // packed weights
  if (tensor.has_raw_data()) {
    const std::string& raw = tensor.raw_data();
    const std::size_t expected =
        count * static_cast<std::size_t>(file_bits(tensor.data_type())) / 8;
    if (raw.size() != expected) {
      throw UserError(place, fmt::format("{}: has {} bytes of data (expected {} for {} elements)",
                                         what, raw.size(), expected, count));
    }
    return values_in(raw, tensor);
  }
  std::vector<double> values = from_fields(tensor);
  if (values.size() == count) return values;
  if (values.empty()) return std::nullopt;  // stripped of its data: only the size counts
  throw UserError(place,
                  fmt::format("{}: has {} values (expected {})", what, values.size(), count));
}

std::optional<std::vector<double>> external_values(const TensorProto& tensor, std::size_t count,
                                                   const External& external,
                                                   const std::string& folder) {
  if (!holds_single_values(tensor.data_type())) return std::nullopt;
  const std::size_t bytes = count * static_cast<std::size_t>(file_bits(tensor.data_type())) / 8;
  if (const auto raw = folder.empty() ? std::nullopt : external_bytes(external, bytes, folder)) {
    return values_in(*raw, tensor);
  }
  const bool sizes =
      tensor.data_type() == TensorProto::INT64 || tensor.data_type() == TensorProto::INT32;
  if (!sizes) return std::nullopt;
  return std::vector<double>(count, std::nan(""));
}
}  // namespace

std::optional<DType> dtype_of(int number) {
  const Type* found = find(number);
  if (found == nullptr) return std::nullopt;
  return found->dtype;
}

int file_bits(int number) {
  const Type* found = find(number);
  return found == nullptr ? 0 : found->bits;
}

graph::Tensor tensor_of(const TensorProto& proto, const std::string& what, const Source& source) {
  const Place place{source.file, 0, 0};
  const auto dtype = dtype_of(proto.data_type());
  if (!dtype) {
    throw UserError(place,
                    fmt::format("{}: data type {} is not supported", what, proto.data_type()));
  }
  graph::Tensor tensor;
  tensor.name = proto.name();
  tensor.dtype = *dtype;
  tensor.shape.assign(proto.dims().begin(), proto.dims().end());
  tensor.constant = true;
  tensor.storage.stored = *dtype;
  tensor.storage.bits = bit_width(*dtype);
  constexpr std::int64_t largest_dim = std::int64_t{1} << 40;
  for (const std::int64_t dim : tensor.shape) {
    if (dim < 0 || dim > largest_dim) {
      throw UserError(place, fmt::format("{}: has shape {} (expected dimensions of 0..2^40)", what,
                                         graph::text(tensor.shape)));
    }
  }
  try {
    (void)graph::stored_bytes(tensor.storage, graph::element_count(tensor.shape));
  } catch (const UserError& error) {
    throw UserError(place, fmt::format("{}: {}", what, error.what()));
  }
  const auto count = small_count(tensor.shape);
  if (proto.data_location() == TensorProto::EXTERNAL) {
    const External external = external_of(proto, what, place);
    if (!count || *count == 0 || *dtype == DType::string) return tensor;
    if (const auto values = external_values(proto, *count, external, source.folder)) {
      tensor.literal = literal_of({tensor.shape, *dtype, *values});
    }
    return tensor;
  }
  if (!count) return tensor;
  if (*dtype == DType::string) {
    tensor.literal = graph::Literal{
        std::vector<std::string>(proto.string_data().begin(), proto.string_data().end())};
    return tensor;
  }
  if (*count == 0) {
    tensor.literal = literal_of({tensor.shape, *dtype, {}});
  } else if (const auto values = values_of(proto, *count, what, place)) {
    tensor.literal = literal_of({tensor.shape, *dtype, *values});
  }
  return tensor;
}

}  // namespace anesim::onnx
