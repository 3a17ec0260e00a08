#include <fmt/format.h>

#include "sim/report/figures.h"
#include "sim/report/report.h"

namespace anesim::report {

std::string markdown(const Result& r, const TableOptions& options) {
  std::string out;
  if (!r.headline.empty()) out += markdown_escaped(r.headline) + "\n\n";
  if (!r.complete) out += "Stopped before the end: what follows covers the finished part.\n\n";

  TextTable totals({{"total"}, {"value", TextTable::Align::left, 400}});
  for (const auto& [label, text] : totals_text(r)) totals.add({label, text});
  out += totals.markdown();

  if (!r.ops.empty() && options.top_ops > 0) {
    const TextTable ops = ops_table(r, options.top_ops);
    out += "\n" + ops.markdown();
    const std::string more = more_ops(r, ops.rows());
    if (!more.empty()) out += "\n" + markdown_escaped(more) + "\n";
  }
  if (options.statistics && !r.statistics.empty()) out += "\n" + statistics_table(r).markdown();
  if (!r.notes.empty()) out += "\n";
  for (const std::string& note : r.notes) out += fmt::format("- {}\n", markdown_escaped(note));
  return out;
}

}  // namespace anesim::report
