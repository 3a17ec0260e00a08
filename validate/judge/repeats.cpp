#include "validate/judge/repeats.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "validate/judge/statistics.h"

namespace anesim::validate {
namespace {

/// Factor to the unit that repeats share, and its name.
std::pair<double, std::string_view> common_unit(Unit unit) {
  switch (unit) {
    case Unit::seconds:
      return {1, "s"};
    case Unit::milliseconds:
      return {1e-3, "s"};
    case Unit::microseconds:
      return {1e-6, "s"};
    default:
      return {1, name(unit)};
  }
}

/// Minima of few calls are taken before the clock settles: the loop is faster then. Where it is
/// not, the clock does not matter, and the loop holds what measures its power too.
double measured_value(const Case& c, const RepeatOptions& options) {
  if (!options.prefer_sustained || !c.sustained) return c.value;
  return common_unit(c.unit).second == "s" ? std::min(c.value, *c.sustained) : *c.sustained;
}

struct Group {
  std::int64_t index = 0;
  std::vector<std::size_t> members;
};

/// Members whose numbers count: all but the suspect ones, or all if there are no others.
std::vector<std::size_t> scored_members(const std::vector<CaseRequest>& requests,
                                        const Group& group) {
  std::vector<std::size_t> sound;
  for (const std::size_t i : group.members) {
    if (!requests[i].measured->conditions.suspect) sound.push_back(i);
  }
  return sound.empty() ? group.members : sound;
}

/// The reference in `unit`; members of that very unit enter without any rounding.
Reference reference_of(const std::vector<CaseRequest>& requests, const Group& group, Unit unit,
                       const RepeatOptions& options) {
  std::vector<double> values;
  Reference reference;
  bool first = true;
  const auto members = scored_members(requests, group);
  for (const std::size_t i : members) {
    const Case& c = *requests[i].measured;
    const double factor = common_unit(c.unit).first / common_unit(unit).first;
    const double value = measured_value(c, options) * factor;
    values.push_back(value);
    // A stated spread belongs to the stated value, not to the mean of another run.
    const bool own_spread = value == c.value * factor;
    const double low = own_spread && c.min ? std::min(value, *c.min * factor) : value;
    const double high = own_spread && c.max ? std::max(value, *c.max * factor) : value;
    reference.min = first ? low : std::min(reference.min, low);
    reference.max = first ? high : std::max(reference.max, high);
    first = false;
  }
  reference.value = *median(values);
  reference.repeats = static_cast<std::int64_t>(members.size());
  reference.group = group.index;
  return reference;
}

}  // namespace

std::string repeat_key(const CaseRequest& request) {
  const Case& c = *request.measured;
  const auto flag = [](const std::optional<bool>& value) { return value.value_or(false) ? 1 : 0; };
  return fmt::format("{}\n{}\n{} {}\n{}{}{}{}{}\n{}", request.chip, request.stack, name(c.metric),
                     common_unit(c.unit).second, flag(c.conditions.per_engine),
                     flag(c.conditions.serve), request.zero_copy ? 1 : 0,
                     c.conditions.host ? "\n" : "", c.conditions.host.value_or(""),
                     c.workload.canonical());
}

std::vector<Reference> references(const std::vector<CaseRequest>& requests,
                                  const RepeatOptions& options) {
  std::map<std::string, Group> groups;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const auto [entry, fresh] = groups.try_emplace(repeat_key(requests[i]));
    if (fresh) entry->second.index = static_cast<std::int64_t>(i);
    entry->second.members.push_back(i);
  }
  std::vector<Reference> result(requests.size());
  for (const auto& [key, group] : groups) {
    for (const std::size_t i : group.members) {
      result[i] = reference_of(requests, group, requests[i].measured->unit, options);
    }
  }
  return result;
}

}  // namespace anesim::validate
