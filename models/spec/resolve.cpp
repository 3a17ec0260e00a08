#include "models/spec/resolve.h"

#include <fmt/format.h>

#include <cctype>
#include <filesystem>

#include "models/spec/parameters.h"
#include "models/spec/physical_limit.h"
#include "models/spec/settings.h"
#include "models/spec/spec_files.h"
#include "sim/config/quantity.h"
#include "sim/config/yaml.h"
#include "sim/core/text.h"

namespace anesim::spec {

namespace fs = std::filesystem;
using config::Node;

namespace {

/// Fills the spec, records every value with its origin; overrides come last.
template <class Spec>
void apply(Spec& spec, Settings& settings, const std::vector<Override>& overrides,
           const std::string& override_prefix) {
  for (const auto& o : overrides) {
    std::string path = o.path;
    if (!override_prefix.empty()) path = path.substr(override_prefix.size());
    if (!find_parameter<Spec>(path))
      throw UserError(fmt::format("--set {}: unknown parameter '{}'{}", printable(o.path),
                                  printable(path), did_you_mean(path, all_paths<Spec>())));
    Setting s;
    s.text = o.value;
    s.origin = "--set";
    s.place = Place{"--set", 0, 0};
    s.evidence = "override";
    s.source = "command line";
    settings[path] = std::move(s);
  }
  lead_followers<Spec>(settings);
  for (const auto& p : table<Spec>()) {
    const auto it = settings.find(p.path);
    ResolvedParameter r;
    r.path = p.path;
    if (it == settings.end()) {
      r.origin = "default";
      r.evidence = "assumed";
      r.source = "default of the model";
    } else {
      const Setting& s = it->second;
      const double v = parse_value(p, s.text, s.place);
      p.set(spec, v);
      r.origin = s.origin;
      r.evidence = s.evidence;
      r.source = s.source;
      r.follows = s.follows;
      if (s.low < s.high)
        r.range = fmt::format("{} to {}", config::format_quantity(s.low, p.dimension),
                              config::format_quantity(s.high, p.dimension));
      spec.read_from.insert(spec.read_from.end(), s.fitted_on.begin(), s.fitted_on.end());
      if (s.evidence == "fitted" && s.follows.empty())
        spec.fitted.push_back(
            {p.path, s.place, v, s.low, s.high, s.fitted_on, s.note, s.of_chip, {}});
    }
    const double v = p.get(spec);
    r.value = p.choices.empty() ? config::format_quantity(v, p.dimension)
                                : p.choices[static_cast<std::size_t>(v)];
    spec.parameters.push_back(std::move(r));
  }
  for (FittedValue& f : spec.fitted)
    for (const auto& [path, s] : settings)
      if (s.follows == f.path) f.followers.emplace_back(path, s.place);
}

/// No value and no end of a range is above the bus or the array behind it.
template <class Spec>
void check_limits(const Spec& spec, const DeviceSpec& device, const Settings& settings) {
  for (const auto& p : table<Spec>()) {
    const auto limit = physical_limit(device, p.path);
    if (!limit) continue;
    const auto say = [&](const char* what, double v) {
      return fmt::format("{}{} {} is above {} {}", p.path, what,
                         config::format_quantity(v, p.dimension), limit->what,
                         config::format_quantity(limit->most, p.dimension));
    };
    const auto it = settings.find(p.path);
    const double v = p.get(spec);
    if (v > limit->most * (1 + 1e-9)) {
      if (it == settings.end()) throw UserError(spec.name + ": " + say("", v));
      throw UserError(it->second.place, say("", v));
    }
    if (it != settings.end() && it->second.high > limit->most * (1 + 1e-9))
      throw UserError(it->second.range_place, say(": the end of its range,", it->second.high));
  }
}

void cross_check(const DeviceSpec& d) {
  auto fail = [&](const std::string& text) { throw UserError(d.name + ": " + text); };
  if (d.engine.macs_int8 < d.engine.macs_fp16) fail("engine.macs_int8 is below engine.macs_fp16");
  if (d.governor.lowest > d.engine.clock) fail("governor.lowest is above engine.clock");
  if (d.memory.sram_size.value > 0 && d.memory.sram_bandwidth.value <= 0)
    fail("memory.sram.size is set but memory.sram.bandwidth is 0");
}

}  // namespace

std::string canonical_name(const std::string& name) {
  std::string out;
  for (const char c : name) {
    if (c == ' ' || c == '_' || c == '-') {
      if (!out.empty() && out.back() != '-') out += '-';
    } else {
      out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  return out;
}

Override parse_override(const std::string& text) {
  const auto eq = text.find('=');
  if (eq == std::string::npos || eq == 0 || eq + 1 == text.size())
    throw UserError(fmt::format("--set '{}' is not PATH=VALUE (expected e.g. 'engine.clock=2 GHz')",
                                printable(text)));
  return {text.substr(0, eq), text.substr(eq + 1)};
}

DeviceSpec resolve_device(const std::string& root, const std::string& name,
                          const std::vector<Override>& overrides) {
  return resolve_device(
      root, config::read_yaml(find_file(root, "devices", "ane-device/1", name, "device")),
      overrides);
}

DeviceSpec resolve_device(const std::string& root, const Node& document,
                          const std::vector<Override>& overrides) {
  Settings settings;
  std::vector<std::string> chain;
  const FileHead head =
      load(document, configs(root, "devices"), "ane-device/1", true, settings, chain);
  DeviceSpec spec;
  spec.name = head.name;
  spec.chip = head.chip.empty() ? head.name : head.chip;
  spec.generation = head.generation;
  if (chain.size() > 1) spec.extends = chain[1];
  spec.notes = head.notes;
  std::vector<Override> own;
  for (const auto& o : overrides)
    if (o.path.rfind("stack.", 0) != 0) own.push_back(o);
  apply(spec, settings, own, "");
  cross_check(spec);
  check_limits(spec, spec, settings);
  spec.support = read_support_table(
      (fs::path(root) / "configs" / "placement" / "engine-ops.yaml").string(), spec.generation);
  return spec;
}

StackSpec resolve_stack(const std::string& root, const std::string& name, const DeviceSpec& device,
                        const std::vector<Override>& overrides) {
  return resolve_stack(root,
                       config::read_yaml(find_file(root, "stacks", "ane-stack/1", name, "stack")),
                       device, overrides);
}

StackSpec resolve_stack(const std::string& root, const Node& document, const DeviceSpec& device,
                        const std::vector<Override>& overrides) {
  Settings settings;
  std::vector<std::string> chain;
  const FileHead head =
      load(document, configs(root, "stacks"), "ane-stack/1", false, settings, chain);
  if (const Node* chips = document.find("chips"))
    for (const auto& [chip, values] : chips->map()) {
      Settings of_chip;
      collect<StackSpec>(values, "", of_chip);
      if (canonical_name(chip) == canonical_name(device.chip))
        for (auto& [path, s] : of_chip) {
          s.of_chip = true;
          settings[path] = s;
        }
    }
  StackSpec spec;
  spec.name = head.name;
  spec.notes = head.notes;
  std::vector<Override> own;
  for (const auto& o : overrides)
    if (o.path.rfind("stack.", 0) == 0) own.push_back(o);
  apply(spec, settings, own, "stack.");
  check_limits(spec, device, settings);
  if (spec.long_task < spec.short_task)
    throw UserError(spec.name + ": long_task is below short_task");
  return spec;
}

std::vector<Listing> list_devices(const std::string& root) {
  return list_folder(root, "devices", "ane-device/1");
}
std::vector<Listing> list_stacks(const std::string& root) {
  return list_folder(root, "stacks", "ane-stack/1");
}

}  // namespace anesim::spec
