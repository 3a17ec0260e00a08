// Reader of ONNX models.
// What it reads: opsets 7 to 24 of ai.onnx, the common com.microsoft operations, models whose
//   external data are absent, subgraphs behind conditions; in the vocabulary of traces/graph.
// What it leaves out: values of weights (sizes are kept); training and map or sequence types.
//   Floating point of any width becomes fp16 and 64-bit integers int32, as Core ML's converter
//   stores them.
// Source: graph-inputs.md section 6; GitHub onnx/onnx docs/Operators.md and
//   microsoft/onnxruntime docs/ContribOperators.md for the meaning of operations.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "traces/graph/shape_rules.h"

namespace anesim::onnx {

struct ReadOptions {
  /// Sizes of symbolic dimensions (see graph::bind_dimensions). A scalar integer input may be bound
  /// too: its value is then known, which decides `If` and computed shapes.
  std::vector<graph::DimBinding> dims;
  /// Keeps operations that no rule knows, with their declared shapes, instead of refusing them.
  bool approximate_unknown = false;
};

/// Reads the file `path`. All shapes of the result are known. Throws UserError: unreadable,
/// unbound dimensions (with the --dim option that helps), unknown operations, wrong shapes.
[[nodiscard]] graph::Graph read_onnx(const std::string& path, const ReadOptions& = {});
/// The same from the bytes of a file; `file` is for messages.
[[nodiscard]] graph::Graph parse_onnx(std::string_view bytes, const std::string& file,
                                      const ReadOptions& = {});

/// True for bytes that begin as an ONNX model does: field ir_version, a small number.
[[nodiscard]] bool is_onnx(std::string_view bytes);

}  // namespace anesim::onnx
