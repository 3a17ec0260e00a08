#include "traces/onnx/wire.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>

#include "sim/core/error.h"
#include "sim/core/text.h"
#include "traces/onnx/tensors.h"

namespace anesim::onnx {

namespace {
enum class Kind : std::uint8_t {
  model,
  graph,
  node,
  attribute,
  tensor,
  sparse,
  function,
  value_info,
  type,
  tensor_type,
  shape,
  plain,  ///< copied as it is
  drop,   ///< left out
};

struct Child {
  Kind parent;
  std::uint32_t field;
  Kind kind;
};
/// Fields that are not just copied. Dropped are texts for people, training and annotations.
constexpr std::array children = std::to_array<Child>({
    {Kind::model, 6, Kind::drop},          {Kind::model, 7, Kind::graph},
    {Kind::model, 14, Kind::drop},         {Kind::model, 20, Kind::drop},
    {Kind::model, 25, Kind::function},     {Kind::graph, 1, Kind::node},
    {Kind::graph, 5, Kind::tensor},        {Kind::graph, 10, Kind::drop},
    {Kind::graph, 11, Kind::value_info},   {Kind::graph, 12, Kind::value_info},
    {Kind::graph, 13, Kind::value_info},   {Kind::graph, 14, Kind::drop},
    {Kind::graph, 15, Kind::sparse},       {Kind::graph, 16, Kind::drop},
    {Kind::node, 5, Kind::attribute},      {Kind::node, 6, Kind::drop},
    {Kind::node, 9, Kind::drop},           {Kind::attribute, 5, Kind::tensor},
    {Kind::attribute, 6, Kind::graph},     {Kind::attribute, 10, Kind::tensor},
    {Kind::attribute, 11, Kind::graph},    {Kind::attribute, 13, Kind::drop},
    {Kind::attribute, 22, Kind::sparse},   {Kind::attribute, 23, Kind::sparse},
    {Kind::sparse, 1, Kind::tensor},       {Kind::sparse, 2, Kind::tensor},
    {Kind::tensor, 12, Kind::drop},        {Kind::tensor, 16, Kind::drop},
    {Kind::function, 7, Kind::node},       {Kind::function, 8, Kind::drop},
    {Kind::function, 11, Kind::attribute}, {Kind::value_info, 2, Kind::type},
    {Kind::value_info, 3, Kind::drop},     {Kind::value_info, 4, Kind::drop},
    {Kind::type, 1, Kind::tensor_type},    {Kind::tensor_type, 2, Kind::shape},
});

Kind child_of(Kind parent, std::uint32_t field) {
  for (const Child& child : children) {
    if (child.parent == parent && child.field == field) return child.kind;
  }
  return Kind::plain;
}

/// Fields of a tensor that hold numbers.
bool is_data(std::uint32_t field) {
  return (field >= 4 && field <= 7) || (field >= 9 && field <= 11);
}

enum Wire : std::uint32_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

constexpr int deepest = 64;
/// A graph of 100,000 operations has about two million fields and 30 MB without its weights.
constexpr std::int64_t most_fields = 8'000'000;
constexpr std::size_t most_bytes = 256u << 20;
/// Tensors up to this size keep their data: 1024 numbers of any type fit.
constexpr std::size_t small_tensor = 16u << 10;

class Filter {
 public:
  Filter(std::string_view all, const std::string& file) : all_(all), file_(file) {}

  std::string run() {
    std::string out;
    message(all_, Kind::model, out, 0);
    return out;
  }

 private:
  [[noreturn]] void fail(const char* at, const std::string& what) const {
    throw UserError({file_, 0, 0}, fmt::format("is no ONNX model: {} at byte {} (truncated, or of "
                                               "another kind)",
                                               what, at - all_.data()));
  }

  std::uint64_t number(const char*& at, const char* end) const {
    std::uint64_t value = 0;
    const char* const start = at;
    for (int shift = 0; shift < 64; shift += 7) {
      if (at == end) fail(start, "a number ends early");
      const auto byte = static_cast<std::uint8_t>(*at++);
      value |= static_cast<std::uint64_t>(byte & 127) << shift;
      if ((byte & 128) == 0) return value;
    }
    fail(start, "a number of over 64 bits");
  }

  struct Field {
    std::uint32_t number = 0;
    std::uint32_t wire = 0;
    std::uint64_t value = 0;   ///< of a varint
    std::string_view content;  ///< of bytes
    std::string_view whole;    ///< with tag and length
  };

