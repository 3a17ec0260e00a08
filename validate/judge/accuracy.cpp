#include "validate/judge/accuracy.h"

#include <fmt/format.h>

#include "sim/config/quantity.h"
#include "sim/config/yaml.h"
#include "sim/core/text.h"
#include "validate/data/words.h"

namespace anesim::validate {
namespace {

using config::Node;

std::optional<double> optional_fraction(const Node& map, std::string_view key) {
  const Node* node = map.find(key);
  if (!node) return std::nullopt;
  try {
    return config::parse_quantity(node->text(), config::Dimension::fraction);
  } catch (const UserError& error) {
    node->fail(error.what());
  }
}

std::optional<std::string> optional_text(const Node& map, std::string_view key) {
  const Node* node = map.find(key);
  return node ? std::optional(node->text()) : std::nullopt;
}

Limit read_limit(const Node& node) {
  node.only_keys({"class", "chip", "not_chip", "engines", "median", "p90", "coverage", "tau",
                  "interval_low", "interval_high"});
  Limit limit;
  limit.scored_as = read_word<Class>(node.require("class"), "class");
  limit.chip = optional_text(node, "chip");
  limit.not_chip = optional_text(node, "not_chip");
  if (const Node* engines = node.find("engines")) limit.engines = engines->integer(1, 16);
  limit.median = optional_fraction(node, "median");
  limit.p90 = optional_fraction(node, "p90");
  limit.coverage = optional_fraction(node, "coverage");
  if (const Node* tau = node.find("tau")) limit.tau = tau->number(0, 1);
  limit.interval_low = optional_fraction(node, "interval_low");
  limit.interval_high = optional_fraction(node, "interval_high");
  if (!limit.interval_low && !limit.interval_high && !limit.median && !limit.p90 &&
      !limit.coverage && !limit.tau) {
    node.fail(
        "limits nothing (expected median, p90, coverage, tau, interval_low or interval_high)");
  }
  return limit;
}

bool selects(const Limit& limit, const JudgedCase& c) {
  const CaseRequest& request = *c.request;
  return request.measured->scored_as == limit.scored_as &&
         (!limit.chip || *limit.chip == request.chip) &&
         (!limit.not_chip || *limit.not_chip != request.chip) &&
         (!limit.engines || *limit.engines == request.engines.value_or(1));
}

std::string percent(double fraction) { return fmt::format("{:.3g} %", 100 * fraction); }

}  // namespace

std::string Limit::name() const {
  std::string text(validate::name(scored_as));
  if (engines) text += fmt::format(", {} engine{}", *engines, *engines == 1 ? "" : "s");
  if (chip) text += ", " + printable(*chip);
  if (not_chip) text += ", chips other than " + printable(*not_chip);
  return text;
}

std::vector<Limit> read_limits(const std::string& path) {
  return read_limits(config::read_yaml(path));
}

std::vector<Limit> read_limits(const Node& root) {
  root.only_keys({"schema", "limits"});
  (void)one_of(root.require("schema"), {"ane-accuracy/1"});
  std::vector<Limit> limits;
  for (const Node& node : root.require("limits").sequence()) limits.push_back(read_limit(node));
  return limits;
}

Statistics select(const Judgement& judgement, const Limit& limit) {
  std::vector<const JudgedCase*> cases;
  for (const JudgedCase& c : judgement.cases) {
    if (selects(limit, c)) cases.push_back(&c);
  }
  return statistics_of(cases);
}

std::vector<std::string> missed_limits(const Judgement& judgement,
                                       const std::vector<Limit>& limits) {
  std::vector<std::string> missed;
  for (const Limit& limit : limits) {
    const Statistics s = select(judgement, limit);
    const auto above = [&](std::string_view what, const std::optional<double>& reached,
                           const std::optional<double>& most) {
      if (!most) return;
      if (!reached) {
        missed.push_back(fmt::format("{}: no case to take the {} of (limit {})", limit.name(), what,
                                     percent(*most)));
      } else if (*reached > *most) {
        missed.push_back(fmt::format("{}: {} {} (limit {})", limit.name(), what, percent(*reached),
                                     percent(*most)));
      }
    };
    above("median error", s.median_abs_error, limit.median);
    above("90th percentile error", s.p90_abs_error, limit.p90);
    if (limit.tau && !(s.kendall_tau.value_or(-1) >= *limit.tau)) {
      missed.push_back(s.kendall_tau
                           ? fmt::format("{}: Kendall tau {:.3g} (limit {:.3g})", limit.name(),
                                         *s.kendall_tau, *limit.tau)
                           : fmt::format("{}: no cases to take Kendall's tau of", limit.name()));
    }
    if (limit.coverage && s.coverage().value_or(0) < *limit.coverage) {
      missed.push_back(fmt::format("{}: coverage {} (limit {})", limit.name(),
                                   percent(s.coverage().value_or(0)), percent(*limit.coverage)));
    }
    const double inside = s.interval_coverage.value_or(0);
    if (inside < limit.interval_low.value_or(0) || inside > limit.interval_high.value_or(1)) {
      missed.push_back(fmt::format(
          "{}: {} of the cases are in their 90 % interval (limits {} to {}; after a change of the "
          "machine 'anesim calibrate --residuals validate/residuals.yaml' makes them anew)",
          limit.name(), percent(inside), percent(limit.interval_low.value_or(0)),
          percent(limit.interval_high.value_or(1))));
    }
  }
  return missed;
}

}  // namespace anesim::validate
