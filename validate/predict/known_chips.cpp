#include "validate/predict/known_chips.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "sim/core/text.h"

namespace anesim::validate {
namespace {

/// Every name and alias in canonical form.
std::set<std::string> device_names(const std::string& data_root) {
  std::set<std::string> names;
  for (const spec::Listing& device : spec::list_devices(data_root)) {
    names.insert(spec::canonical_name(device.name));
    for (const std::string& alias : device.aliases) names.insert(spec::canonical_name(alias));
  }
  return names;
}

}  // namespace

void mark_unknown_chips(std::vector<CaseRequest>& requests, const std::string& data_root) {
  const std::set<std::string> names = device_names(data_root);
  std::map<std::string, std::string> reasons;
  for (CaseRequest& r : requests) {
    const auto [reason, fresh] = reasons.try_emplace(r.chip);
    if (fresh && !names.contains(spec::canonical_name(r.chip)))
      reason->second =
          fmt::format("unknown chip '{}'{}", printable(r.chip),
                      did_you_mean(spec::canonical_name(r.chip), {names.begin(), names.end()}));
    if (!reason->second.empty()) r.unsupported = reason->second;
  }
}

std::vector<std::string> known_chips(const std::string& data_root) {
  std::vector<std::string> chips;
  for (const spec::Listing& device : spec::list_devices(data_root))
    chips.push_back(spec::resolve_device(data_root, device.name).chip);
  std::sort(chips.begin(), chips.end());
  return chips;
}

void require_overrides(const std::vector<CaseRequest>& requests, const std::string& data_root,
                       const std::vector<spec::Override>& overrides) {
  if (overrides.empty()) return;
  const std::set<std::string> names = device_names(data_root);
  std::set<std::pair<std::string, std::string>> seen;
  for (const CaseRequest& r : requests) {
    if (!names.contains(spec::canonical_name(r.chip)) || !seen.emplace(r.chip, r.stack).second)
      continue;
    const auto device = spec::resolve_device(data_root, r.chip, overrides);
    (void)spec::resolve_stack(data_root, r.stack, device, overrides);
  }
}

}  // namespace anesim::validate