  Field field(const char*& at, const char* end) {
    Field found;
    const char* const start = at;
    if (++fields_ > most_fields) {
      throw UserError({file_, 0, 0}, fmt::format("has over {} fields (a graph of 100000 operations "
                                                 "has about two million)",
                                                 most_fields));
    }
    const std::uint64_t tag = number(at, end);
    found.number = static_cast<std::uint32_t>(tag >> 3);
    found.wire = static_cast<std::uint32_t>(tag & 7);
    if (found.number == 0 || tag >> 32 != 0) fail(start, fmt::format("field tag {}", tag));
    std::uint64_t length = 0;
    switch (found.wire) {
      case varint:
        found.value = number(at, end);
        break;
      case fixed64:
        length = 8;
        break;
      case fixed32:
        length = 4;
        break;
      case bytes:
        length = number(at, end);
        break;
      default:
        fail(start, fmt::format("wire type {}", found.wire));
    }
    const auto rest = static_cast<std::uint64_t>(end - at);
    if (length > rest) {
      fail(start,
           fmt::format("field {} of {} bytes where {} are left", found.number, length, rest));
    }
    if (found.wire != varint) {
      found.content = {at, static_cast<std::size_t>(length)};
      at += length;
    }
    found.whole = {start, static_cast<std::size_t>(at - start)};
    return found;
  }

  void keep(std::string& out, std::string_view piece) const {
    out += piece;
    if (out.size() > most_bytes) {
      throw UserError({file_, 0, 0},
                      fmt::format("has over {} MiB beside its weights", most_bytes >> 20));
    }
  }

  static void append_number(std::string& out, std::uint64_t value) {
    for (; value > 127; value >>= 7) out += static_cast<char>((value & 127) | 128);
    out += static_cast<char>(value);
  }

  void message(std::string_view content, Kind kind, std::string& out, int depth) {
    if (depth > deepest) {
      throw UserError({file_, 0, 0}, fmt::format("graphs and types are nested deeper than {} "
                                                 "messages",
                                                 deepest));
    }
    const char* at = content.data();
    const char* const end = at + content.size();
    while (at != end) {
      const Field found = field(at, end);
      const Kind child = found.wire == bytes ? child_of(kind, found.number) : Kind::plain;
      if (child == Kind::drop) continue;
      if (child == Kind::plain) {
        keep(out, found.whole);
        continue;
      }
      std::string inner;
      if (child == Kind::tensor) {
        tensor(found.content, inner);
      } else {
        message(found.content, child, inner, depth + 1);
      }
      append_number(out, std::uint64_t{found.number} << 3 | bytes);
      append_number(out, inner.size());
      keep(out, inner);
    }
  }

  /// Dimensions and type, to hold the size of the data against.
  struct Header {
    std::vector<std::int64_t> dims;
    std::int64_t type = 0;
    std::optional<std::size_t> raw;
    std::string_view name;
  };

  void tensor(std::string_view content, std::string& out) {
    if (content.size() <= small_tensor) {
      keep(out, content);
      return;
    }
    Header header;
    const char* at = content.data();
    const char* const end = at + content.size();
    while (at != end) {
      const Field found = field(at, end);
      read_header(found, header);
      if (is_data(found.number) || child_of(Kind::tensor, found.number) == Kind::drop) continue;
      keep(out, found.whole);
    }
    check_size(header);
  }

  void read_header(const Field& found, Header& header) const {
    constexpr std::size_t most_dims = 64;
    if (found.number == 1 && found.wire == varint) {
      header.dims.push_back(static_cast<std::int64_t>(found.value));
    } else if (found.number == 1 && found.wire == bytes) {
      const char* at = found.content.data();
      const char* const end = at + found.content.size();
      while (at != end && header.dims.size() < most_dims) {
        header.dims.push_back(static_cast<std::int64_t>(number(at, end)));
      }
    } else if (found.number == 2 && found.wire == varint) {
      header.type = static_cast<std::int64_t>(found.value);
    } else if (found.number == 8 && found.wire == bytes) {
      header.name = found.content;
    } else if (found.number == 9 && found.wire == bytes) {
      header.raw = found.content.size();
    }
  }

  void check_size(const Header& header) const {
    if (!header.raw || header.type < 0 || header.type > 64) return;
    const int bits = file_bits(static_cast<int>(header.type));
    if (bits == 0) return;
    std::int64_t elements = 1;
    bool fits = true;
    for (const std::int64_t dim : header.dims) {
      fits = fits && dim >= 0 && !__builtin_mul_overflow(elements, dim, &elements);
    }
    std::int64_t expected = 0;
    fits = fits && !__builtin_mul_overflow(elements, static_cast<std::int64_t>(bits), &expected);
    expected = expected / 8 + (expected % 8 != 0 ? 1 : 0);
    if (fits && static_cast<std::int64_t>(*header.raw) == expected) return;
    throw UserError({file_, 0, 0},
                    fmt::format("tensor '{}': has {} bytes of data (expected {} for {})",
                                printable(header.name), *header.raw,
                                fits ? fmt::format("{}", expected) : "more than 2^63",
                                graph::text(header.dims)));
  }

  std::string_view all_;
  const std::string& file_;
  std::int64_t fields_ = 0;
};
}  // namespace

std::string without_weights(std::string_view bytes, const std::string& file) {
  constexpr std::string_view pointer = "version https://git-lfs";
  if (bytes.starts_with(pointer)) {
    throw UserError({file, 0, 0},
                    "is a Git LFS pointer, not the model ('git lfs pull' fetches it)");
  }
  if (bytes.empty()) throw UserError({file, 0, 0}, "is empty");
  return Filter(bytes, file).run();
}

}  // namespace anesim::onnx
