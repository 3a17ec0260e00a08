// What some tests need beside the project's own files. Without it a test is skipped at home and
// fails in CI (CI=true), where it must be there: a skipped test would go unnoticed.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string_view>

namespace anesim {

inline bool in_ci() {
  const char* ci = std::getenv("CI");
  return ci != nullptr && std::string_view(ci) == "true";
}

/// Real models; they lie beside the project.
inline const std::filesystem::path shared_graphs =
    std::filesystem::path(ANESIM_SOURCE_DIR) / "../shared/graphs";

/// True if `needed` is not there: the test is then marked, and returns.
[[nodiscard]] inline bool shared_graphs_missing(
    const std::filesystem::path& needed = shared_graphs) {
  if (std::filesystem::exists(needed)) return false;
  if (in_ci()) {
    ADD_FAILURE() << "no shared graphs: '" << needed.string() << "' is missing (required: CI=true)";
  } else {
    [&] { GTEST_SKIP() << "no shared graphs: '" << needed.string() << "' is missing"; }();
  }
  return true;
}

}  // namespace anesim
