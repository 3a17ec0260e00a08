#include "validate/judge/accuracy.h"

#include <fmt/format.h>

#include <algorithm>

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

/// A limit on a chip that is none would select nothing, or everything.
std::optional<std::string> optional_chip(const Node& map, std::string_view key,
                                         const std::vector<std::string>& chips) {
  const Node* node = map.find(key);
  if (!node) return std::nullopt;
  const std::string chip = node->text();
  if (!chips.empty() && std::find(chips.begin(), chips.end(), chip) == chips.end())
    node->fail(fmt::format("unknown chip '{}'{} (expected {})", printable(chip),
                           did_you_mean(chip, chips), fmt::join(chips, ", ")));
  return chip;
}

std::optional<Bar> optional_bar(const Node& map) {
  const Node* node = map.find("bar");
  if (!node) return std::nullopt;
  node->only_keys({"median", "p90"});
  const Bar bar{optional_fraction(*node, "median"), optional_fraction(*node, "p90")};
  if (!bar.median && !bar.p90) node->fail("is no bar (expected median, p90 or both)");
  return bar;
}

Limit read_limit(const Node& node, const std::vector<std::string>& chips) {
  node.only_keys({"class", "chip", "not_chip", "engines", "row", "median", "p90", "coverage", "tau",
                  "interval_low", "interval_high", "bar"});
  Limit limit;
  limit.scored_as = read_word<Class>(node.require("class"), "class");
  limit.chip = optional_chip(node, "chip", chips);
  limit.not_chip = optional_chip(node, "not_chip", chips);
  limit.row = optional_text(node, "row");
  limit.bar = optional_bar(node);
  if (const Node* engines = node.find("engines")) limit.engines = engines->integer(1, 16);
  limit.median = optional_fraction(node, "median");
  limit.p90 = optional_fraction(node, "p90");
  limit.coverage = optional_fraction(node, "coverage");
  if (const Node* tau = node.find("tau")) limit.tau = tau->number(0, 1);
  limit.interval_low = optional_fraction(node, "interval_low");
  limit.interval_high = optional_fraction(node, "interval_high");
  if (!limit.interval_low && !limit.interval_high && !limit.median && !limit.p90 &&
      !limit.coverage && !limit.tau && !limit.bar) {
    node.fail(
        "limits nothing (expected median, p90, coverage, tau, interval_low, interval_high or bar)");
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
  if (row) return printable(*row);
  std::string text(validate::name(scored_as));
  if (engines) text += fmt::format(", {} engine{}", *engines, *engines == 1 ? "" : "s");
  if (chip) text += ", " + printable(*chip);
  if (not_chip) text += ", chips other than " + printable(*not_chip);
  return text;
}

std::vector<Limit> read_limits(const std::string& path, const std::vector<std::string>& chips) {
  return read_limits(config::read_yaml(path), chips);
}

std::vector<Limit> read_limits(const Node& root, const std::vector<std::string>& chips) {
  root.only_keys({"schema", "limits"});
  (void)one_of(root.require("schema"), {"ane-accuracy/1"});
  std::vector<Limit> limits;
  const Node& rows = root.require("limits");
  for (const Node& node : rows.sequence()) limits.push_back(read_limit(node, chips));
  if (limits.empty()) rows.fail("has no limit (expected at least one, which can be missed)");
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
    if (s.cases == 0) {
      missed.push_back(fmt::format("{}: no case of these was judged", limit.name()));
      continue;
    }
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

Applicable applicable(const Judgement& judgement, const std::vector<Limit>& limits) {
  Applicable result;
  for (const Limit& limit : limits) {
    const bool any = std::any_of(judgement.cases.begin(), judgement.cases.end(),
                                 [&](const JudgedCase& c) { return selects(limit, c); });
    if (any) {
      result.limits.push_back(limit);
    } else {
      result.without_cases.push_back(limit.name());
    }
  }
  return result;
}

std::vector<BarRow> bar_rows(const Judgement& judgement, const std::vector<Limit>& limits) {
  std::vector<BarRow> rows;
  for (const Limit& limit : limits) {
    if (!limit.bar) continue;
    BarRow row{limit.name(), select(judgement, limit), *limit.bar, {limit.median, limit.p90}, {}};
    if (row.reached.cases == 0) continue;  // a part of the data was judged
    const auto reaches = [](const std::optional<double>& value, const std::optional<double>& most) {
      return !most || *value <= *most;
    };
    if (row.reached.scored > 0)
      row.met = reaches(row.reached.median_abs_error, row.bar.median) &&
                reaches(row.reached.p90_abs_error, row.bar.p90);
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace anesim::validate
