#include <fmt/format.h>

#include "sim/core/text.h"
#include "sim/report/figures.h"
#include "sim/report/report.h"

namespace anesim::report {
namespace {

constexpr std::size_t sentence_limit = 400;

}  // namespace

std::string table(const Result& r, const TableOptions& options) {
  std::string out;
  if (!r.headline.empty()) out += printable(r.headline, sentence_limit) + "\n\n";
  if (!r.complete) out += "stopped before the end: what follows covers the finished part\n\n";

  TextTable totals({{""}, {"", TextTable::Align::left, sentence_limit}});
  for (const auto& [label, text] : totals_text(r)) totals.add({label, text});
  out += totals.plain();

  if (!r.ops.empty() && options.top_ops > 0) {
    const TextTable ops = ops_table(r, options.top_ops);
    out += fmt::format("\nslowest ops ({} of {})\n", ops.rows(), r.ops.size());
    out += ops.plain(2);
    const std::string more = more_ops(r, ops.rows());
    if (!more.empty()) out += "  " + more + "\n";
  }
  if (options.statistics && !r.statistics.empty()) {
    out += "\nstatistics\n" + statistics_table(r).plain(2);
  }
  if (!r.notes.empty()) out += "\nnotes\n";
  for (const std::string& note : r.notes) {
    out += fmt::format("  {}\n", printable(note, sentence_limit));
  }
  return out;
}

}  // namespace anesim::report
