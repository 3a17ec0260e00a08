#include "validate/calibrate/calibration_report.h"

#include <fmt/format.h>

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
  std::vector<const CalibratedCase*> cases;
  for (const auto& c : r.cases) cases.push_back(&c);
  return cross_check(cases);
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
      text += "; no other fold to cross-validate with";
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

std::string classes_table(const Calibration& calibration, TableStyle style) {
  constexpr auto right = TextTable::Align::right;
  TextTable table({{"fitted cases of class"},
                   {"cases", right},
                   {"cross-validated", right},
                   {"before", right},
                   {"fitted", right},
                   {"cross-validated median", right},
                   {"ratio", right}});
  for (const auto& [key, c] : cross_checks(calibration)) {
    const auto ratio = c.ratio();
    const bool any = c.crossed > 0;
    table.add({key, fmt::format("{}", c.cases), fmt::format("{}", c.crossed),
               any ? percent(c.before) : "-", any ? percent(c.fitted) : "-",
               any ? percent(c.cross_validated) : "-",
               ratio ? fmt::format("{:.2f}", *ratio) : "-"});
  }
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
          {"crossed", c.crossed},
          {"median_before", c.crossed ? json(c.before) : json(nullptr)},
          {"median_fitted", c.crossed ? json(c.fitted) : json(nullptr)},
          {"median_cross_validated", c.crossed ? json(c.cross_validated) : json(nullptr)},
          {"ratio", number(c.ratio())}};
}

}  // namespace

std::string calibration_text(const Calibration& calibration, TableStyle style) {
  std::string out;
  for (const UnitResult& r : calibration.units) out += unit_text(r, style) + "\n";
  out += classes_table(calibration, style);
  const auto checks = cross_checks(calibration);
  const auto all = checks.find("all");
  if (all != checks.end() && all->second.ratio())
    out +=
        fmt::format("\nThe cross-validated median is {:.2f} times the fitted one (limit {}): {}.\n",
                    *all->second.ratio(), most_cross_ratio,
                    *all->second.ratio() <= most_cross_ratio
                        ? "what was fitted holds for studies it has not seen"
                        : "the fit does not hold for studies it has not seen");
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
                     {"others", r.others.size()},
                     {"others_before", number(median_of(r.others, &CalibratedCase::before))},
                     {"others_after", number(median_of(r.others, &CalibratedCase::fitted))},
                     {"left_out", r.unit.left_out}});
  }
  json classes = json::object();
  for (const auto& [key, c] : cross_checks(calibration)) classes[key] = errors_row(c);
  return {{"schema", "anesim-fit/1"},
          {"units", units},
          {"classes", classes},
          {"complete", !calibration.interrupted}};
}

}  // namespace anesim::validate
