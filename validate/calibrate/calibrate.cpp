#include "validate/calibrate/calibrate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
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

/// The present specs of the chips and stacks of cases, read once.
class Specs {
 public:
  explicit Specs(std::string root) : root_(std::move(root)) {}
  const spec::DeviceSpec& device(const std::string& chip) {
    auto& known = devices_[chip];
    if (!known) known = spec::resolve_device(root_, chip);
    return *known;
  }
  const spec::StackSpec& stack(const std::string& name, const std::string& chip) {
    auto& known = stacks_[{name, chip}];
    if (!known) known = spec::resolve_stack(root_, name, device(chip));
    return *known;
  }
  std::vector<bool> in_force(const FitUnit& unit, const CaseRequest& r) {
    return validate::in_force(unit, device(r.chip), stack(r.stack, r.chip));
  }

 private:
  std::string root_;
  std::map<std::string, std::optional<spec::DeviceSpec>> devices_;
  std::map<std::pair<std::string, std::string>, std::optional<spec::StackSpec>> stacks_;
};

bool any(const std::vector<bool>& flags) {
  return std::find(flags.begin(), flags.end(), true) != flags.end();
}

/// Predictions of the cases of a unit as a function of its values. A case that neither a step nor
/// an end of the range of a value moves does not depend on it and is not asked again for it.
class UnitModel {
 public:
  UnitModel(const FitUnit& unit, std::vector<const JudgedCase*> cases, const CalibrationOptions& o,
            Specs& specs)
      : unit_(unit), options_(o), specs_(specs), known_(cases.size()), cases_(std::move(cases)) {
    for (const JudgedCase* c : cases_) depends_.push_back(specs.in_force(unit, *c->request));
  }

  /// False if interrupted.
  bool learn_dependence(const std::vector<double>& start) {
    Points points{start};
    for (std::size_t j = 0; j < start.size(); ++j) {
      const UnitParameter& p = unit_.parameters[j];
      for (const double v : {p.value.low, p.value.high, start[j] * 0.97, start[j] * 1.03}) {
        points.push_back(start);
        points.back()[j] = std::clamp(v, p.value.low, p.value.high);
      }
    }
    const auto logs = (*this)(points);
    if (!logs) return false;
    constexpr std::size_t tries = 4;
    for (std::size_t i = 0; i < cases_.size(); ++i) {
      for (std::size_t j = 0; j < start.size(); ++j) {
        bool moves = false;
        for (std::size_t t = 0; t < tries; ++t) {
          const double there = (*logs)[1 + tries * j + t][i], here = logs->front()[i];
          moves |= !(std::abs(there - here) <= options_.fit.least_effect);
        }
        depends_[i][j] = depends_[i][j] && moves;
      }
      known_[i] = {{key_of(start, i), logs->front()[i]}};
    }
    return true;
  }

  [[nodiscard]] bool depends(std::size_t i) const { return any(depends_[i]); }

  std::optional<Points> operator()(const Points& points) {
    struct Question {
      std::size_t point = 0, c = 0;
    };
    std::vector<Question> questions;
    for (std::size_t p = 0; p < points.size(); ++p)
      for (std::size_t c = 0; c < cases_.size(); ++c)
        if (known_[c].try_emplace(key_of(points[p], c), no_value).second)
          questions.push_back({p, c});
    // The place of a request in the list says which question it is.
    std::vector<CaseRequest> requests;
    requests.reserve(questions.size());
    for (const Question& q : questions) requests.push_back(*cases_[q.c]->request);
    // Cases that depend on the same values at the same point share a predictor.
    std::map<std::pair<std::size_t, std::vector<bool>>, Predict> predictors;
    const Predict predict = [&](const CaseRequest& r) {
      const Question& q = questions[static_cast<std::size_t>(&r - requests.data())];
      auto& predictor = predictors[{q.point, depends_[q.c]}];
      if (!predictor) predictor = predictor_at(points[q.point], depends_[q.c]);
      return predictor(r);
    };
    RunOptions run;
    run.progress = options_.progress;
    run.label = unit_.name + ": ";
    const auto outcome = run_cases(requests, predict, run);
    if (outcome.interrupted) return std::nullopt;
    for (std::size_t i = 0; i < questions.size(); ++i) {
      const Prediction& p = outcome.predictions[i];
      if (p.status == Status::ok && p.value > 0)
        known_[questions[i].c][key_of(points[questions[i].point], questions[i].c)] =
            std::log(p.value);
    }
    Points logs;
    for (const auto& point : points) {
      logs.emplace_back();
      for (std::size_t c = 0; c < cases_.size(); ++c)
        logs.back().push_back(known_[c].at(key_of(point, c)));
    }
    return logs;
  }

 private:
  /// The values that the case depends on.
  std::vector<double> key_of(const std::vector<double>& point, std::size_t c) const {
    std::vector<double> key;
    for (std::size_t j = 0; j < point.size(); ++j)
      if (depends_[c][j]) key.push_back(point[j]);
    return key;
  }

  Predict predictor_at(const std::vector<double>& point, const std::vector<bool>& which) {
    PredictorOptions o;
    o.data_root = options_.data_root;
    o.device_of = [&, which](const std::string& chip) {
      auto device = specs_.device(chip);
      move(device, unit_, which, point);
      return device;
    };
    o.stack_of = [&, which](const std::string& name, const std::string& chip) {
      auto stack = specs_.stack(name, chip);
      move(stack, unit_, which, point);
      return stack;
    };
    return machine_predictor(o);
  }

