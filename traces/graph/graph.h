// A neural network as a graph of operations over tensors.
// What it models: the operations, shapes, data types and stored weight formats of one function of a
//   model, in the op vocabulary of Apple's Model Intermediate Language (MIL); every reader maps to
//   it.
// What it leaves out: values of weights (their sizes are enough) and everything of hardware.
// Source: ../shared/graph-inputs.md sections 3-5 (coremltools op definitions).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sim/core/error.h"

namespace anesim::graph {

enum class DType : std::uint8_t {
  fp16,
  fp32,
  fp64,
  bf16,
  fp8e4m3fn,
  fp8e5m2,
  int4,
  int8,
  int16,
  int32,
  int64,
  uint1,
  uint2,
  uint3,
  uint4,
  uint6,
  uint8,
  uint16,
  uint32,
  uint64,
  boolean,
  string,
};

/// Width in bits as stored; a bool takes 8, a string counts as 0.
[[nodiscard]] int bit_width(DType);
[[nodiscard]] std::string_view name(DType);
/// MIL spelling ("fp16", "bool", ...); nothing for an unknown one.
[[nodiscard]] std::optional<DType> parse_dtype(std::string_view);

/// A dimension only known at run time ("?" in MIL); must be bound before work is computed.
inline constexpr std::int64_t unknown_dim = -1;
using Shape = std::vector<std::int64_t>;

/// Number of elements; 1 for rank 0. Throws UserError on an unknown dimension or 64-bit overflow.
[[nodiscard]] std::int64_t element_count(const Shape&);
/// "[1, 64, ?, 7]".
[[nodiscard]] std::string text(const Shape&);

/// How a constant is stored; decides the bytes that a weight stream moves.
enum class Encoding : std::uint8_t {
  dense,           ///< one element of `stored` each
  palette,         ///< an index of `bits` bits each, and tables
  affine,          ///< quantised integers of `stored` with scales per tensor or channel
  blockwise,       ///< quantised integers of `stored` with scales per block
  sparse,          ///< 1-bit mask and the non-zero values of `stored`
  sparse_palette,  ///< 1-bit mask and palette indices of the non-zero values
};

struct StorageFormat {
  Encoding encoding = Encoding::dense;
  DType stored = DType::fp16;     ///< type of the stored numbers (palette: of the table)
  int bits = 16;                  ///< bits of one stored number or index
  double nonzero_fraction = 1.0;  ///< share stored (sparse) or known non-zero (dense), 0..1
  std::int64_t table_bytes = 0;   ///< palette tables, scales and offsets
  int vector_size = 1;            ///< elements that one palette index stands for
  friend bool operator==(const StorageFormat&, const StorageFormat&) = default;
};

/// Bytes that `elements` elements take in this format, rounded up to whole bytes.
[[nodiscard]] std::int64_t stored_bytes(const StorageFormat&, std::int64_t elements);

/// Strong indices into Graph::tensors.
struct TensorId {
  std::int32_t index = -1;
  friend auto operator<=>(const TensorId&, const TensorId&) = default;
};

/// Values of a small constant (shapes, strides, flags, names, scalars).
struct Literal {
  std::variant<std::vector<bool>, std::vector<std::int64_t>, std::vector<double>,
               std::vector<std::string>>
      values;
};

struct Tensor {
  std::string name;
  Shape shape;
  DType dtype = DType::fp16;
  bool constant = false;
  bool state = false;              ///< lives between calls, changed in place
  bool dynamic = false;            ///< some dimension was only bound for this run
  StorageFormat storage;           ///< meaningful for constants
  std::optional<Literal> literal;  ///< small constants only
};

/// One named parameter of an operation; `concat.values` and the like bind several tensors.
struct Argument {
  std::string parameter;
  std::vector<TensorId> tensors;
};

struct Op;

/// Body of control flow (cond, while_loop).
struct Block {
  std::vector<TensorId> inputs;
  std::vector<Op> ops;
  std::vector<TensorId> outputs;
};

struct Op {
  std::string type;  ///< MIL op name, e.g. "conv"
  std::string name;  ///< unique within its graph; hostile text, escape when printing
  std::vector<Argument> arguments;
  std::vector<TensorId> outputs;
  std::vector<Block> blocks;
  int line = 0;  ///< of Graph::file, 0 if unknown
};

/// What a reader knows about an input dimension that changes from call to call.
struct FlexibleDim {
  TensorId input;
  std::size_t axis = 0;
  std::string symbol;         ///< name shared by equal dimensions (ONNX), else empty
  std::int64_t standard = 0;  ///< default size, 0 if not given
  std::int64_t low = 0;       ///< allowed sizes, 0 if not given
  std::int64_t high = 0;
};

/// Operations in topological order. Constants are tensors, not operations: readers dissolve const
/// and constexpr_* operations into tensors with a storage format.
struct Graph {
  std::string name;
  std::string file;
  std::vector<Tensor> tensors;
  std::vector<Op> ops;
  std::vector<TensorId> inputs;     ///< includes states
  std::vector<Place> input_places;  ///< of `inputs`, where the reader knows them
  std::vector<TensorId> outputs;
  std::vector<FlexibleDim> flexible;
  bool kernel = false;  ///< a piece of work asked for by name, not a model that an app loads

  [[nodiscard]] Tensor& at(TensorId id) { return tensors[static_cast<std::size_t>(id.index)]; }
  [[nodiscard]] const Tensor& at(TensorId id) const {
    return tensors[static_cast<std::size_t>(id.index)];
  }
  [[nodiscard]] Place place(const Op& op) const { return {file, op.line, 0}; }
  [[nodiscard]] Place input_place(std::size_t index) const {
    return index < input_places.size() ? input_places[index] : Place{file, 0, 0};
  }
};

/// First tensor bound to a parameter, if any.
[[nodiscard]] std::optional<TensorId> find_input(const Op&, std::string_view parameter);
/// All tensors bound to a parameter (empty if absent).
[[nodiscard]] const std::vector<TensorId>& inputs_of(const Op&, std::string_view parameter);
/// Literal of a constant parameter; nothing if absent. Throws UserError with the op's place if the
/// parameter is bound to something that is not a literal of that type.
[[nodiscard]] std::optional<std::vector<std::int64_t>> find_ints(const Graph&, const Op&,
                                                                 std::string_view parameter);
[[nodiscard]] std::optional<std::int64_t> find_int(const Graph&, const Op&,
                                                   std::string_view parameter);
[[nodiscard]] std::optional<bool> find_bool(const Graph&, const Op&, std::string_view parameter);
[[nodiscard]] std::optional<std::vector<bool>> find_bools(const Graph&, const Op&,
                                                          std::string_view parameter);
[[nodiscard]] std::optional<double> find_double(const Graph&, const Op&,
                                                std::string_view parameter);
[[nodiscard]] std::optional<std::string> find_string(const Graph&, const Op&,
                                                     std::string_view parameter);

}  // namespace anesim::graph
