#include "validate/data/load.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <system_error>

#include "sim/core/text.h"

namespace anesim::validate {
namespace {

namespace fs = std::filesystem;

bool is_yaml(const fs::path& path) {
  return path.extension() == ".yaml" || path.extension() == ".yml";
}

std::vector<std::string> files_below(const std::string& folder) {
  std::vector<std::string> found;
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error)) {
    if (it->is_regular_file() && is_yaml(it->path())) found.push_back(it->path().string());
  }
  if (error) {
    throw UserError(
        fmt::format("{}: cannot read the folder ({})", printable(folder, 4096), error.message()));
  }
  if (found.empty()) {
    throw UserError(fmt::format("{}: no measurement file in this folder (expected *.yaml)",
                                printable(folder, 4096)));
  }
  return found;
}

/// Identity of a file, so that a folder and a file in it do not count twice.
std::string identity(const std::string& path) {
  if (path == "-") return path;
  std::error_code error;
  const fs::path canonical = fs::weakly_canonical(path, error);
  return error ? path : canonical.string();
}

}  // namespace

std::vector<MeasurementFile> load_measurements(const std::vector<std::string>& paths) {
  std::vector<std::string> found;
  for (const std::string& path : paths) {
    std::error_code ignored;
    if (fs::is_directory(path, ignored)) {
      const auto below = files_below(path);
      found.insert(found.end(), below.begin(), below.end());
    } else {
      found.push_back(path);
    }
  }
  std::set<std::string> seen;
  std::erase_if(found,
                [&](const std::string& path) { return !seen.insert(identity(path)).second; });
  std::sort(found.begin(), found.end(), [](const std::string& a, const std::string& b) {
    return std::pair(fs::path(a).stem(), a) < std::pair(fs::path(b).stem(), b);
  });

  std::vector<MeasurementFile> files;
  std::map<std::string, std::string> sources;
  for (const std::string& path : found) {
    files.push_back(read_measurements(config::read_yaml(path), path));
    const auto [first, fresh] = sources.emplace(files.back().source.id, path);
    if (!fresh) {
      throw UserError(
          fmt::format("{}: source id '{}' also stands in {} (expected one file a source)",
                      printable(path, 4096), printable(files.back().source.id),
                      printable(first->second, 4096)));
    }
  }
  return files;
}

}  // namespace anesim::validate
