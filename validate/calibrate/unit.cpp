#include "validate/calibrate/unit.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/spec/parameters.h"
#include "models/spec/resolve.h"
#include "sim/core/text.h"

namespace anesim::validate {
namespace {

template <class Spec>
config::Dimension dimension_of(const std::vector<spec::Parameter<Spec>>& table,
                               const std::string& path) {
  for (const auto& p : table)
    if (p.path == path) return p.dimension;
  return config::Dimension::none;
}

template <class Spec>
void set_value(Spec& target, const std::vector<spec::Parameter<Spec>>& table,
               const std::string& path, double value) {
  for (const auto& p : table)
    if (p.path == path) p.set(target, value);
}

template <class Spec>
void move_any(Spec& target, const std::vector<spec::Parameter<Spec>>& table, bool of_device,
              const FitUnit& unit, const std::vector<bool>& which,
              const std::vector<double>& values) {
  for (std::size_t j = 0; j < values.size(); ++j) {
    const UnitParameter& p = unit.parameters[j];
    if (!which[j] || p.stack.empty() != of_device) continue;
    set_value(target, table, p.value.path, values[j]);
    for (const auto& [path, place] : p.value.followers) set_value(target, table, path, values[j]);
  }
}

void add(FitUnit& unit, const std::string& stack, const spec::FittedValue& value) {
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
    out.push_back({p.name(), p.value.value, p.value.low, p.value.high});
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
    const auto parent =
        device.extends.empty() ? device : spec::resolve_device(root, device.extends);
    for (const auto& f : device.fitted) {
      const bool from_parent = std::any_of(parent.fitted.begin(), parent.fitted.end(),
                                           [&](const auto& p) { return p.place == f.place; });
      if (device.extends.empty() || !from_parent) add(unit, "", f);
    }
    for (const auto& s : stacks)
      for (const auto& f : spec::resolve_stack(root, s.name, device).fitted)
        if (f.of_chip) add(unit, s.name, f);
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
      add(unit, item.name, f);
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

void move(spec::DeviceSpec& device, const FitUnit& unit, const std::vector<bool>& which,
          const std::vector<double>& values) {
  move_any(device, spec::device_parameters(), true, unit, which, values);
}

void move(spec::StackSpec& stack, const FitUnit& unit, const std::vector<bool>& which,
          const std::vector<double>& values) {
  move_any(stack, spec::stack_parameters(), false, unit, which, values);
}

}  // namespace anesim::validate
