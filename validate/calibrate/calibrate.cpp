#include "validate/calibrate/calibrate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <set>
#include <utility>

#include "models/spec/resolve.h"
#include "sim/core/error.h"
#include "validate/judge/fitted_on.h"
#include "validate/judge/runner.h"
#include "validate/judge/statistics.h"
#include "validate/predict/predictor.h"
#include "validate/uncertainty/residuals.h"

namespace anesim::validate {
namespace {

constexpr double no_value = std::numeric_limits<double>::quiet_NaN();

/// Two chips or stacks that differ in what is in force are two kinds of case.
class Applicability {
 public:
  Applicability(const FitUnit& unit, const std::string& root) : unit_(unit), root_(root) {}
  const std::vector<bool>& of(const CaseRequest& r) {
    const auto [known, fresh] = known_.try_emplace({r.chip, r.stack});
    if (fresh) {
      const auto device = spec::resolve_device(root_, r.chip);
      known->second = in_force(unit_, device, spec::resolve_stack(root_, r.stack, device));
    }
    return known->second;
  }

 private:
  const FitUnit& unit_;
  std::string root_;
  std::map<std::pair<std::string, std::string>, std::vector<bool>> known_;
};

/// Predictions of the cases of a unit as a function of its values.
class UnitModel {
 public:
  UnitModel(const FitUnit& unit, std::vector<const JudgedCase*> cases, const CalibrationOptions& o)
      : unit_(unit), cases_(std::move(cases)), options_(o) {
    Applicability applicability(unit, o.data_root);
    for (const JudgedCase* c : cases_) applies_.push_back(applicability.of(*c->request));
  }

  std::optional<Points> operator()(const Points& points) const {
    // A case at a point is one request; its place in the list says which.
    std::vector<CaseRequest> requests;
    requests.reserve(points.size() * cases_.size());
    for (std::size_t p = 0; p < points.size(); ++p)
      for (const JudgedCase* c : cases_) requests.push_back(*c->request);
    std::map<std::string, Predict> predictors;
    const Predict predict = [&](const CaseRequest& r) {
      const auto at = static_cast<std::size_t>(&r - requests.data());
      auto overrides = overrides_of(points[at / cases_.size()], at % cases_.size());
      std::string key;
      for (const auto& o : overrides) key += o.path + "=" + o.value + "\n";
      auto& predictor = predictors[key];
      if (!predictor) predictor = machine_predictor({options_.data_root, std::move(overrides)});
      return predictor(r);
    };
    RunOptions run;
    run.progress = options_.progress;
    run.label = unit_.name + ": ";
    const auto outcome = run_cases(requests, predict, run);
    if (outcome.interrupted) return std::nullopt;
    Points logs(points.size(), std::vector<double>(cases_.size(), no_value));
    for (std::size_t i = 0; i < requests.size(); ++i) {
      const Prediction& p = outcome.predictions[i];
      if (p.status == Status::ok && p.value > 0)
        logs[i / cases_.size()][i % cases_.size()] = std::log(p.value);
    }
    return logs;
  }

 private:
  std::vector<spec::Override> overrides_of(const std::vector<double>& point,
                                           std::size_t c) const {
    std::vector<spec::Override> overrides;
    for (std::size_t j = 0; j < point.size(); ++j)
      if (applies_[c][j]) overrides.push_back(override_of(unit_.parameters[j], point[j]));
    return overrides;
  }

