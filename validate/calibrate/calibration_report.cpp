#include "validate/calibrate/calibration_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/report/text_table.h"
#include "validate/calibrate/patch.h"
#include "validate/judge/statistics.h"

namespace anesim::validate {
namespace {

using nlohmann::json;
using report::TextTable;

/// Correlations from here on are told.
constexpr double strong = 0.7;

std::string short_quantity(double v, config::Dimension d) {
  return config::format_quantity(std::stod(fmt::format("{:.3g}", v)), d);
}

std::string percent(double error) { return fmt::format("{:.1f} %", 100 * error); }

std::optional<double> median_of(const std::vector<CalibratedCase>& cases,
                                double CalibratedCase::*error) {
  std::vector<double> errors;
  for (const auto& c : cases) errors.push_back(c.*error);
  return median(errors);
}

CrossCheck cross_of(const UnitResult& r) {
  const auto checks = cross_checks(r);
  const auto all = checks.find("all");
  return all == checks.end() ? CrossCheck{} : all->second;
}

/// Why there is no cross-validated error, or of how few cases there is one.
std::string reach(const UnitResult& r, const CrossCheck& c) {
  if (c.crossed == c.cases) return "";
  const auto fitted = [](const FittedParameter& p) { return p.verdict == Verdict::fitted; };
  if (std::none_of(r.fit.parameters.begin(), r.fit.parameters.end(), fitted))
    return "no value is fitted";
  if (r.folds < 2) return "one fold: cannot be cross-validated";
  if (c.crossed == 0) return "no other fold informs the values";
  return fmt::format("no other fold informs {}", c.cases - c.crossed);
}

std::string shown(const TextTable& table, TableStyle style) {
  return style == TableStyle::markdown ? table.markdown() : table.plain();
}

std::string parameters_table(const UnitResult& r, TableStyle style) {
  constexpr auto right = TextTable::Align::right;
  TextTable table({{r.unit.name, TextTable::Align::left, 60},
                   {"value", right},
                   {"fitted", right},
                   {"+-", right},
                   {"range", TextTable::Align::left, 60},
                   {"verdict"},
                   {"remark", TextTable::Align::left, 200}});
  for (std::size_t j = 0; j < r.unit.parameters.size(); ++j) {
    const UnitParameter& p = r.unit.parameters[j];
    const FittedParameter& f = r.fit.parameters[j];
    std::string remark = f.why;
    if (f.tried != f.value)
      remark += fmt::format(" ({}): it stays", short_quantity(f.tried, p.dimension));
    table.add({p.name(), short_quantity(p.value.value, p.dimension),
               short_quantity(f.value, p.dimension),
               f.error ? short_quantity(*f.error, p.dimension) : "-",
               fmt::format("{} to {}", config::format_quantity(p.value.low, p.dimension),
                           config::format_quantity(p.value.high, p.dimension)),
               name(f.verdict), remark});
  }
  return shown(table, style);
}

std::string unit_text(const UnitResult& r, TableStyle style) {
  std::string out = parameters_table(r, style);
  const auto line = [&](const std::string& text) {
    out += (style == TableStyle::markdown ? "\n" : "") + text + "\n";
  };
  if (!r.cases.empty()) {
    const CrossCheck cross = cross_of(r);
    std::string text =
        fmt::format("{} in {}: median error {} before, {} fitted", counted(r.cases.size(), "case"),
                    counted(r.folds, "fold"), percent(*median_of(r.cases, &CalibratedCase::before)),
                    percent(*median_of(r.cases, &CalibratedCase::fitted)));
    if (cross.crossed > 0)
      text += fmt::format("; the {} that other folds inform: {} fitted, {} cross-validated",
                          cross.crossed, percent(cross.fitted), percent(cross.cross_validated));
    else
      text += "; " + reach(r, cross);
    line(text);
  }
  if (!r.others.empty())
    line(fmt::format("{} not fitted on, but moved: median error {} before, {} after",
                     counted(r.others.size(), "case"),
                     percent(*median_of(r.others, &CalibratedCase::before)),
                     percent(*median_of(r.others, &CalibratedCase::fitted))));
  for (std::size_t a = 0; a < r.unit.parameters.size(); ++a)
    for (std::size_t b = 0; b < a; ++b)
      if (const double c = r.fit.correlation[a][b]; std::abs(c) >= strong)
        line(fmt::format("correlation {:+.2f} between {} and {}", c, r.unit.parameters[b].name(),
                         r.unit.parameters[a].name()));
  for (const auto& left : r.unit.left_out) line("not fitted: " + left);
  return out;
}

/// What of a fit holds for folds it has not seen: a row a fit and class, then all fits together.
std::string cross_table(const Calibration& calibration, TableStyle style) {
  constexpr auto right = TextTable::Align::right;
  TextTable table({{"fit", TextTable::Align::left, 60},
                   {"class"},
                   {"cases", right},
                   {"folds", right},
                   {"fitted median", right},
                   {"cross-validated", right},
                   {"fitted median of these", right},
                   {"cross-validated median", right},
                   {"ratio", right},
                   {"remark", TextTable::Align::left, 60}});
  const auto add = [&](const std::string& fit, const std::string& scored_as, const CrossCheck& c,
                       const std::string& remark) {
    const auto ratio = c.ratio();
    table.add({fit, scored_as, fmt::format("{}", c.cases), fmt::format("{}", c.folds),
               percent(c.fitted_all), fmt::format("{}", c.crossed),
               c.crossed > 0 ? percent(c.fitted) : "-",
               c.crossed > 0 ? percent(c.cross_validated) : "-",
               ratio ? fmt::format("{:.2f}", *ratio) : "-", remark});
  };
  for (const UnitResult& r : calibration.units)
    for (const auto& [key, c] : cross_checks(r))
      if (key != "all") add(r.unit.name, key, c, reach(r, c));
  for (const auto& [key, c] : cross_checks(calibration)) add("all fits", key, c, "");
  return shown(table, style);
}

json number(std::optional<double> v) { return v && std::isfinite(*v) ? json(*v) : json(nullptr); }

json parameter_row(const UnitResult& r, std::size_t j) {
  const UnitParameter& p = r.unit.parameters[j];
  const FittedParameter& f = r.fit.parameters[j];
  return {{"unit", r.unit.name},
          {"parameter", p.name()},
          {"value", p.value.value},
          {"fitted", f.value},
          {"tried", f.tried},
          {"standard_error", number(f.error)},
          {"low", p.value.low},
          {"high", p.value.high},
          {"verdict", name(f.verdict)},
          {"remark", f.why},
          {"place", p.value.place.text()}};
}

json errors_row(const CrossCheck& c) {
  return {{"cases", c.cases},
          {"folds", c.folds},
          {"crossed", c.crossed},
          {"median_fitted_all", c.cases ? json(c.fitted_all) : json(nullptr)},
          {"median_before", c.crossed ? json(c.before) : json(nullptr)},
          {"median_fitted", c.crossed ? json(c.fitted) : json(nullptr)},
          {"median_cross_validated", c.crossed ? json(c.cross_validated) : json(nullptr)},
          {"ratio", number(c.ratio())}};
}

json errors_by_class(const std::map<std::string, CrossCheck>& checks) {
  json classes = json::object();
  for (const auto& [key, c] : checks) classes[key] = errors_row(c);
  return classes;
}

}  // namespace

std::string calibration_text(const Calibration& calibration, TableStyle style) {
  std::string out;
  for (const UnitResult& r : calibration.units) out += unit_text(r, style) + "\n";
  out += cross_table(calibration, style);
  const auto checks = cross_checks(calibration);
  const auto all = checks.find("all");
  if (all != checks.end() && all->second.ratio())
    out += fmt::format(
        "\nOf {} fitted cases {} have a cross-validated error. Its median is {:.2f} times the "
        "fitted "
        "one (limit {}): {}.\n",
        all->second.cases, all->second.crossed, *all->second.ratio(), most_cross_ratio,
        *all->second.ratio() <= most_cross_ratio
            ? "what was fitted holds for folds it has not seen"
            : "the fit does not hold for folds it has not seen");
  return out;
}

json calibration_rows(const Calibration& calibration) {
  json rows = json::array();
  for (const UnitResult& r : calibration.units)
    for (std::size_t j = 0; j < r.unit.parameters.size(); ++j) rows.push_back(parameter_row(r, j));
  return rows;
}

json calibration_json(const Calibration& calibration) {
  json units = json::array();
  for (const UnitResult& r : calibration.units) {
    json parameters = json::array();
    for (std::size_t j = 0; j < r.unit.parameters.size(); ++j)
      parameters.push_back(parameter_row(r, j));
    units.push_back({{"name", r.unit.name},
                     {"parameters", parameters},
                     {"correlation", r.fit.correlation},
                     {"cases", r.cases.size()},
                     {"folds", r.folds},
                     {"median_before", number(median_of(r.cases, &CalibratedCase::before))},
                     {"median_fitted", number(median_of(r.cases, &CalibratedCase::fitted))},
                     {"cross_validation", errors_row(cross_of(r))},
                     {"classes", errors_by_class(cross_checks(r))},
                     {"others", r.others.size()},
                     {"others_before", number(median_of(r.others, &CalibratedCase::before))},
                     {"others_after", number(median_of(r.others, &CalibratedCase::fitted))},
                     {"left_out", r.unit.left_out}});
  }
  return {{"schema", "anesim-fit/1"},
          {"units", units},
          {"classes", errors_by_class(cross_checks(calibration))},
          {"complete", !calibration.interrupted}};
}

}  // namespace anesim::validate
