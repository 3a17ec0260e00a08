#include <fmt/format.h>

#include <algorithm>

#include "sim/core/text.h"
#include "validate/judge/report.h"

namespace anesim::validate {
namespace {

using Row = std::vector<std::string>;

/// Display columns of UTF-8 text: printable() leaves one code point a column.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

/// Columns after the first are numbers, right-aligned.
std::string rendered(const std::vector<Row>& rows, TableStyle style) {
  const bool markdown = style == TableStyle::markdown;
  std::vector<std::size_t> widths(rows.at(0).size(), markdown ? 3 : 0);
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  std::string out;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::string line = markdown ? "|" : "";
    for (std::size_t i = 0; i < rows[r].size(); ++i) {
      const std::string pad(widths[i] - width_of(rows[r][i]), ' ');
      const std::string cell = i == 0 ? rows[r][i] + pad : pad + rows[r][i];
      line += markdown ? " " + cell + " |" : (i == 0 ? "" : "  ") + cell;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
    if (r == 0 && markdown) {
      out += "|";
      for (std::size_t i = 0; i < widths.size(); ++i) {
        out += i == 0 ? "---|" : "---:|";
      }
      out += "\n";
    }
  }
  return out;
}

std::string cell_text(std::string_view text, TableStyle style, std::size_t limit = 60) {
  std::string result;
  for (const char c : printable(text, limit)) {
    if (style == TableStyle::markdown && (c == '|' || c == '<' || c == '`' || c == '[')) {
      result += '\\';
    }
    result += c;
  }
  return result;
}

std::string percent(const std::optional<double>& fraction) {
  return fraction ? fmt::format("{:.1f} %", 100 * *fraction) : "-";
}
std::string signed_percent(const std::optional<double>& fraction) {
  return fraction ? fmt::format("{:+.1f} %", 100 * *fraction) : "-";
}
std::string plain(const std::optional<double>& value) {
  return value ? fmt::format("{:.2f}", *value) : "-";
}
std::string range(const std::optional<Range>& value) {
  return value ? fmt::format("{:.1f}-{:.1f} %", 100 * value->low, 100 * value->high) : "-";
}

Row statistics_row(const std::string& key, const Statistics& s, TableStyle style) {
  return {cell_text(key, style),        fmt::format("{}", s.cases),  percent(s.coverage()),
          fmt::format("{}", s.scored),  percent(s.median_abs_error), range(s.median_range),
          percent(s.p90_abs_error),     percent(s.baseline_median),  percent(s.baseline_p90),
          signed_percent(s.bias),       plain(s.worst_factor),       plain(s.kendall_tau),
          percent(s.interval_coverage), percent(s.repeat_spread),    percent(s.repeats_explain)};
}

std::string statistics_table(std::string_view heading,
                             const std::map<std::string, Statistics>& table, TableStyle style) {
  std::vector<Row> rows{{std::string(heading), "cases", "covered", "scored", "median", "90 % range",
                         "90th", "formula median", "formula 90th", "bias", "worst", "tau",
                         "in interval", "repeats", "repeats explain"}};
  for (const auto& [key, statistics] : table) {
    rows.push_back(statistics_row(key, statistics, style));
  }
  return rendered(rows, style);
}

/// Errors of the cases that no parameter was read from, beside those of all.
std::string split_table(const Judgement& judgement, TableStyle style) {
  std::vector<Row> rows{
      {"fitted, predicted", "scored", "median", "90th", "predicted", "median", "90th"}};
  auto classes = judgement.by_class;
  classes["~"] = judgement.all;  // after every class
  for (const auto& [key, s] : classes)
    rows.push_back({key == "~" ? "all cases" : cell_text(key, style), fmt::format("{}", s.scored),
                    percent(s.median_abs_error), percent(s.p90_abs_error),
                    fmt::format("{}", s.unread_scored), percent(s.unread_median),
                    percent(s.unread_p90)});
  return "\n" + rendered(rows, style) +
         "\npredicted: scored cases that no value in configs/ was read from (fitted_on)\n";
}

/// How many cases share a reason for not being predicted, most frequent first.
std::string reasons_table(const Judgement& judgement, TableStyle style) {
  std::map<std::string, int> counts;
  for (const JudgedCase& c : judgement.cases) {
    if (c.prediction.status == Status::ok) continue;
    ++counts[fmt::format("{}: {}", name(c.prediction.status), c.remark)];
  }
  if (counts.empty()) return "";
  std::vector<std::pair<std::string, int>> sorted(counts.begin(), counts.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::vector<Row> rows{{"not predicted", "cases"}};
  for (const auto& [reason, count] : sorted) {
    rows.push_back({cell_text(reason, style, 90), fmt::format("{}", count)});
  }
  return "\n" + rendered(rows, style);
}

/// "host 61 %, weights 30 %": the two largest parts of the predicted time.
std::string largest_parts(const Breakdown& breakdown) {
  std::vector<std::pair<double, std::string_view>> parts;
  double total = 0;
  for (const auto& [bound, seconds] : breakdown.seconds_by_bound) {
    if (seconds <= 0) continue;  // a line's intercept may have parts below zero
    parts.emplace_back(-seconds, bound);
    total += seconds;
  }
  std::sort(parts.begin(), parts.end());
  if (parts.size() > 2) parts.resize(2);
  std::string out;
  for (const auto& [seconds, bound] : parts) {
    out += fmt::format("{}{} {:.0f} %", out.empty() ? "" : ", ", bound, -100 * seconds / total);
  }
  return out.empty() ? "-" : out;
}

}  // namespace

double factor_of(const JudgedCase& c) {
  const double factor = c.prediction.value / c.reference.value;
  return factor >= 1 ? factor : 1 / factor;
}

std::vector<const JudgedCase*> worst_cases(const Judgement& judgement, std::size_t count) {
  std::vector<const JudgedCase*> scored;
  for (const JudgedCase& c : judgement.cases) {
    if (c.scored) scored.push_back(&c);
  }
  std::stable_sort(scored.begin(), scored.end(), [](const JudgedCase* a, const JudgedCase* b) {
    return factor_of(*a) > factor_of(*b);
  });
  if (scored.size() > count) scored.resize(count);
  return scored;
}

std::string validation_table(const Judgement& judgement, TableStyle style,
                             const std::vector<BarRow>& bars) {
  std::string out;
  if (!judgement.complete)
    out += "interrupted: these are the cases finished before, no whole validation\n\n";
  out += statistics_table("class", judgement.by_class, style);
  out += "\n" + statistics_table("chip", judgement.by_chip, style);
  out += "\n" + statistics_table("source", judgement.by_source, style);
  out += "\n" + statistics_table("all", {{"all cases", judgement.all}}, style);
  for (const std::string& part : {bars_table(bars, style), order_table(judgement, style)})
    if (!part.empty()) out += "\n" + part;
  out += split_table(judgement, style) + reasons_table(judgement, style);
  const std::string uncovered = uncovered_line(judgement);
  return uncovered.empty() ? out : out + "\n" + uncovered;
}

std::string worst_table(const Judgement& judgement, std::size_t count, TableStyle style) {
  std::vector<Row> rows{
      {"case", "chip", "class", "reference", "predicted", "unit", "factor", "time goes to"}};
  for (const JudgedCase* c : worst_cases(judgement, count)) {
    const Case& measured = *c->request->measured;
    rows.push_back({cell_text(c->request->file->name + "/" + measured.id, style, 90),
                    cell_text(c->request->chip, style), std::string(name(measured.scored_as)),
                    fmt::format("{:.4g}", c->reference.value),
                    fmt::format("{:.4g}", c->prediction.value), std::string(name(measured.unit)),
                    fmt::format("{:.2f}", factor_of(*c)), largest_parts(c->prediction.breakdown)});
  }
  return rendered(rows, style);
}

}  // namespace anesim::validate
