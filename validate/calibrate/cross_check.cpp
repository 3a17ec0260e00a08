#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "validate/calibrate/calibrate.h"
#include "validate/judge/statistics.h"

namespace anesim::validate {

std::optional<double> CrossCheck::ratio() const {
  if (crossed == 0 || fitted <= 0) return std::nullopt;
  return cross_validated / fitted;
}

CrossCheck cross_check(const std::vector<const CalibratedCase*>& cases) {
  CrossCheck c;
  c.cases = cases.size();
  std::vector<double> before, fitted, crossed, fitted_all;
  std::set<std::string> folds;
  for (const CalibratedCase* one : cases) {
    folds.insert(one->fold);
    fitted_all.push_back(one->fitted);
    if (!one->crossed) continue;
    before.push_back(one->before);
    fitted.push_back(one->fitted);
    crossed.push_back(*one->crossed);
  }
  c.folds = folds.size();
  c.crossed = crossed.size();
  c.fitted_all = median(fitted_all).value_or(0);
  c.before = median(before).value_or(0);
  c.fitted = median(fitted).value_or(0);
  c.cross_validated = median(crossed).value_or(0);
  return c;
}

namespace {

using ByClass = std::map<std::string, std::vector<const CalibratedCase*>>;

void add_cases(ByClass& by_class, const UnitResult& unit) {
  for (const CalibratedCase& c : unit.cases) {
    by_class[std::string(name(c.judged->request->measured->scored_as))].push_back(&c);
    by_class["all"].push_back(&c);
  }
}

std::map<std::string, CrossCheck> checks_of(const ByClass& by_class) {
  std::map<std::string, CrossCheck> out;
  for (const auto& [key, cases] : by_class) out[key] = cross_check(cases);
  return out;
}

}  // namespace

std::map<std::string, CrossCheck> cross_checks(const UnitResult& unit) {
  ByClass by_class;
  add_cases(by_class, unit);
  return checks_of(by_class);
}

std::map<std::string, CrossCheck> cross_checks(const Calibration& calibration) {
  ByClass by_class;
  for (const UnitResult& unit : calibration.units) add_cases(by_class, unit);
  return checks_of(by_class);
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
