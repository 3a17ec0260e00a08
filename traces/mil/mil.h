// Reader of Core ML's compiled programs (MIL text, "model.mil").
// What it reads: both spellings (program(1.0) and program(1.3)), compressed weights, states,
//   nested blocks, planner-annotated text; from a file or standard input.
// What it leaves out: values of weights; the weight file is never opened.
// Source: graph-inputs.md section 4.
#pragma once

#include <string>
#include <string_view>

#include "traces/graph/graph.h"

namespace anesim::mil {

struct ReadOptions {
  /// Function to take; empty: "main", or the only one.
  std::string function;
  /// Keeps operations that no rule knows, with their declared types, instead of refusing them.
  bool approximate_unknown = false;
};

/// Reads `path`: a .mil file or "-". Declared shapes are checked where they
/// are known; unknown ones ("?") stay until bind_dimensions and propagate_shapes. Throws UserError.
[[nodiscard]] graph::Graph read_mil(const std::string& path, const ReadOptions& = {});
/// The same from text; `file` is for messages.
[[nodiscard]] graph::Graph parse_mil(std::string_view text, const std::string& file,
                                     const ReadOptions& = {});
/// Whether a text that begins with `head` is meant as MIL text.
[[nodiscard]] bool looks_like_mil(std::string_view head);

}  // namespace anesim::mil
