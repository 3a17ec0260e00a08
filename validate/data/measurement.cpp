#include "validate/data/measurement.h"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <set>

#include "sim/core/text.h"
#include "validate/data/words.h"

namespace anesim::validate {
namespace {

using config::Node;

std::string required_text(const Node& map, std::string_view key) {
  const Node& node = map.require(key);
  if (node.text().empty()) node.fail("must not be empty");
  return node.text();
}

std::optional<std::string> optional_text(const Node& map, std::string_view key) {
  const Node* node = map.find(key);
  return node ? std::optional(node->text()) : std::nullopt;
}

std::optional<bool> optional_flag(const Node& map, std::string_view key) {
  const Node* node = map.find(key);
  return node ? std::optional(node->boolean()) : std::nullopt;
}

std::optional<std::int64_t> optional_count(const Node& map, std::string_view key) {
  const Node* node = map.find(key);
  return node ? std::optional(node->integer(1, std::int64_t{1} << 40)) : std::nullopt;
}

const std::vector<std::string_view> stacks{"aneforge", "private", "coreml",
                                           "coreai",   "linux",   "mixed"};

/// YYYY-MM-DD, or "unstated" as an import without a date writes it.
std::string read_date(const Node& node) {
  const std::string& text = node.text();
  if (text == "unstated") return text;
  constexpr std::string_view form = "dddd-dd-dd";
  bool fits = text.size() == form.size();
  for (std::size_t i = 0; fits && i < form.size(); ++i)
    fits = form[i] == 'd' ? text[i] >= '0' && text[i] <= '9' : text[i] == form[i];
  if (fits) {
    const std::chrono::year_month_day date{
        std::chrono::year(std::stoi(text)),
        std::chrono::month(static_cast<unsigned>(std::stoi(text.substr(5)))),
        std::chrono::day(static_cast<unsigned>(std::stoi(text.substr(8))))};
    if (date.ok()) return text;
  }
  node.fail(fmt::format("'{}' is not a date (expected YYYY-MM-DD, or unstated)", printable(text)));
}

Source read_source(const Node& node) {
  node.only_keys({"id", "title", "authors", "url", "licence", "retrieved", "parts"});
  Source source;
  source.id = required_text(node, "id");
  source.title = required_text(node, "title");
  source.url = required_text(node, "url");
  source.licence = required_text(node, "licence");
  source.retrieved = read_date(node.require("retrieved"));
  source.authors = optional_text(node, "authors").value_or("");
  if (const Node* parts = node.find("parts")) {
    for (const Node& part : parts->sequence()) {
      auto& entry = source.parts.emplace_back();
      for (const auto& [key, value] : part.map()) entry[key] = value.text();
    }
  }
  return source;
}

Device read_device(const Node& node) {
  node.only_keys({"chip", "ane_engines", "ane_cores", "memory_gb", "os"});
  Device device;
  device.chip = required_text(node, "chip");
  device.ane_engines = optional_count(node, "ane_engines");
  device.ane_cores = optional_count(node, "ane_cores");
  if (const Node* memory = node.find("memory_gb")) device.memory_gb = memory->number(0, 1e6);
  device.os = optional_text(node, "os");
  return device;
}

Software read_software(const Node& node) {
  node.only_keys({"api", "stack", "compute_units", "toolchain"});
  Software software;
  software.api = required_text(node, "api");
  software.stack = one_of(node.require("stack"), stacks);
  software.compute_units = optional_text(node, "compute_units");
  software.toolchain = optional_text(node, "toolchain");
  return software;
}

/// `suspect` is a reason in words, or just true.
std::optional<std::string> read_suspect(const Node& map) {
  const Node* node = map.find("suspect");
  if (!node) return std::nullopt;
  if (node->quoted() || (node->text() != "true" && node->text() != "false")) return node->text();
  return node->boolean() ? std::optional<std::string>("no reason given") : std::nullopt;
}

Conditions read_conditions(const Node& node) {
  node.only_keys({"compute_units", "device_model", "host", "host_transfer", "os", "part",
                  "per_engine", "serve", "stack", "suspect", "trust", "zero_copy"});
  Conditions conditions;
  conditions.compute_units = optional_text(node, "compute_units");
  conditions.device_model = optional_text(node, "device_model");
  conditions.host = optional_text(node, "host");
  conditions.os = optional_text(node, "os");
  conditions.part = optional_text(node, "part");
  if (const Node* stack = node.find("stack")) conditions.stack = one_of(*stack, stacks);
  if (const Node* trust = node.find("trust")) {
    conditions.trust = one_of(*trust, {"A", "B", "C", "D"});
  }
  conditions.suspect = read_suspect(node);
  conditions.host_transfer = optional_flag(node, "host_transfer");
  conditions.per_engine = optional_flag(node, "per_engine");
  conditions.serve = optional_flag(node, "serve");
  conditions.zero_copy = optional_flag(node, "zero_copy");
  return conditions;
}

/// The unit, which must be one its metric can be given in.
Unit read_unit(const Node& node, Metric metric) {
  const Unit unit = read_word<Unit>(node, "unit");
  const auto fitting = units_of(metric);
  std::vector<std::string_view> names;
  for (const Unit candidate : fitting) {
    if (candidate == unit) return unit;
    names.push_back(name(candidate));
  }
  if (fitting.empty()) return unit;
  node.fail(fmt::format("unit '{}' does not fit metric '{}' (expected {})", name(unit),
                        name(metric), fmt::join(names, ", ")));
}

/// A measured amount in its unit.
double read_amount(const Node& node, Unit unit) {
  const double amount = node.number(0, largest_value(unit));
  if (amount > 0 && amount < least_value)
    node.fail(fmt::format("'{}' {} is beyond measuring (expected 0, or at least {})",
                          printable(node.text()), name(unit), least_value));
  return amount;
}

std::optional<double> optional_amount(const Node& map, std::string_view key, Unit unit) {
  const Node* node = map.find(key);
  return node ? std::optional(read_amount(*node, unit)) : std::nullopt;
}

Case read_case(const Node& node) {
  node.only_keys({"id", "workload", "class", "metric", "unit", "value", "min", "max", "n",
                  "sustained", "at", "note", "conditions"});
  Case c;
  c.place = node.place();
  c.id = required_text(node, "id");
  c.workload = read_workload(node.require("workload"));
  c.scored_as = read_word<Class>(node.require("class"), "class");
  c.metric = read_word<Metric>(node.require("metric"), "metric");
  c.unit = read_unit(node.require("unit"), c.metric);
  c.value = read_amount(node.require("value"), c.unit);
  c.min = optional_amount(node, "min", c.unit);
  c.max = optional_amount(node, "max", c.unit);
  c.n = optional_count(node, "n");
  c.sustained = optional_amount(node, "sustained", c.unit);
  c.at = required_text(node, "at");
  c.note = optional_text(node, "note").value_or("");
  if (const Node* conditions = node.find("conditions")) c.conditions = read_conditions(*conditions);
  if (c.min && c.max && *c.min > *c.max) {
    node.require("min").fail(fmt::format("min {} is above max {}", *c.min, *c.max));
  }
  if ((c.min && c.value < *c.min) || (c.max && c.value > *c.max)) {
    const bool below = c.min && c.value < *c.min;
    node.require("value").fail(fmt::format("value {} is {} {} (expected it between min and max)",
                                           c.value, below ? "below min" : "above max",
                                           below ? *c.min : *c.max));
  }
  return c;
}

/// Reads one case; messages name its id, because a line number alone is hard to find again.
Case read_named_case(const Node& node) {
  try {
    return read_case(node);
  } catch (const UserError& error) {
    const Node* id = node.kind() == Node::Kind::map ? node.find("id") : nullptr;
    if (!id || id->kind() != Node::Kind::scalar) throw;
    throw UserError(fmt::format("{} (case '{}')", error.what(), printable(id->text())));
  }
}

std::string stem(const std::string& path) {
  return path == "-" ? path : std::filesystem::path(path).stem().string();
}

}  // namespace

MeasurementFile read_measurements(const Node& root, const std::string& path) {
  root.only_keys({"schema", "source", "device", "software", "method", "cases"});
  const Node& schema = root.require("schema");
  if (schema.text() != "ane-measurements/1") {
    schema.fail(fmt::format("unknown schema '{}' (expected 'ane-measurements/1')",
                            printable(schema.text())));
  }
  MeasurementFile file;
  file.name = stem(path);
  file.path = path;
  file.source = read_source(root.require("source"));
  file.device = read_device(root.require("device"));
  file.software = read_software(root.require("software"));
  file.method = required_text(root, "method");
  std::set<std::string> ids;
  const Node& cases = root.require("cases");
  if (cases.sequence().empty()) cases.fail("holds no case (expected at least one)");
  for (const Node& node : cases.sequence()) {
    file.cases.push_back(read_named_case(node));
    const std::string& id = file.cases.back().id;
    if (!ids.insert(id).second) {
      node.require("id").fail(
          fmt::format("duplicate id '{}' (expected one unique in the file)", printable(id)));
    }
  }
  return file;
}

MeasurementFile parse_measurements(std::string_view text, const std::string& path) {
  return read_measurements(config::parse_yaml(text, path), path);
}

}  // namespace anesim::validate
