#include "traces/coreml/container.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "sim/core/error.h"
#include "sim/core/text.h"

namespace anesim::coreml {

namespace {
namespace fs = std::filesystem;

/// Far above what a manifest takes (two items, 600 bytes).
constexpr std::size_t largest_manifest = 1 << 20;
constexpr int most_parts = 1000;

/// A path of the manifest, held inside the package: also against links.
fs::path confined(const fs::path& package, const std::string& path, const std::string& manifest) {
  const auto refuse = [&](std::string_view why) {
    throw UserError({manifest, 0, 0}, fmt::format("path '{}' {} (expected one inside the package)",
                                                  printable(path), why));
  };
  const fs::path relative(path);
  if (path.empty()) refuse("is empty");
  if (relative.is_absolute()) refuse("is absolute");
  if (std::ranges::find(relative, "..") != relative.end()) refuse("leaves the folder by '..'");
  std::error_code error;
  const fs::path root = fs::weakly_canonical(package, error);
  fs::path found = fs::weakly_canonical(package / "Data" / relative, error);
  const auto [end, rest] = std::ranges::mismatch(root, found);
  if (error || end != root.end()) refuse("leads outside by a link");
  return found;
}

/// The model file that a manifest names: its root item.
std::string manifest_file(const fs::path& package, const fs::path& manifest) {
  const std::string name = manifest.string();
  const auto refuse = [&](const std::string& why) -> void {
    throw UserError({name, 0, 0}, why + " (expected the manifest of an .mlpackage)");
  };
  const auto json = nlohmann::json::parse(read_whole_file(name, largest_manifest), nullptr, false);
  if (!json.is_object()) refuse("is no JSON object");
  const auto items = json.find("itemInfoEntries");
  const auto root = json.find("rootModelIdentifier");
  if (items == json.end() || !items->is_object()) refuse("has no 'itemInfoEntries'");
  if (root == json.end() || !root->is_string()) refuse("has no 'rootModelIdentifier'");
  const auto item = items->find(root->get<std::string>());
  if (item == items->end() || !item->is_object() || !item->contains("path") ||
      !item->at("path").is_string()) {
    refuse(fmt::format("has no path for the root model '{}'", printable(root->get<std::string>())));
  }
  const std::string path = item->at("path").get<std::string>();
  const fs::path file = confined(package, path, name);
  std::error_code error;
  if (!fs::is_regular_file(file, error)) {
    throw UserError({name, 0, 0},
                    fmt::format("names the model '{}', which is no file", printable(path)));
  }
  return file.string();
}

/// The only .mlmodel of a folder; empty if there is none or more than one.
std::string only_model(const fs::path& folder) {
  std::string found;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (at->path().extension() != ".mlmodel") continue;
    if (!found.empty()) return {};
    found = at->path().string();
  }
  return found;
}
}  // namespace

Container look_inside(const std::string& path) {
  std::error_code error;
  const fs::path folder(path);
  if (!fs::is_directory(folder, error)) return {Content::protobuf, path, {}};
  const fs::path manifest = folder / "Manifest.json";
  if (fs::exists(manifest, error)) {
    return {Content::protobuf, manifest_file(folder, manifest), {}};
  }
  const fs::path text = folder / "model.mil";
  if (fs::exists(text, error)) return {Content::text, text.string(), {}};
  Container pipeline{Content::pipeline, path, {}};
  for (int i = 0; i < most_parts; ++i) {
    const fs::path part = folder / fmt::format("model{}", i);
    if (!fs::is_directory(part, error)) break;
    pipeline.parts.push_back(part.string());
  }
  if (!pipeline.parts.empty()) return pipeline;
  for (const fs::path& place : {folder, folder / "Data" / "com.apple.CoreML"}) {
    if (std::string file = only_model(place); !file.empty()) {
      return {Content::protobuf, std::move(file), {}};
    }
  }
  if (fs::exists(folder / "model.espresso.net", error)) {
    throw UserError(path +
                    ": is a compiled neural network, not a program (expected the .mlmodel it was "
                    "compiled from)");
  }
  if (fs::exists(folder / "coremldata.bin", error)) {
    throw UserError(path +
                    ": is a compiled model without a program (expected a model.mil in it, or the "
                    ".mlmodel it was compiled from)");
  }
  throw UserError(path +
                  ": has no model (expected Manifest.json of an .mlpackage, model.mil of an "
                  ".mlmodelc, or one .mlmodel)");
}

}  // namespace anesim::coreml
