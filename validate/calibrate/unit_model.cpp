#include "validate/calibrate/unit_model.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "models/spec/resolve.h"
#include "validate/judge/runner.h"
#include "validate/predict/predictor.h"

namespace anesim::validate {
namespace {

constexpr double no_value = std::numeric_limits<double>::quiet_NaN();

}  // namespace

bool any(const std::vector<bool>& flags) {
  return std::find(flags.begin(), flags.end(), true) != flags.end();
}

const spec::DeviceSpec& Specs::device(const std::string& chip) {
  auto& known = devices_[chip];
  if (!known) known = spec::resolve_device(root_, chip);
  return *known;
}

const spec::StackSpec& Specs::stack(const std::string& name, const std::string& chip) {
  auto& known = stacks_[{name, chip}];
  if (!known) known = spec::resolve_stack(root_, name, device(chip));
  return *known;
}

std::vector<bool> Specs::in_force(const FitUnit& unit, const CaseRequest& r) {
  return validate::in_force(unit, device(r.chip), stack(r.stack, r.chip));
}

UnitModel::UnitModel(const FitUnit& unit, std::vector<const JudgedCase*> cases,
                     const CalibrationOptions& o, Specs& specs)
    : unit_(unit), options_(o), specs_(specs), known_(cases.size()), cases_(std::move(cases)) {
  for (const JudgedCase* c : cases_) depends_.push_back(specs.in_force(unit, *c->request));
}

bool UnitModel::learn_dependence(const std::vector<double>& start) {
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

std::optional<Points> UnitModel::operator()(const Points& points) {
  struct Question {
    std::size_t point = 0, c = 0;
  };
  std::vector<Question> questions;
  for (std::size_t p = 0; p < points.size(); ++p)
    for (std::size_t c = 0; c < cases_.size(); ++c)
      if (known_[c].try_emplace(key_of(points[p], c), no_value).second) questions.push_back({p, c});
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

std::vector<double> UnitModel::key_of(const std::vector<double>& point, std::size_t c) const {
  std::vector<double> key;
  for (std::size_t j = 0; j < point.size(); ++j)
    if (depends_[c][j]) key.push_back(point[j]);
  return key;
}

Predict UnitModel::predictor_at(const std::vector<double>& point, const std::vector<bool>& which) {
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

}  // namespace anesim::validate