  const FitUnit& unit_;
  std::vector<const JudgedCase*> cases_;
  const CalibrationOptions& options_;
  std::vector<std::vector<bool>> applies_;
};

bool named(const FitUnit& unit, const std::vector<bool>& applies, const CaseRequest& r) {
  for (std::size_t j = 0; j < unit.parameters.size(); ++j) {
    if (!applies[j]) continue;
    for (const std::string& row : unit.parameters[j].value.fitted_on)
      if (names_case(row, r.file->name, r.measured->id)) return true;
  }
  return false;
}

double error_of(double log_prediction, const JudgedCase& c) {
  return std::abs(std::exp(log_prediction) / c.reference.value - 1);
}

/// Leaves out one group of folds after the other; false if interrupted.
bool cross_validate(UnitResult& result, const std::vector<double>& measured,
                    const LogModel& model, const CalibrationOptions& options) {
  std::vector<std::string> folds;
  for (const auto& c : result.cases) folds.push_back(c.fold);
  const auto group_of = deal_folds(folds, options.groups);
  const std::size_t groups =
      group_of.empty() ? 0 : 1 + *std::max_element(group_of.begin(), group_of.end());
  if (groups < 2) return true;
  const auto parameters = result.unit.fit_parameters();
  for (std::size_t g = 0; g < groups; ++g) {
    auto without = measured;
    for (std::size_t i = 0; i < measured.size(); ++i)
      if (group_of[i] == g) without[i] = no_value;
    const Fit rest = fit(parameters, without, model, options.fit);
    if (rest.interrupted) return false;
    const auto logs = model({rest.values()});
    if (!logs) return false;
    for (std::size_t i = 0; i < measured.size(); ++i) {
      if (group_of[i] != g || !std::isfinite(logs->front()[i])) continue;
      // A value that no other fold informs stays as it is, which is no test of it.
      bool informed = true;
      for (std::size_t j = 0; j < parameters.size(); ++j)
        if (rest.parameters[j].verdict == Verdict::no_effect &&
            result.fit.parameters[j].verdict != Verdict::no_effect)
          informed &= !result.fit.touched[i];
      if (informed) result.cases[i].crossed = error_of(logs->front()[i], *result.cases[i].judged);
    }
  }
  return true;
}

/// Values that the data do not tell stay as the file has them.
std::vector<double> accepted(const UnitResult& r) {
  std::vector<double> at;
  for (std::size_t j = 0; j < r.unit.parameters.size(); ++j)
    at.push_back(identified(r.fit.parameters[j].verdict) ? r.fit.parameters[j].value
                                                         : r.unit.parameters[j].value.value);
  return at;
}

std::vector<double> present(const FitUnit& unit) {
  std::vector<double> at;
  for (const auto& p : unit.parameters) at.push_back(p.value.value);
  return at;
}

std::optional<UnitResult> calibrate_unit(const FitUnit& unit, const Judgement& judgement,
                                         const std::vector<std::string>& split,
                                         const CalibrationOptions& options) {
  UnitResult result;
  result.unit = unit;
  if (unit.parameters.empty()) return result;
  Applicability applicability(unit, options.data_root);
  std::vector<const JudgedCase*> fitted, others;
  for (const JudgedCase& c : judgement.cases) {
    if (!c.scored || c.prediction.value <= 0 || c.reference.value <= 0) continue;
    const auto& applies = applicability.of(*c.request);
    if (std::find(applies.begin(), applies.end(), true) == applies.end()) continue;
    const bool mine = options.all_cases || named(unit, applies, *c.request);
    (mine ? fitted : others).push_back(&c);
  }
  if (options.all_cases) {  // most cases of a chip do not depend on its few values: one look
    const UnitModel all(unit, fitted, options);
    Points ends{present(unit)};
    for (std::size_t j = 0; j < unit.parameters.size(); ++j)
      for (const double end : {unit.parameters[j].value.low, unit.parameters[j].most}) {
        ends.push_back(present(unit));
        ends.back()[j] = end;
      }
    const auto logs = all(ends);
    if (!logs) return std::nullopt;
    std::vector<const JudgedCase*> moved;
    for (std::size_t i = 0; i < fitted.size(); ++i)
      for (const auto& end : *logs)
        if (std::abs(end[i] - logs->front()[i]) > options.fit.least_effect) {
          moved.push_back(fitted[i]);
          break;
        }
    fitted = std::move(moved);
  }
  std::vector<double> measured;
  std::set<std::string> folds;
  for (const JudgedCase* c : fitted) {
    measured.push_back(std::log(c->reference.value));
    CalibratedCase known;
    known.judged = c;
    known.fold = fold_of(*c->request, split) + " " + c->request->chip;
    folds.insert(known.fold);
    result.cases.push_back(std::move(known));
  }
  result.folds = folds.size();
  const LogModel model = remembering(UnitModel(unit, fitted, options));
  if (fitted.empty()) {
    result.fit.parameters.resize(unit.parameters.size());
    for (std::size_t j = 0; j < unit.parameters.size(); ++j)
      result.fit.parameters[j] = {unit.parameters[j].value.value, {}, Verdict::no_effect,
                                  "no scored case among its data"};
    result.fit.correlation.assign(unit.parameters.size(),
                                  std::vector<double>(unit.parameters.size(), 0));
    return result;
  }
  result.fit = fit(unit.fit_parameters(), measured, model, options.fit);
  if (result.fit.interrupted) return std::nullopt;
  const auto logs = model({present(unit), accepted(result)});
  if (!logs) return std::nullopt;
  for (std::size_t i = 0; i < fitted.size(); ++i) {
    result.cases[i].before = error_of((*logs)[0][i], *fitted[i]);
    result.cases[i].fitted = error_of((*logs)[1][i], *fitted[i]);
  }
  if (!cross_validate(result, measured, model, options)) return std::nullopt;
  if (!others.empty()) {
    const auto changed = UnitModel(unit, others, options)({present(unit), accepted(result)});
    if (!changed) return std::nullopt;
    for (std::size_t i = 0; i < others.size(); ++i) {
      const double before = (*changed)[0][i], after = (*changed)[1][i];
      if (!(std::abs(after - before) > options.fit.least_effect)) continue;
      result.others.push_back(
          {others[i], "", error_of(before, *others[i]), error_of(after, *others[i]), {}});
    }
  }
  return result;
}

}  // namespace

Calibration calibrate(const std::vector<FitUnit>& units, const Judgement& judgement,
                      const std::vector<std::string>& split, const CalibrationOptions& options) {
  Calibration all;
  for (const FitUnit& unit : units) {
    auto result = calibrate_unit(unit, judgement, split, options);
    if (!result) {
      all.interrupted = true;
      break;
    }
    all.units.push_back(std::move(*result));
  }
  return all;
}

std::optional<double> CrossCheck::ratio() const {
  if (crossed == 0 || fitted <= 0) return std::nullopt;
  return cross_validated / fitted;
}

CrossCheck cross_check(const std::vector<const CalibratedCase*>& cases) {
  CrossCheck c;
  c.cases = cases.size();
  std::vector<double> before, fitted, crossed;
  for (const CalibratedCase* one : cases) {
    if (!one->crossed) continue;
    before.push_back(one->before);
    fitted.push_back(one->fitted);
    crossed.push_back(*one->crossed);
  }
  c.crossed = crossed.size();
  c.before = median(before).value_or(0);
  c.fitted = median(fitted).value_or(0);
  c.cross_validated = median(crossed).value_or(0);
  return c;
}

std::map<std::string, CrossCheck> cross_checks(const Calibration& calibration) {
  std::map<std::string, std::vector<const CalibratedCase*>> by_class;
  for (const UnitResult& unit : calibration.units)
    for (const CalibratedCase& c : unit.cases) {
      by_class[std::string(name(c.judged->request->measured->scored_as))].push_back(&c);
      by_class["all"].push_back(&c);
    }
  std::map<std::string, CrossCheck> out;
  for (const auto& [key, cases] : by_class) out[key] = cross_check(cases);
  return out;
}

std::vector<std::size_t> deal_folds(const std::vector<std::string>& folds, std::size_t groups) {
  std::map<std::string, std::size_t> sizes;
  for (const std::string& f : folds) ++sizes[f];
  std::vector<std::pair<std::size_t, std::string>> largest_first;
  for (const auto& [fold, size] : sizes) largest_first.push_back({size, fold});
  std::stable_sort(largest_first.begin(), largest_first.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<std::size_t> filled(std::max<std::size_t>(1, std::min(groups, sizes.size())), 0);
  std::map<std::string, std::size_t> group;
  for (const auto& [size, fold] : largest_first) {
    const auto least = std::min_element(filled.begin(), filled.end());
    *least += size;
    group[fold] = static_cast<std::size_t>(least - filled.begin());
  }
  std::vector<std::size_t> out;
  for (const std::string& f : folds) out.push_back(group[f]);
  return out;
}

}  // namespace anesim::validate
