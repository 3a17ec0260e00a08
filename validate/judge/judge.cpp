#include "validate/judge/judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "sim/core/error.h"
#include "sim/core/text.h"

namespace anesim::validate {
namespace {

JudgedCase judged(const CaseRequest& request, const Prediction& prediction,
                  const Reference& reference, const Grades& grades) {
  JudgedCase result;
  result.request = &request;
  result.prediction = prediction;
  result.reference = reference;
  result.trust = trust_of(request, grades);
  result.remark = prediction.reason;
  if (prediction.status != Status::ok) return result;
  if (!std::isfinite(prediction.value) || prediction.value < 0) {
    result.prediction = Prediction::failed(
        fmt::format("predicted {} (expected a number from 0)", prediction.value));
    result.remark = result.prediction.reason;
    return result;
  }
  result.error = reference.value == 0 ? prediction.value - reference.value
                                      : prediction.value / reference.value - 1;
  return result;
}

/// Decides which cases are scored; a group counts once in its class.
void score(std::vector<JudgedCase>& cases) {
  std::map<std::pair<std::int64_t, Class>, const Case*> first;
  for (JudgedCase& c : cases) {
    if (!c.error) continue;
    const Case& measured = *c.request->measured;
    if (measured.conditions.suspect) {
      c.remark = "suspect: " + *measured.conditions.suspect;
    } else if (c.trust == "D") {
      c.remark = "grade D: not scored";
    } else if (c.reference.value == 0) {
      c.remark = "reference is 0: error is the difference";
    } else {
      const auto [entry, fresh] =
          first.try_emplace({c.reference.group, measured.scored_as}, &measured);
      c.scored = fresh;
      if (!fresh) c.remark = fmt::format("repeat of {}", entry->second->id);
    }
  }
}

/// The reference of a group holds all its measurements: one that a parameter was read from makes
/// the whole group no prediction.
void mark_groups(std::vector<JudgedCase>& cases) {
  std::set<std::int64_t> groups;
  for (const JudgedCase& c : cases)
    if (c.prediction.fitted_on) groups.insert(c.reference.group);
  for (JudgedCase& c : cases) c.fitted = groups.count(c.reference.group) > 0;
}

std::optional<double> share_inside(const std::vector<const JudgedCase*>& scored) {
  double inside = 0, with_interval = 0;
  for (const JudgedCase* c : scored) {
    const Prediction& p = c->prediction;
    if (!p.low || !p.high) continue;
    ++with_interval;
    inside += *p.low <= c->reference.value && c->reference.value <= *p.high;
  }
  if (with_interval == 0) return std::nullopt;
  return inside / with_interval;
}

/// Numbers the (chip, class, metric, unit) of cases, so that only comparable ones are ranked.
std::vector<RankedPair> rankings(const std::vector<const JudgedCase*>& scored) {
  std::map<std::tuple<std::string, Class, Metric, Unit>, std::int64_t> groups;
  std::vector<RankedPair> pairs;
  for (const JudgedCase* c : scored) {
    const Case& measured = *c->request->measured;
    const auto next = static_cast<std::int64_t>(groups.size());
    const auto group =
        groups
            .try_emplace({c->request->chip, measured.scored_as, measured.metric, measured.unit},
                         next)
            .first->second;
    pairs.push_back({c->prediction.value, c->reference.value, group});
  }
  return pairs;
}

/// Tau of networks and of language models, chip by chip: over classes it would say nothing.
std::map<std::string, ChipOrder> orders(const std::vector<JudgedCase>& cases) {
  std::map<std::string, std::map<Class, std::vector<const JudgedCase*>>> scored;
  for (const JudgedCase& c : cases) {
    const Class scored_as = c.request->measured->scored_as;
    if (c.scored && (scored_as == Class::network || scored_as == Class::language))
      scored[c.request->chip][scored_as].push_back(&c);
  }
  const auto order = [](const std::vector<const JudgedCase*>& list) {
    Order o;
    o.cases = static_cast<std::int64_t>(list.size());
    if (o.cases >= least_ranked) o.kendall_tau = kendall_tau(rankings(list));
    return o;
  };
  std::map<std::string, ChipOrder> result;
  for (auto& [chip, lists] : scored)
    result[chip] = {order(lists[Class::network]), order(lists[Class::language])};
  return result;
}

}  // namespace

Statistics statistics_of(const std::vector<const JudgedCase*>& cases) {
  Statistics s;
  std::vector<const JudgedCase*> scored;
  std::vector<double> errors, magnitudes, unread, spreads, of_formula;
  std::vector<Barred> barred;
  std::set<std::int64_t> groups;
  for (const JudgedCase* c : cases) {
    ++s.cases;
    s.predicted += c->prediction.status == Status::ok;
    const Reference& r = c->reference;
    if (r.repeats > 1 && r.value > 0 && groups.insert(r.group).second) {
      spreads.push_back((r.max - r.min) / (2 * r.value));
    }
    if (!c->scored) continue;
    scored.push_back(c);
    errors.push_back(*c->error);
    magnitudes.push_back(std::abs(*c->error));
    if (!c->fitted) unread.push_back(magnitudes.back());
    const double factor = c->prediction.value / r.value;
    if (c->baseline) of_formula.push_back(std::abs(*c->baseline / r.value - 1));
    if (r.max > r.min) barred.push_back({c->prediction.value, r.value, r.min, r.max});
    const double worse = factor >= 1 ? factor : 1 / factor;
    s.worst_factor = std::max(s.worst_factor.value_or(1), worse);
  }
  s.scored = static_cast<std::int64_t>(scored.size());
  s.median_abs_error = median(magnitudes);
  s.p90_abs_error = quantile(magnitudes, 0.9);
  s.median_range = bootstrap_median(magnitudes);
  s.bias = median(errors);
  s.kendall_tau = kendall_tau(rankings(scored));
  s.interval_coverage = share_inside(scored);
  s.repeat_spread = median(spreads);
  s.with_bar = static_cast<std::int64_t>(barred.size());
  s.repeats_explain = explained_share(barred);
  s.unread_scored = static_cast<std::int64_t>(unread.size());
  s.unread_median = median(unread);
  s.unread_p90 = quantile(unread, 0.9);
  s.baseline_scored = static_cast<std::int64_t>(of_formula.size());
  s.baseline_median = median(of_formula);
  s.baseline_p90 = quantile(of_formula, 0.9);
  return s;
}

Judgement judge(const std::vector<CaseRequest>& requests,
                const std::vector<Prediction>& predictions, const JudgeOptions& options,
                const std::vector<Prediction>& baseline) {
  check(requests.size() == predictions.size(), "one prediction for each case");
  check(baseline.empty() || baseline.size() == requests.size(), "one baseline for each case");
  const std::vector<Reference> refs = references(requests, options.repeats);
  Judgement result;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    result.cases.push_back(judged(requests[i], predictions[i], refs[i], options.grades));
    if (!baseline.empty() && baseline[i].status == Status::ok && std::isfinite(baseline[i].value))
      result.cases.back().baseline = baseline[i].value;
  }
  score(result.cases);
  mark_groups(result.cases);

  std::map<std::string, std::vector<const JudgedCase*>> by_class, by_chip, by_source;
  std::vector<const JudgedCase*> all;
  for (const JudgedCase& c : result.cases) {
    by_class[std::string(name(c.request->measured->scored_as))].push_back(&c);
    by_chip[c.request->chip].push_back(&c);
    by_source[c.request->file->source.id].push_back(&c);
    all.push_back(&c);
  }
  for (const auto& [key, cases] : by_class) result.by_class[key] = statistics_of(cases);
  for (const auto& [key, cases] : by_chip) result.by_chip[key] = statistics_of(cases);
  for (const auto& [key, cases] : by_source) result.by_source[key] = statistics_of(cases);
  result.all = statistics_of(all);
  result.order = orders(result.cases);
  return result;
}

}  // namespace anesim::validate
