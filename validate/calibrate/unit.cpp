#include "validate/calibrate/unit.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/spec/parameters.h"
#include "models/spec/physical_limit.h"
#include "sim/core/text.h"

namespace anesim::validate {
namespace {

const char* base_unit(config::Dimension d) {
  using config::Dimension;
  switch (d) {
    case Dimension::bytes:
      return " B";
    case Dimension::rate:
      return " B/s";
    case Dimension::frequency:
      return " Hz";
    case Dimension::time:
      return " s";
    case Dimension::cycles:
      return " cycles";
    case Dimension::energy:
      return " J";
    case Dimension::power:
      return " W";
    case Dimension::elements_per_second:
      return " /s";
    default:
      return "";
  }
}

template <class Spec>
config::Dimension dimension_of(const std::vector<spec::Parameter<Spec>>& table,
                               const std::string& path) {
  for (const auto& p : table)
    if (p.path == path) return p.dimension;
  return config::Dimension::none;
}

void add(FitUnit& unit, const spec::DeviceSpec& device, const std::string& stack,
         const spec::FittedValue& value) {
  UnitParameter p;
  p.stack = stack;
  p.value = value;
  p.dimension = stack.empty() ? dimension_of(spec::device_parameters(), value.path)
                              : dimension_of(spec::stack_parameters(), value.path);
  if (value.low >= value.high || value.fitted_on.empty()) {
    unit.left_out.push_back(fmt::format("{}: its file gives no {}", p.name(),
                                        value.low >= value.high ? "range" : "data (fitted_on)"));
    return;
  }
  p.most = value.high;
  if (const auto limit = spec::physical_limit(device, value.path); limit && limit->most < p.most) {
    p.most = limit->most;
    p.limited_by = limit->what;
  }
  unit.parameters.push_back(std::move(p));
}

bool wanted(const std::vector<std::string>& only, const std::string& name) {
  return only.empty() || std::find(only.begin(), only.end(), name) != only.end();
}

}  // namespace

std::string UnitParameter::name() const {
  return stack.empty() ? value.path : stack + ": " + value.path;
}

std::vector<FitParameter> FitUnit::fit_parameters() const {
  std::vector<FitParameter> out;
  for (const UnitParameter& p : parameters)
    out.push_back({p.name(), p.value.value, p.value.low, p.most});
  return out;
}

std::vector<FitUnit> calibration_units(const std::string& root,
                                    const std::vector<std::string>& only) {
  const auto devices = spec::list_devices(root), stacks = spec::list_stacks(root);
  std::vector<std::string> known, asked;
  for (const auto& d : devices) known.push_back(d.name);
  for (const auto& s : stacks) known.push_back(s.name);
  for (const std::string& name : only) {
    const std::string canonical = spec::canonical_name(name);
    if (std::find(known.begin(), known.end(), canonical) == known.end())
      throw UserError(fmt::format("'{}' is neither a device nor a stack{}", printable(name),
                                  did_you_mean(canonical, known)));
    asked.push_back(canonical);
  }
  std::vector<FitUnit> units;
  for (const auto& item : devices) {
    if (!wanted(asked, item.name)) continue;
    const auto device = spec::resolve_device(root, item.name);
    FitUnit unit;
    unit.name = item.name;
    // A variant has its own file: what it inherits is fitted with the device it comes from.
    const auto parent = device.extends.empty() ? device : spec::resolve_device(root, device.extends);
    for (const auto& f : device.fitted) {
      const bool from_parent = std::any_of(parent.fitted.begin(), parent.fitted.end(),
                                           [&](const auto& p) { return p.place == f.place; });
      if (device.extends.empty() || !from_parent) add(unit, device, "", f);
    }
    for (const auto& s : stacks)
      for (const auto& f : spec::resolve_stack(root, s.name, device).fitted)
        if (f.of_chip) add(unit, device, s.name, f);
    if (!unit.parameters.empty() || !unit.left_out.empty()) units.push_back(std::move(unit));
  }
  const auto any = spec::resolve_device(root, devices.front().name);
  for (const auto& item : stacks) {
    if (!wanted(asked, item.name)) continue;
    auto no_chip = any;
    no_chip.chip.clear();
    FitUnit unit;
    unit.name = item.name;
    for (const auto& f : spec::resolve_stack(root, item.name, no_chip).fitted)
      add(unit, any, item.name, f);
    if (!unit.parameters.empty() || !unit.left_out.empty()) units.push_back(std::move(unit));
  }
  return units;
}

std::vector<bool> in_force(const FitUnit& unit, const spec::DeviceSpec& device,
                           const spec::StackSpec& stack) {
  std::vector<bool> out;
  for (const UnitParameter& p : unit.parameters) {
    const auto& values = p.stack.empty() ? device.fitted : stack.fitted;
    out.push_back((p.stack.empty() || p.stack == stack.name) &&
                  std::any_of(values.begin(), values.end(),
                              [&](const auto& v) { return v.place == p.value.place; }));
  }
  return out;
}

spec::Override override_of(const UnitParameter& p, double value) {
  return {(p.stack.empty() ? "" : "stack.") + p.value.path,
          fmt::format("{:.17g}{}", value, base_unit(p.dimension))};
}

}  // namespace anesim::validate
