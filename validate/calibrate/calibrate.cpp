#include "validate/calibrate/calibrate.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <utility>

#include "validate/calibrate/harm.h"
#include "validate/calibrate/patch.h"
#include "validate/calibrate/unit_model.h"
#include "validate/judge/fitted_on.h"
#include "validate/uncertainty/residuals.h"

namespace anesim::validate {
namespace {

constexpr double no_value = std::numeric_limits<double>::quiet_NaN();

bool named(const FitUnit& unit, const std::vector<bool>& applies, const CaseRequest& r) {
  for (std::size_t j = 0; j < unit.parameters.size(); ++j) {
    if (!applies[j]) continue;
    for (const std::string& row : unit.parameters[j].value.fitted_on)
      if (names_case(row, r.file->name, r.measured->id)) return true;
  }
  return false;
}

PatchedCase error_of(double log_prediction, const JudgedCase& c, const FitOptions& o) {
  return {std::abs(std::exp(log_prediction) / c.reference.value - 1),
          huber_loss(log_prediction - std::log(c.reference.value), o.huber)};
}

/// Leaves out one group of folds after the other; false if interrupted.
bool cross_validate(UnitResult& result, const std::vector<FitParameter>& parameters,
                    const std::vector<double>& measured, const LogModel& model,
                    const CalibrationOptions& options) {
  std::vector<std::string> folds;
  for (const auto& c : result.cases) folds.push_back(c.fold);
  const auto group_of = deal_folds(folds, options.groups);
  const std::size_t groups =
      group_of.empty() ? 0 : 1 + *std::max_element(group_of.begin(), group_of.end());
  if (groups < 2) return true;
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
      if (!informed) continue;
      CalibratedCase& c = result.cases[i];
      const auto crossed = error_of(logs->front()[i], *c.judged, options.fit);
      c.crossed = crossed.error;
      c.loss_crossed = crossed.loss;
    }
  }
  return true;
}

std::vector<double> present(const FitUnit& unit) {
  std::vector<double> at;
  for (const auto& p : unit.parameters) at.push_back(p.value.value);
  return at;
}

/// The point that the patch of a fit makes.
std::vector<double> patched_point(const UnitResult& result, std::vector<double> at) {
  for (const Move& m : moves_of(result))
    at[static_cast<std::size_t>(m.parameter - result.unit.parameters.data())] = m.value;
  return at;
}

/// Fits and cross-validates; a value whose move makes things worse is held where it is, and the
/// rest is fitted again. False if interrupted.
bool fit_what_helps(UnitResult& result, const std::vector<double>& start,
                    const std::vector<double>& measured, const LogModel& model,
                    const CalibrationOptions& options) {
  auto parameters = result.unit.fit_parameters();
  std::vector<FittedParameter> held(parameters.size());
  for (;;) {
    result.fit = fit(parameters, measured, model, options.fit);
    if (result.fit.interrupted) return false;
    for (std::size_t j = 0; j < held.size(); ++j)
      if (parameters[j].held) result.fit.parameters[j] = held[j];
    const auto logs = model({start, result.fit.values(), patched_point(result, start)});
    if (!logs) return false;
    std::vector<PatchedCase> patched;
    for (std::size_t i = 0; i < result.cases.size(); ++i) {
      CalibratedCase& c = result.cases[i];
      const auto before = error_of((*logs)[0][i], *c.judged, options.fit);
      const auto fitted = error_of((*logs)[1][i], *c.judged, options.fit);
      c.before = before.error, c.loss_before = before.loss;
      c.fitted = fitted.error, c.loss_fitted = fitted.loss;
      c.crossed.reset();
      c.loss_crossed.reset();
      patched.push_back(error_of((*logs)[2][i], *c.judged, options.fit));
    }
    if (!cross_validate(result, parameters, measured, model, options)) return false;
    const auto harm = most_harmful_move(result, patched);
    if (!harm) return true;
    const std::size_t j = harm->parameter;
    parameters[j].held = true;
    held[j] = result.fit.parameters[j];
    held[j].value = start[j];  // `tried` keeps what the fit found
    held[j].verdict = Verdict::not_better;
    held[j].why = harm->why;
  }
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
  if (!fit_what_helps(result, start, measured, model, options)) return std::nullopt;
  if (!others.empty()) {
    const auto changed = UnitModel(unit, others, options, specs)({start, result.fit.values()});
    if (!changed) return std::nullopt;
    for (std::size_t i = 0; i < others.size(); ++i) {
      const double before = (*changed)[0][i], after = (*changed)[1][i];
      if (!(std::abs(after - before) > options.fit.least_effect)) continue;
      const auto was = error_of(before, *others[i], options.fit);
      const auto is = error_of(after, *others[i], options.fit);
      result.others.push_back({others[i], "", was.error, is.error, {}, was.loss, is.loss, {}});
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

}  // namespace anesim::validate
