#include "traces/graph/dissolve.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>

#include "traces/graph/op_call.h"
#include "traces/graph/shape_rules.h"

namespace anesim::graph {

namespace {
std::int64_t bytes_of(const OpCall& call, std::string_view parameter) {
  const Tensor* tensor = call.find(parameter);
  if (tensor == nullptr) return 0;
  return stored_bytes(tensor->storage, call.elements(tensor->shape));
}

/// Storage of integers under scales: that of the data, which may be compressed already.
StorageFormat scaled(const OpCall& call, std::string_view data, Encoding encoding,
                     std::initializer_list<std::string_view> tables) {
  const Tensor& integers = call.tensor(data);
  StorageFormat format = integers.storage;
  if (format.encoding == Encoding::dense) {
    format.encoding = encoding;
    format.stored = integers.dtype;
    format.bits = bit_width(integers.dtype);
  }
  for (const std::string_view table : tables) format.table_bytes += bytes_of(call, table);
  return format;
}

StorageFormat affine(const OpCall& call) {
  return scaled(call, "quantized_data", Encoding::affine, {"scale", "zero_point"});
}

StorageFormat blockwise(const OpCall& call) {
  return scaled(call, "data", Encoding::blockwise, {"scale", "offset"});
}

StorageFormat sparse_blockwise(const OpCall& call) {
  return scaled(call, "nonzero_data", Encoding::blockwise, {"scale", "offset"});
}

StorageFormat palette_of(const OpCall& call, int bits) {
  StorageFormat format;
  format.encoding = Encoding::palette;
  format.stored = call.tensor("lut").dtype;
  format.bits = bits;
  format.table_bytes = bytes_of(call, "lut");
  return format;
}

StorageFormat palette(const OpCall& call) {
  const Tensor& table = call.tensor("lut");
  if (call.find("shape") == nullptr) {  // iOS18: the index type tells the width
    StorageFormat format = palette_of(call, bit_width(call.tensor("indices").dtype));
    constexpr std::int64_t longest = 1 << 16;
    format.vector_size = static_cast<int>(std::min(table.shape.back(), longest));
    return format;
  }
  const std::int64_t entries = call.elements(table.shape);
  const auto count = static_cast<std::uint64_t>(entries);
  if (!std::has_single_bit(count) || entries < 2 || entries > 256) {
    call.fail(fmt::format("lut has {} entries (expected a power of two, 2..256)", entries));
  }
  StorageFormat format = palette_of(call, std::countr_zero(count));
  StorageFormat indices = format;
  indices.table_bytes = 0;
  const std::int64_t expected = stored_bytes(indices, call.elements(call.need_ints("shape")));
  const std::int64_t given = call.elements(call.tensor("indices").shape);
  if (given != expected) {
    call.fail(fmt::format("indices have {} bytes (expected {}: {} bits an element)", given,
                          expected, format.bits));
  }
  return format;
}

StorageFormat sparse_palette_data(const OpCall& call) {
  return palette_of(call, bit_width(call.tensor("indices_nonzero_data").dtype));
}

StorageFormat sparse(const OpCall& call) {
  const Tensor& data = call.tensor("nonzero_data");
  StorageFormat format = data.storage;
  format.encoding =
      format.encoding == Encoding::palette ? Encoding::sparse_palette : Encoding::sparse;
  const bool shaped = call.find("shape") != nullptr;
  const std::int64_t elements =
      call.elements(shaped ? call.need_ints("shape") : call.tensor("mask").shape);
  const std::int64_t stored = call.elements(data.shape);
  if (stored > elements || elements == 0) {
    call.fail(fmt::format("{} non-zero values of {} elements", stored, elements));
  }
  format.nonzero_fraction = static_cast<double>(stored) / static_cast<double>(elements);
  return format;
}

StorageFormat as_source(const OpCall& call) { return call.tensor("source_val").storage; }

struct Entry {
  std::string_view name;
  StorageFormat (*rule)(const OpCall&);
};
constexpr std::array table = std::to_array<Entry>({
    {"constexpr_affine_dequantize", affine},
    {"constexpr_blockwise_shift_scale", blockwise},
    {"constexpr_cast", as_source},
    {"constexpr_lut_to_dense", palette},
    {"constexpr_lut_to_sparse", sparse_palette_data},
    {"constexpr_sparse_blockwise_shift_scale", sparse_blockwise},
    {"constexpr_sparse_to_dense", sparse},
});
}  // namespace

bool is_constexpr(std::string_view type) {
  return std::ranges::find(table, type, &Entry::name) != table.end();
}

std::vector<Tensor> dissolve(const Graph& graph, const Op& op) {
  const OpCall call(graph, op);
  const auto* found = std::ranges::find(table, op.type, &Entry::name);
  check(found != table.end(), "not a constexpr operation");
  for (const Argument& argument : op.arguments) {
    for (const TensorId id : argument.tensors) {
      if (!graph.at(id).constant) {
        call.fail(fmt::format("parameter '{}' is not a constant", argument.parameter));
      }
    }
  }
  const auto types = infer(graph, op);
  if (!types || types->empty()) call.fail("result type does not follow from its constants");
  std::vector<Tensor> results;
  for (const TensorType& type : *types) {
    Tensor tensor;
    tensor.shape = type.shape;
    tensor.dtype = type.dtype;
    tensor.constant = true;
    tensor.storage.stored = type.dtype;
    tensor.storage.bits = bit_width(type.dtype);
    results.push_back(std::move(tensor));
  }
  // Of two results the first is the mask, stored as it came.
  results.back().storage = found->rule(call);
  return results;
}

}  // namespace anesim::graph
