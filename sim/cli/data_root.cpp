#include "sim/cli/data_root.h"

#include <cstdlib>
#include <filesystem>
#include <vector>

#include "sim/core/error.h"

namespace anesim::cli {

const std::string& data_root() {
  static const std::string root = [] {
    namespace fs = std::filesystem;
    auto holds = [](const fs::path& p) {
      std::error_code ec;
      return fs::is_directory(p / "configs" / "devices", ec);
    };
    if (const char* named = std::getenv("ANESIM_DATA"); named && *named) {
      if (holds(named)) return fs::path(named).lexically_normal().string();
      throw UserError("ANESIM_DATA='" + std::string(named) + "' holds no configs/devices");
    }
    std::error_code ec;
    const fs::path exe = fs::read_symlink("/proc/self/exe", ec);
    std::vector<fs::path> candidates;
    if (!ec) {
      candidates.push_back(exe.parent_path());
      candidates.push_back(exe.parent_path().parent_path());
      candidates.push_back(exe.parent_path().parent_path() / "share" / "anesim");
    }
    candidates.emplace_back(ANESIM_SOURCE_ROOT);
    for (const auto& c : candidates)
      if (holds(c)) return c.lexically_normal().string();
    throw UserError(
        "configs/devices was not found beside the program; set ANESIM_DATA to the "
        "folder that holds configs/");
  }();
  return root;
}

}  // namespace anesim::cli
