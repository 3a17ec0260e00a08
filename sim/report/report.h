// A Result as text, one file a form. Names in a Result are hostile text; every form makes them
// harmless in its own way. Same Result, same bytes.
#pragma once

#include <cstddef>
#include <string>

#include "sim/result/result.h"

namespace anesim::report {

struct TableOptions {
  std::size_t top_ops = 10;  ///< slowest ops shown; the rest becomes "+N more"
  bool statistics = false;   ///< the statistics of every block
};

/// For people: headline, totals, what bounds the time, slowest ops, notes.
[[nodiscard]] std::string table(const Result&, const TableOptions& = {});
/// anesim-result/1, indented; ends in a line break.
[[nodiscard]] std::string json(const Result&);
/// The same object on one line, so that results can be appended to each other.
[[nodiscard]] std::string jsonl(const Result&);
/// One row an op with a header row (RFC 4180); cells a spreadsheet would run start with an
/// apostrophe. Each row names device, stack and input, so that files can be joined.
[[nodiscard]] std::string csv(const Result&);
[[nodiscard]] std::string markdown(const Result&, const TableOptions& = {});
/// One page without any outside reference: headline, totals, timeline, ops, roofline.
[[nodiscard]] std::string html(const Result&);

}  // namespace anesim::report
