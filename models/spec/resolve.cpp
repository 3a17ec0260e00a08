#include "models/spec/resolve.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>
#include <optional>
#include <set>

#include "models/spec/parameters.h"
#include "models/spec/physical_limit.h"
#include "sim/config/quantity.h"
#include "sim/config/yaml.h"
#include "sim/core/text.h"

namespace anesim::spec {
namespace {

namespace fs = std::filesystem;
using config::Node;

/// A value as written, with where it stands and what supports it.
struct Setting {
  std::string text;
  std::string origin;
  Place place;
  std::string evidence;
  std::string source;
  double low = 0, high = 0;  ///< `range`; equal if there is none
  Place range_place;
  std::vector<std::string> fitted_on;
  std::string follows;
  std::string note;
  bool of_chip = false;
};
using Settings = std::map<std::string, Setting>;

const std::vector<std::string>& evidence_marks() {
  static const std::vector<std::string> marks{"measured", "published", "fitted", "assumed"};
  return marks;
}

template <class Spec>
const std::vector<Parameter<Spec>>& table();
template <>
const std::vector<Parameter<DeviceSpec>>& table() {
  return device_parameters();
}
template <>
const std::vector<Parameter<StackSpec>>& table() {
  return stack_parameters();
}

template <class Spec>
const Parameter<Spec>* find_parameter(const std::string& path) {
  for (const auto& p : table<Spec>())
    if (p.path == path) return &p;
  return nullptr;
}

template <class Spec>
std::vector<std::string> all_paths() {
  std::vector<std::string> paths;
  for (const auto& p : table<Spec>()) paths.push_back(p.path);
  return paths;
}

/// The parameter's value in base units; throws with the text's place.
template <class Spec>
double parse_value(const Parameter<Spec>& p, const std::string& text, const Place& place) {
  auto fail = [&](const std::string& what) -> double {
    throw UserError(place, fmt::format("{}: {}", p.path, what));
  };
  if (!p.choices.empty()) {
    for (std::size_t i = 0; i < p.choices.size(); ++i)
      if (p.choices[i] == text) return static_cast<double>(i);
    return fail(fmt::format("'{}' is not a choice (expected {}){}", printable(text),
                            fmt::join(p.choices, ", "), did_you_mean(text, p.choices)));
  }
  double v = 0;
  try {
    v = config::parse_quantity(text, p.dimension);
  } catch (const UserError& e) {
    return fail(e.what());
  }
  if (v < p.low || v > p.high)
    return fail(fmt::format("{} is out of range (expected {} to {})", printable(text),
                            config::format_quantity(p.low, p.dimension),
                            config::format_quantity(p.high, p.dimension)));
  return v;
}

template <class Spec>
void collect(const Node& node, const std::string& prefix, Settings& out);

/// `range: [lo, hi]` of a fitted value: where calibration may move it.
template <class Spec>
void read_range(const Node& node, const Parameter<Spec>& p, double value, Setting& s) {
  const auto& ends = node.sequence();
  if (ends.size() != 2) node.fail("expected the lowest and the highest value, [lo, hi]");
  s.low = parse_value(p, ends[0].text(), ends[0].place());
  s.high = parse_value(p, ends[1].text(), ends[1].place());
  s.range_place = node.place();
  if (s.low >= s.high) node.fail("the lowest value is not below the highest");
  if (value < s.low || value > s.high)
    throw UserError(s.place,
                    fmt::format("{}: {} is outside its range {} to {}", p.path, printable(s.text),
                                printable(ends[0].text()), printable(ends[1].text())));
}

/// `fitted_on: [FILE/ID, ...]`: the rows that a fitted or measured value was read from.
void read_rows(const Node& node, Setting& s) {
  if (s.evidence != "fitted" && s.evidence != "measured")
    node.fail("only a value with evidence 'fitted' or 'measured' has this key");
  for (const Node& row : node.sequence()) s.fitted_on.push_back(row.text());
  if (s.fitted_on.empty()) node.fail("expected at least one measurement file");
}

/// A leaf is a map {value, evidence, source[, note, follows]}, of a measured value {..., fitted_on}
/// too, of a fitted one {..., fitted_on, range}.
template <class Spec>
void collect_leaf(const Node& node, const std::string& path, Settings& out) {
  if (node.kind() != Node::Kind::map)
    node.fail(
        fmt::format("{} needs value, evidence and source (expected e.g. "
                    "{{value: ..., evidence: assumed, source: ...}})",
                    path));
  const Parameter<Spec>& p = *find_parameter<Spec>(path);
  node.only_keys({"value", "evidence", "source", "note", "range", "fitted_on", "follows"});
  Setting s;
  const Node& value = node.require("value");
  s.text = value.text();
  s.place = value.place();
  s.origin = value.place().text();
  s.evidence = node.require("evidence").text();
  const auto& marks = evidence_marks();
  if (std::find(marks.begin(), marks.end(), s.evidence) == marks.end())
    node.require("evidence")
        .fail(fmt::format("'{}' is not an evidence mark (expected {}){}", printable(s.evidence),
                          fmt::join(marks, ", "), did_you_mean(s.evidence, marks)));
  s.source = node.require("source").text();
  const double v = parse_value(p, s.text, s.place);
  if (const Node* note = node.find("note")) s.note = note->text();
  if (const Node* range = node.find("range")) {
    if (s.evidence != "fitted" || !p.choices.empty() || node.find("follows"))
      range->fail("only a number of its own with evidence 'fitted' has this key");
    read_range(*range, p, v, s);
  }
  if (const Node* rows = node.find("fitted_on")) {
    if (node.find("follows")) rows->fail("a value that follows another has the rows of that one");
    read_rows(*rows, s);
  }
  if (const Node* leader = node.find("follows")) {
    s.follows = leader->text();
    const auto* other = find_parameter<Spec>(s.follows);
    if (!other || other->dimension != p.dimension || other->path == path)
      leader->fail(fmt::format("'{}' is not another parameter of this kind{}", printable(s.follows),
                               did_you_mean(s.follows, all_paths<Spec>())));
  }
  out[path] = std::move(s);
}

template <class Spec>
void collect(const Node& node, const std::string& prefix, Settings& out) {
  for (const auto& [key, child] : node.map()) {
    const std::string path = prefix.empty() ? key : prefix + "." + key;
    if (find_parameter<Spec>(path)) {
      collect_leaf<Spec>(child, path, out);
      continue;
    }
    const std::string group = path + ".";
    const auto paths = all_paths<Spec>();
    const bool is_group = std::any_of(paths.begin(), paths.end(),
                                      [&](const std::string& p) { return p.rfind(group, 0) == 0; });
    if (is_group && child.kind() == Node::Kind::map) {
      collect<Spec>(child, path, out);
      continue;
    }
    std::vector<std::string> siblings;
    for (const auto& p : paths)
      if (prefix.empty() || p.rfind(prefix + ".", 0) == 0) {
        const std::string rest = prefix.empty() ? p : p.substr(prefix.size() + 1);
        siblings.push_back(rest.substr(0, rest.find('.')));
      }
    throw UserError(child.place(), fmt::format("unknown key '{}'{}", printable(path),
                                               did_you_mean(key, siblings)));
  }
}

struct FileHead {
  std::string name, chip, generation, description, extends;
  std::vector<std::string> aliases, notes;
};

std::vector<std::string> text_list(const Node* node) {
  std::vector<std::string> out;
  if (node)
    for (const Node& n : node->sequence()) out.push_back(n.text());
  return out;
}

FileHead read_head(const Node& root, std::string_view schema) {
  const Node& s = root.require("schema");
  if (s.text() != schema)
    s.fail(fmt::format("schema '{}' is not '{}'", printable(s.text()), schema));
  FileHead h;
  auto text = [&](const char* key) {
    const Node* n = root.find(key);
    return n ? n->text() : std::string();
  };
  h.name = root.require("name").text();
  h.chip = text("chip");
  h.generation = text("generation");
  h.description = text("description");
  h.extends = text("extends");
  h.aliases = text_list(root.find("aliases"));
  h.notes = text_list(root.find("notes"));
  return h;
}

const std::set<std::string> head_keys{"schema",  "name",    "chip",  "generation", "description",
                                      "extends", "aliases", "notes", "parameters", "chips"};

void check_head_keys(const Node& root) {
  for (const auto& [key, child] : root.map())
    if (!head_keys.count(key))
      throw UserError(child.place(),
                      fmt::format("unknown key '{}'{}", printable(key),
                                  did_you_mean(key, {head_keys.begin(), head_keys.end()})));
}

std::vector<fs::path> yaml_files(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code ec;
  for (const auto& entry : fs::directory_iterator(folder, ec))
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  if (ec)
    throw UserError(
        fmt::format("{}: cannot read the folder ({}); set ANESIM_DATA to the folder "
                    "that holds configs/",
                    folder.string(), ec.message()));
  std::sort(files.begin(), files.end());
  return files;
}

fs::path configs(const std::string& root, const char* folder) {
  return fs::path(root) / "configs" / folder;
}

std::vector<Listing> list_folder(const std::string& root, const char* folder, const char* schema) {
  std::vector<Listing> out;
  for (const auto& file : yaml_files(configs(root, folder))) {
    const FileHead h = read_head(config::read_yaml(file.string()), schema);
    out.push_back({h.name, h.description, h.aliases});
  }
  return out;
}

bool looks_like_path(const std::string& name) {
  return name.find('/') != std::string::npos || name.ends_with(".yaml") || name.ends_with(".yml");
}

/// The file that a name means.
std::string find_file(const std::string& root, const char* folder, const char* schema,
                      const std::string& name, const char* what) {
  if (looks_like_path(name)) return name;
  const std::string wanted = canonical_name(name);
  const fs::path direct = configs(root, folder) / (wanted + ".yaml");
  std::error_code ec;
  if (fs::exists(direct, ec)) return direct.string();
  std::vector<std::string> known;
  for (const auto& file : yaml_files(configs(root, folder))) {
    const FileHead h = read_head(config::read_yaml(file.string()), schema);
    known.push_back(h.name);
    if (canonical_name(h.name) == wanted) return file.string();
    for (const auto& alias : h.aliases)
      if (canonical_name(alias) == wanted) return file.string();
  }
  throw UserError(fmt::format("unknown {} '{}'{}; known: {}", what, printable(name),
                              did_you_mean(wanted, known), fmt::join(known, ", ")));
}

/// The file that `extends` means: beside the one that says so, else one of ours.
std::string find_base(const Node& root, const std::string& name, const std::string& file,
                      const fs::path& ours) {
  const fs::path beside = fs::path(file).parent_path() / (name + ".yaml");
  std::error_code ec;
  const fs::path shipped = ours / (canonical_name(name) + ".yaml");
  // A changed copy may have the name of what it extends.
  const bool itself = fs::equivalent(beside, file, ec) && fs::exists(shipped, ec) &&
                      !fs::equivalent(shipped, file, ec);
  if (fs::exists(beside, ec) && !itself) return beside.string();
  if (fs::exists(shipped, ec)) return shipped.string();
  std::vector<std::string> known;
  const fs::path folder = beside.has_parent_path() ? beside.parent_path() : fs::path(".");
  for (const auto& entry : fs::directory_iterator(folder, ec))
    if (entry.path().extension() == ".yaml" && !fs::equivalent(entry.path(), file, ec))
      known.push_back(entry.path().stem().string());
  for (const auto& other : yaml_files(ours)) known.push_back(other.stem().string());
  root.require("extends").fail(fmt::format(
      "'{}' is no file beside this one and none of ours: neither '{}' nor '{}' is there{}",
      printable(name), printable(beside.string(), 200), printable(shipped.string(), 200),
      did_you_mean(name, known)));
}

/// Settings of a file after those of the file it extends. The head is that of the outermost file.
/// `ours` is the folder of the files that come with the program.
FileHead load(const Node& root, const fs::path& ours, const char* schema, bool device,
              Settings& settings, std::vector<std::string>& chain) {
  const std::string& file = root.place().file;
  const std::string key = fs::weakly_canonical(file).string();
  if (std::find(chain.begin(), chain.end(), key) != chain.end())
    throw UserError(Place{file, 0, 0}, "extends itself (a cycle of 'extends')");
  chain.push_back(key);
  check_head_keys(root);
  FileHead head = read_head(root, schema);
  if (!head.extends.empty()) {
    const FileHead parent = load(config::read_yaml(find_base(root, head.extends, file, ours)), ours,
                                 schema, device, settings, chain);
    if (head.generation.empty()) head.generation = parent.generation;
    if (head.chip.empty()) head.chip = parent.chip;
    head.notes.insert(head.notes.begin(), parent.notes.begin(), parent.notes.end());
  }
  if (const Node* p = root.find("parameters")) {
    if (device)
      collect<DeviceSpec>(*p, "", settings);
    else
      collect<StackSpec>(*p, "", settings);
  }
  return head;
}

/// A value that follows another is equal to it in the file, and moves with it when that is set.
template <class Spec>
void lead_followers(Settings& settings) {
  Settings leaders = settings;
  for (auto& [path, s] : settings) {
    if (s.follows.empty()) continue;
    const auto leader = leaders.find(s.follows);
    if (leader == leaders.end() || !leader->second.follows.empty())
      throw UserError(s.place, fmt::format("{}: follows {}, which has no value of its own", path,
                                           printable(s.follows)));
    const auto& p = *find_parameter<Spec>(path);
    const auto& l = *find_parameter<Spec>(s.follows);
    const Setting& other = leader->second;
    if (other.evidence != "override" &&
        parse_value(p, s.text, s.place) != parse_value(l, other.text, other.place))
      throw UserError(s.place, fmt::format("{}: {} is not the {} of {}, which it follows", path,
                                           printable(s.text), printable(other.text), s.follows));
    s.text = other.text;
  }
}

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
