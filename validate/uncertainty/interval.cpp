#include "validate/uncertainty/interval.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>
#include <utility>

#include "sim/core/error.h"

namespace anesim::validate {
namespace {

struct Weighted {
  double magnitude = 0;
  double weight = 0;
};

/// The least magnitude with at least `share` of the weight at or below it.
double weighted_quantile(std::vector<Weighted>& errors, double share) {
  std::sort(errors.begin(), errors.end(),
            [](const Weighted& a, const Weighted& b) { return a.magnitude < b.magnitude; });
  double total = 0;
  for (const Weighted& e : errors) total += e.weight;
  double below = 0;
  for (const Weighted& e : errors) {
    below += e.weight;
    if (below >= share * total * (1 - 1e-12)) return e.magnitude;
  }
  return errors.back().magnitude;
}

double weight_of(const FoldResiduals& f, const Conditioned& at, const Residuals& r,
                 const IntervalWeights& w) {
  double weight = 1;
  if (f.chip != at.chip) {
    const auto generation = r.generations.find(f.chip);
    const bool same = generation != r.generations.end() && generation->second == at.generation;
    weight *= same ? w.other_chip_of_generation : w.other_generation;
  }
  if (f.stack != at.stack) weight *= w.other_stack;
  if (f.clock != at.clock) weight *= w.other_clock;
  return weight;
}

}  // namespace

std::optional<double> interval_factor(const Residuals& r, const Conditioned& at,
                                      const IntervalWeights& w) {
  std::vector<Weighted> errors;
  double sum = 0, squares = 0;
  // Host costs belong to a pair of chip and stack; energy is the engine's, whoever calls it.
  const bool of_the_engine = at.scored_as == Class::power;
  bool measured_before = false;
  for (const FoldResiduals& f : r.folds) {
    if (f.scored_as != at.scored_as || (f.fold == at.without_fold && f.chip == at.chip)) continue;
    const double weight = weight_of(f, at, r, w);
    measured_before |= f.chip == at.chip && (f.stack == at.stack || of_the_engine);
    for (const double error : f.log_errors) {
      errors.push_back({std::abs(error), weight});
      sum += weight;
      squares += weight * weight;
    }
  }
  if (errors.empty()) return std::nullopt;
  const double effective = sum * sum / squares;
  const double width = weighted_quantile(errors, std::min(1.0, confidence * (1 + 1 / effective)));
  return std::exp(measured_before ? width : width * w.widening);
}

void add_intervals(const std::vector<CaseRequest>& requests, std::vector<Prediction>& predictions,
                   const Residuals& residuals) {
  using Key = std::tuple<Class, std::string, Clock, std::string, std::string>;
  std::map<Key, std::optional<double>> factors;
  check(requests.size() == predictions.size(), "one prediction for each case");
  for (std::size_t i = 0; i < requests.size(); ++i) {
    Prediction& p = predictions[i];
    if (p.status != Status::ok || !(p.value > 0)) continue;
    const CaseRequest& q = requests[i];
    const auto generation = residuals.generations.find(q.chip);
    Conditioned at{
        q.measured->scored_as, q.chip, "", q.stack, q.clock, fold_of(q, residuals.split_studies)};
    if (generation != residuals.generations.end()) at.generation = generation->second;
    // Cases of one fold under one set of conditions share their factor.
    const auto [known, fresh] =
        factors.try_emplace({at.scored_as, at.stack, at.clock, q.chip, at.without_fold});
    if (fresh) known->second = interval_factor(residuals, at);
    if (const auto& factor = known->second) {
      p.low = p.value / *factor;
      p.high = p.value * *factor;
    }
  }
}

}  // namespace anesim::validate