  const FitUnit& unit_;
  const CalibrationOptions& options_;
  Specs& specs_;
  std::vector<std::map<std::vector<double>, double>> known_;  ///< by case
  std::vector<const JudgedCase*> cases_;
  std::vector<std::vector<bool>> depends_;
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
bool cross_validate(UnitResult& result, const std::vector<double>& measured, const LogModel& model,
                    const CalibrationOptions& options) {
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
      bool informed = true, depends = false;
      for (std::size_t j = 0; j < parameters.size(); ++j) {
        if (!result.fit.touched[j][i] || result.fit.parameters[j].verdict != Verdict::fitted)
          continue;
        depends = true;
        informed &= rest.parameters[j].verdict != Verdict::no_effect;
      }
      informed &= depends;
      if (informed) result.cases[i].crossed = error_of(logs->front()[i], *result.cases[i].judged);
    }
  }
  return true;
}

std::vector<double> present(const FitUnit& unit) {
  std::vector<double> at;
  for (const auto& p : unit.parameters) at.push_back(p.value.value);
  return at;
}

std::optional<UnitResult> calibrate_unit(const FitUnit& unit, const Judgement& judgement,
                                         const std::vector<std::string>& split,
                                         const CalibrationOptions& options, Specs& specs) {
  UnitResult result;
  result.unit = unit;
  if (unit.parameters.empty()) return result;
  std::vector<const JudgedCase*> fitted, others;
  for (const JudgedCase& c : judgement.cases) {
    if (!c.scored || c.prediction.value <= 0 || c.reference.value <= 0) continue;
    const auto applies = specs.in_force(unit, *c.request);
    if (!any(applies)) continue;
    // Sources of grade C check a fit, they do not make it; rows named in a file are its author's.
    const bool mine = options.all_cases ? c.trust != "C" : named(unit, applies, *c.request);
    (mine ? fitted : others).push_back(&c);
  }
  const auto start = present(unit);
  if (options.all_cases) {
    UnitModel all(unit, fitted, options, specs);
    if (!all.learn_dependence(start)) return std::nullopt;
    std::vector<const JudgedCase*> moved;
    for (std::size_t i = 0; i < fitted.size(); ++i)
      if (all.depends(i)) moved.push_back(fitted[i]);
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
  UnitModel unit_model(unit, fitted, options, specs);
  if (!unit_model.learn_dependence(start)) return std::nullopt;
  const LogModel model = [&](const Points& points) { return unit_model(points); };
  if (fitted.empty()) {
    result.fit.parameters.resize(unit.parameters.size());
    for (std::size_t j = 0; j < unit.parameters.size(); ++j)
      result.fit.parameters[j] = {unit.parameters[j].value.value,
                                  unit.parameters[j].value.value,
                                  {},
                                  Verdict::no_effect,
                                  "no scored case among its data"};
    result.fit.correlation.assign(unit.parameters.size(),
                                  std::vector<double>(unit.parameters.size(), 0));
    return result;
  }
  result.fit = fit(unit.fit_parameters(), measured, model, options.fit);
  if (result.fit.interrupted) return std::nullopt;
  const auto logs = model({start, result.fit.values()});
  if (!logs) return std::nullopt;
  for (std::size_t i = 0; i < fitted.size(); ++i) {
    result.cases[i].before = error_of((*logs)[0][i], *fitted[i]);
    result.cases[i].fitted = error_of((*logs)[1][i], *fitted[i]);
  }
  if (!cross_validate(result, measured, model, options)) return std::nullopt;
  if (!others.empty()) {
    const auto changed = UnitModel(unit, others, options, specs)({start, result.fit.values()});
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

std::vector<CaseRequest> cases_of(const std::vector<FitUnit>& units,
                                  const std::vector<CaseRequest>& requests,
                                  const std::string& data_root) {
  Specs specs(data_root);
  std::vector<CaseRequest> out;
  for (const CaseRequest& r : requests)
    if (std::any_of(units.begin(), units.end(),
                    [&](const FitUnit& unit) { return any(specs.in_force(unit, r)); }))
      out.push_back(r);
  return out;
}

Calibration calibrate(const std::vector<FitUnit>& units, const Judgement& judgement,
                      const std::vector<std::string>& split, const CalibrationOptions& options) {
  Calibration all;
  Specs specs(options.data_root);
  for (const FitUnit& unit : units) {
    auto result = calibrate_unit(unit, judgement, split, options, specs);
    if (!result) {
      all.interrupted = true;
      break;
    }
    all.units.push_back(std::move(*result));
  }
  return all;
}

std::vector<const CalibratedCase*> UnitResult::cases_of(std::size_t parameter) const {
  std::vector<const CalibratedCase*> out;
  for (std::size_t i = 0; i < cases.size(); ++i)
    if (fit.touched[parameter][i]) out.push_back(&cases[i]);
  return out;
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

std::string counted(std::size_t n, const char* thing) {
  return fmt::format("{} {}{}", n, thing, n == 1 ? "" : "s");
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
