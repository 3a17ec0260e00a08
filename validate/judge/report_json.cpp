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

json case_json(const JudgedCase& c) {
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
          {"trust", c.trust},
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
      {"with_bar", s.with_bar},
      {"repeats_explain", number_or_null(s.repeats_explain)},
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

json bars_json(const std::vector<BarRow>& rows) {
  json list = json::array();
  for (const BarRow& row : rows) {
    list.push_back(
        {{"row", row.name},
         {"bar",
          {{"median", number_or_null(row.bar.median)}, {"p90", number_or_null(row.bar.p90)}}},
         {"limit",
          {{"median", number_or_null(row.limit.median)}, {"p90", number_or_null(row.limit.p90)}}},
         {"met", row.met ? json(*row.met) : json(nullptr)},
         {"reached", statistics_json(row.reached)}});
  }
  return list;
}

json order_json(const std::map<std::string, ChipOrder>& chips) {
  const auto of = [](const Order& o) {
    return json{{"cases", o.cases}, {"kendall_tau", number_or_null(o.kendall_tau)}};
  };
  json result = json::object();
  for (const auto& [chip, order] : chips)
    result[chip] = {{"network", of(order.network)}, {"language", of(order.language)}};
  return result;
}

/// Where the predicted time goes, beside the case.
json worst_json(const JudgedCase& c) {
  json entry = case_json(c);
  entry["factor"] = factor_of(c);
  entry["seconds_by_bound"] = c.prediction.breakdown.seconds_by_bound;
  return entry;
}

}  // namespace

std::string validation_json(const Judgement& judgement, const ReportInfo& info) {
  json cases = json::array();
  for (const JudgedCase& c : judgement.cases) cases.push_back(case_json(c));
  json root{{"schema", "anesim-validation/1"},
            {"version", info.version},
            {"complete", judgement.complete},
            {"cases", std::move(cases)},
            {"summary",
             {{"by_class", table_json(judgement.by_class)},
              {"by_chip", table_json(judgement.by_chip)},
              {"by_source", table_json(judgement.by_source)},
              {"bars", bars_json(info.bars)},
              {"order", order_json(judgement.order)},
              {"uncovered_ops", judgement.uncovered_ops},
              {"all", statistics_json(judgement.all)}}}};
  if (info.worst > 0) {
    root["worst"] = json::array();
    for (const JudgedCase* c : worst_cases(judgement, info.worst))
      root["worst"].push_back(worst_json(*c));
  }
  return root.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace anesim::validate
