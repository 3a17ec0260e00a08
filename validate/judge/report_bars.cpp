// The parts of the report that are no statistics by class, chip or source: bars and rankings.
#include <fmt/format.h>

#include "sim/core/text.h"
#include "sim/report/text_table.h"
#include "validate/judge/report.h"

namespace anesim::validate {
namespace {

using report::TextTable;
constexpr auto right = TextTable::Align::right;

std::string rendered(const TextTable& table, TableStyle style) {
  return style == TableStyle::markdown ? table.markdown() : table.plain();
}

std::string percent(const std::optional<double>& fraction) {
  return fraction ? fmt::format("{:.1f} %", 100 * *fraction) : "-";
}

/// A number that a file states: as many digits as it has.
std::string stated(const std::optional<double>& fraction) {
  return fraction ? fmt::format("{:.4g} %", 100 * *fraction) : "-";
}

}  // namespace

std::string bars_table(const std::vector<BarRow>& rows, TableStyle style) {
  if (rows.empty()) return "";
  TextTable table({{"bars"},
                   {"scored", right},
                   {"median", right},
                   {"bar", right},
                   {"limit", right},
                   {"90th", right},
                   {"bar", right},
                   {"limit", right},
                   {"met", right},
                   {"formula median", right},
                   {"formula 90th", right}});
  for (const BarRow& row : rows) {
    const Statistics& s = row.reached;
    table.add({row.name, fmt::format("{}", s.scored), percent(s.median_abs_error),
               stated(row.bar.median), stated(row.limit.median), percent(s.p90_abs_error),
               stated(row.bar.p90), stated(row.limit.p90),
               !row.met   ? "-"
               : *row.met ? "yes"
                          : "no",
               percent(s.baseline_median), percent(s.baseline_p90)});
  }
  return rendered(table, style);
}

std::string order_table(const Judgement& judgement, TableStyle style) {
  if (judgement.order.empty()) return "";
  TextTable table(
      {{"order of"}, {"networks", right}, {"tau", right}, {"language", right}, {"tau", right}});
  const auto tau = [](const Order& o) {
    return o.kendall_tau ? fmt::format("{:.2f}", *o.kendall_tau) : std::string("-");
  };
  for (const auto& [chip, order] : judgement.order)
    table.add({chip, fmt::format("{}", order.network.cases), tau(order.network),
               fmt::format("{}", order.language.cases), tau(order.language)});
  return rendered(table, style);
}

std::string uncovered_line(const Judgement& judgement) {
  std::string list;
  for (const auto& [op, cases] : judgement.uncovered_ops)
    list += fmt::format("{}{} ({} case{})", list.empty() ? "" : ", ", printable(op), cases,
                        cases == 1 ? "" : "s");
  return list.empty() ? "" : fmt::format("no measurement covers: {}\n", list);
}

}  // namespace anesim::validate
