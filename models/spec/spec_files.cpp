#include "models/spec/spec_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "sim/core/text.h"

namespace anesim::spec {

namespace fs = std::filesystem;
using config::Node;

namespace {

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

}  // namespace

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

namespace {

bool looks_like_path(const std::string& name) {
  return name.find('/') != std::string::npos || name.ends_with(".yaml") || name.ends_with(".yml");
}

}  // namespace

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

namespace {

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

}  // namespace

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

}  // namespace anesim::spec
