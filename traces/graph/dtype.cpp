// The table of data types: MIL spelling and stored width.
#include <array>

#include "traces/graph/graph.h"

namespace anesim::graph {

namespace {
struct Entry {
  DType type;
  std::string_view name;
  int bits;
};

constexpr std::array<Entry, 22> table{{
    {DType::fp16, "fp16", 16},          {DType::fp32, "fp32", 32},
    {DType::fp64, "fp64", 64},          {DType::bf16, "bf16", 16},
    {DType::fp8e4m3fn, "fp8e4m3fn", 8}, {DType::fp8e5m2, "fp8e5m2", 8},
    {DType::int4, "int4", 4},           {DType::int8, "int8", 8},
    {DType::int16, "int16", 16},        {DType::int32, "int32", 32},
    {DType::int64, "int64", 64},        {DType::uint1, "uint1", 1},
    {DType::uint2, "uint2", 2},         {DType::uint3, "uint3", 3},
    {DType::uint4, "uint4", 4},         {DType::uint6, "uint6", 6},
    {DType::uint8, "uint8", 8},         {DType::uint16, "uint16", 16},
    {DType::uint32, "uint32", 32},      {DType::uint64, "uint64", 64},
    {DType::boolean, "bool", 8},        {DType::string, "string", 0},
}};

constexpr bool in_enum_order() {
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table[i].type != static_cast<DType>(i)) return false;
  }
  return true;
}
static_assert(in_enum_order());

const Entry& entry(DType type) {
  const auto index = static_cast<std::size_t>(type);
  check(index < table.size(), "data type outside its table");
  return table[index];
}
}  // namespace

int bit_width(DType type) { return entry(type).bits; }

std::string_view name(DType type) { return entry(type).name; }

std::optional<DType> parse_dtype(std::string_view text) {
  for (const Entry& e : table) {
    if (e.name == text) return e.type;
  }
  return std::nullopt;
}

}  // namespace anesim::graph
