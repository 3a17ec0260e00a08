#include <cmath>
#include <nlohmann/json.hpp>

#include "validate/judge/report.h"

namespace anesim::validate {
namespace {

using nlohmann::json;

json number_or_null(const std::optional<double>& value) {
  return value && std::isfinite(*value) ? json(*value) : json(nullptr);
}

json interval_of(const Prediction& p) {
  if (p.status != Status::ok || !p.low || !p.high) return nullptr;
  return json::array({*p.low, *p.high});
}

json case_json(const JudgedCase& c, const Grades& grades) {
  const Case& measured = *c.request->measured;
  const bool ok = c.prediction.status == Status::ok;
  return {{"file", c.request->file->name},
          {"id", measured.id},
          {"chip", c.request->chip},
          {"class", name(measured.scored_as)},
          {"kind", name(measured.workload.kind)},
          {"metric", name(measured.metric)},
          {"unit", name(measured.unit)},
          {"clock", name(c.request->clock)},
          {"trust", trust_of(*c.request, grades)},
          {"measured", measured.value},
          {"reference", c.reference.value},
          {"reference_min", c.reference.min},
          {"reference_max", c.reference.max},
          {"repeats", c.reference.repeats},
          {"predicted", ok ? json(c.prediction.value) : json(nullptr)},
          {"interval", interval_of(c.prediction)},
          {"error", number_or_null(c.error)},
          {"baseline", number_or_null(c.baseline)},
          {"status", name(c.prediction.status)},
          {"reason", c.remark},
          {"fitted_on", c.prediction.fitted_on}};
}

json statistics_json(const Statistics& s) {
  return {
      {"cases", s.cases},
      {"predicted", s.predicted},
      {"scored", s.scored},
      {"coverage", number_or_null(s.coverage())},
      {"median_abs_error", number_or_null(s.median_abs_error)},
      {"median_abs_error_range",
       s.median_range ? json::array({s.median_range->low, s.median_range->high}) : json(nullptr)},
      {"p90_abs_error", number_or_null(s.p90_abs_error)},
      {"bias", number_or_null(s.bias)},
      {"worst_factor", number_or_null(s.worst_factor)},
      {"kendall_tau", number_or_null(s.kendall_tau)},
      {"interval_coverage", number_or_null(s.interval_coverage)},
      {"repeat_spread", number_or_null(s.repeat_spread)},
      {"not_fitted_on",
       {{"scored", s.unread_scored},
        {"median_abs_error", number_or_null(s.unread_median)},
        {"p90_abs_error", number_or_null(s.unread_p90)}}},
      {"baseline",
       {{"scored", s.baseline_scored},
        {"median_abs_error", number_or_null(s.baseline_median)},
        {"p90_abs_error", number_or_null(s.baseline_p90)}}}};
}

json table_json(const std::map<std::string, Statistics>& table) {
  json result = json::object();
  for (const auto& [key, statistics] : table) result[key] = statistics_json(statistics);
  return result;
}

}  // namespace

std::string validation_json(const Judgement& judgement, const ReportInfo& info) {
  json cases = json::array();
  for (const JudgedCase& c : judgement.cases) cases.push_back(case_json(c, info.grades));
  const json root{{"schema", "anesim-validation/1"},
                  {"version", info.version},
                  {"cases", std::move(cases)},
                  {"summary",
                   {{"by_class", table_json(judgement.by_class)},
                    {"by_chip", table_json(judgement.by_chip)},
                    {"by_source", table_json(judgement.by_source)},
                    {"all", statistics_json(judgement.all)}}}};
  return root.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace anesim::validate
