#include "models/spec/own_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "models/spec/resolve.h"

namespace anesim::spec {
namespace {

/// Paths with evidence `assumed` and a value that none of the others has.
void add_assumed(const std::vector<ResolvedParameter>& mine,
                 const std::vector<const std::vector<ResolvedParameter>*>& others,
                 const std::string& prefix, std::vector<std::string>& out) {
  for (std::size_t i = 0; i < mine.size(); ++i) {
    if (mine[i].evidence != "assumed" || !mine[i].follows.empty()) continue;
    const bool taken_over = std::any_of(others.begin(), others.end(), [&](const auto* other) {
      return (*other)[i].value == mine[i].value;
    });
    if (!taken_over) out.push_back(prefix + mine[i].path);
  }
}

/// One value of one file, however the path to the file is written.
bool same_place(const FittedValue& a, const FittedValue& b) {
  const auto name = [](const FittedValue& f) {
    return std::filesystem::path(f.place.file).filename();
  };
  return a.path == b.path && a.place.line == b.place.line && name(a) == name(b);
}

void add_faults(const std::vector<FittedValue>& fitted, std::vector<std::string>& out) {
  for (const FittedValue& f : fitted) {
    if (f.low >= f.high)
      out.push_back(fmt::format("{}: {} is fitted and has no range (expected range: [lo, hi])",
                                f.place.text(), f.path));
    if (f.fitted_on.empty())
      out.push_back(fmt::format(
          "{}: {} is fitted and does not name its data (expected fitted_on: [FILE/ID, ...])",
          f.place.text(), f.path));
  }
}

}  // namespace

DeviceSpec base_of_generation(const std::string& root, const DeviceSpec& device) {
  DeviceSpec base = device;
  while (!base.extends.empty()) {
    DeviceSpec parent = resolve_device(root, base.extends);
    if (parent.generation != device.generation) break;
    base = std::move(parent);
  }
  return base;
}

OwnValues own_values(const std::string& root, const DeviceSpec& device, const std::string& stack) {
  OwnValues own;
  const DeviceSpec base = base_of_generation(root, device);
  const DeviceSpec parent = device.extends.empty() ? device : resolve_device(root, device.extends);
  if (base.name != device.name)
    add_assumed(device.parameters, {&base.parameters, &parent.parameters}, "", own.assumed);
  for (const FittedValue& f : device.fitted) {
    const bool of_base = std::any_of(base.fitted.begin(), base.fitted.end(),
                                     [&](const FittedValue& b) { return same_place(b, f); });
    if (!of_base) own.fitted.push_back(f.path);
  }
  DeviceSpec no_chip = device;
  no_chip.chip.clear();  // the stack's general values
  const StackSpec general = resolve_stack(root, stack, no_chip);
  const StackSpec mine = resolve_stack(root, stack, device);
  add_assumed(mine.parameters, {&general.parameters}, "stack.", own.assumed);
  for (const FittedValue& f : mine.fitted)
    if (f.of_chip) own.fitted.push_back("stack." + f.path);
  return own;
}

std::vector<std::string> evidence_faults(const std::string& root, const DeviceSpec& device,
                                         const std::string& stack) {
  std::vector<std::string> faults;
  const OwnValues own = own_values(root, device, stack);
  if (own.fitted.size() > most_own_fitted)
    faults.push_back(fmt::format(
        "{} with stack {} has {} fitted values beyond its generation's base (at most {}: {})",
        device.name, stack, own.fitted.size(), most_own_fitted, fmt::join(own.fitted, ", ")));
  if (own.assumed.size() > most_own_assumed)
    faults.push_back(fmt::format(
        "{} with stack {} has {} assumed values that differ from its generation's base (at most "
        "{}: {})",
        device.name, stack, own.assumed.size(), most_own_assumed, fmt::join(own.assumed, ", ")));
  add_faults(device.fitted, faults);
  add_faults(resolve_stack(root, stack, device).fitted, faults);
  return faults;
}

}  // namespace anesim::spec
