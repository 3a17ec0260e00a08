#include "validate/import/case_writer.h"

#include <fmt/format.h>

#include <filesystem>

#include "sim/core/error.h"
#include "sim/core/text.h"
#include "validate/data/measurement.h"

namespace anesim::validate {
namespace {

using Json = CaseWriter::Json;

/// Only letters first and a few harmless signs, and no word that YAML would read as something else.
bool plain(const std::string& text) {
  if (text.empty() || text == "true" || text == "false" || text == "null" || text == "Null" ||
      text == "NULL" || text == "yes" || text == "no" || text == "on" || text == "off" ||
      text.back() == ' ')
    return false;
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (!letter(text[0])) return false;
  for (const char c : text) {
    if (!letter(c) && !(c >= '0' && c <= '9') && c != '_' && c != '.' && c != '/' && c != '-' &&
        c != ' ')
      return false;
  }
  return true;
}

std::string quoted(const std::string& text) {
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// Keys on lines of their own, values in flow style.
std::string block(const Json& map, const std::string& indent, const std::string& first) {
  std::string out, prefix = first;
  for (const auto& [key, value] : map.items()) {
    out += fmt::format("{}{}: {}\n", prefix, key, flow_yaml(value));
    prefix = indent;
  }
  return out;
}

/// The reader's message without its place, which would be one inside a text that nobody has seen.
std::string without_place(const std::string& message, const std::string& file) {
  if (!message.starts_with(file + ":")) return message;
  const std::size_t end = message.find(": ", file.size());
  return end == std::string::npos ? message : message.substr(end + 2);
}

}  // namespace

std::string flow_yaml(const Json& value) {
  if (value.is_string()) {
    const std::string text = value.get<std::string>();
    return plain(text) ? text : quoted(text);
  }
  if (value.is_object() || value.is_array()) {
    std::string out;
    for (const auto& [key, entry] : value.items()) {
      if (!out.empty()) out += ", ";
      if (value.is_object()) out += flow_yaml(key) + ": ";
      out += flow_yaml(entry);
    }
    return value.is_object() ? "{" + out + "}" : "[" + out + "]";
  }
  return value.dump();
}

std::string chip_name(std::string text) {
  if (text.starts_with("Apple ")) text.erase(0, 6);
  return text;
}

CaseWriter::CaseWriter(const ImportOptions& options, std::string path, std::string chip,
                       Header header)
    : options_(options),
      path_(std::move(path)),
      chip_(std::move(chip)),
      header_(std::move(header)) {
  if (options_.id.empty()) {
    options_.id = path_ == "-" ? "imported" : std::filesystem::path(path_).stem().string();
  }
}

CaseWriter::Json CaseWriter::head() const {
  const auto or_else = [](const std::string& text, const char* other) {
    return text.empty() ? std::string(other) : text;
  };
  Json root;
  root["schema"] = "ane-measurements/1";
  Json source;
  source["id"] = options_.id;
  source["title"] = or_else(options_.title, options_.id.c_str());
  if (!options_.authors.empty()) source["authors"] = options_.authors;
  source["url"] = or_else(options_.url, "unstated");
  source["licence"] = or_else(options_.licence, "unstated");
  source["retrieved"] = or_else(options_.retrieved, "unstated");
  root["source"] = source;
  Json device;
  device["chip"] = chip_;
  if (header_.memory_gb > 0) device["memory_gb"] = header_.memory_gb;
  if (!header_.os.empty()) device["os"] = header_.os;
  root["device"] = device;
  Json software;
  software["api"] = header_.api;
  software["stack"] = header_.stack;
  if (!header_.toolchain.empty()) software["toolchain"] = header_.toolchain;
  root["software"] = software;
  root["method"] = header_.method;
  return root;
}

void CaseWriter::add(const std::string& place, Json fields) {
  const std::string id = fields.at("id").get<std::string>();
  for (int& n = last_number_.emplace(id, 1).first->second;
       !ids_.insert(fields["id"].get<std::string>()).second;) {
    fields["id"] = fmt::format("{}_{}", id, ++n);
  }
  Json alone = head();
  alone["cases"] = Json::array({fields});
  try {
    (void)parse_measurements(flow_yaml(alone), "import");
  } catch (const UserError& error) {
    throw UserError(fmt::format("{}: {}", place, without_place(error.what(), "import")));
  }
  cases_.push_back(std::move(fields));
}

std::string CaseWriter::yaml() const {
  if (cases_.empty()) {
    throw UserError(fmt::format("{}: no case of the engine was found", printable(path_, 200)));
  }
  std::string out;
  const Json top = head();
  for (const auto& [key, value] : top.items()) {
    out += value.is_object() ? key + ":\n" + block(value, "  ", "  ")
                             : fmt::format("{}: {}\n", key, flow_yaml(value));
  }
  out += "cases:\n";
  for (const Json& fields : cases_) out += block(fields, "    ", "  - ");
  return out;
}

}  // namespace anesim::validate
