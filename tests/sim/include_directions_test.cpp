// The folder rules of DESIGN.md, held against the #include lines of the tree.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace fs = std::filesystem;

constexpr std::string_view ours[] = {"sim/", "traces/", "models/", "validate/", "tests/"};

struct Rule {
  std::string_view folder;
  std::vector<std::string_view> allowed;  ///< prefixes of our own headers
  bool systemc = false;
};

/// The first rule whose folder fits a file holds.
const std::vector<Rule>& rules() {
  static const std::vector<std::string_view> all{"sim/", "traces/", "models/", "validate/"};
  static const std::vector<Rule> table{
      {"sim/core/", {"sim/core/"}},
      {"sim/config/", {"sim/core/", "sim/config/"}},
      {"sim/result/", {"sim/core/", "sim/config/", "sim/result/"}},
      {"sim/report/", {"sim/core/", "sim/config/", "sim/result/", "sim/report/"}},
      {"sim/timeline/", {"sim/core/", "sim/config/", "sim/result/", "sim/timeline/"}},
      {"sim/cli/", all, true},
      {"sim/sweep/", all, true},
      {"sim/main.cpp", {"sim/"}, true},
      {"sim/calibrate_main.cpp", {"sim/"}, true},
      {"traces/", {"traces/", "sim/core/", "sim/config/"}},
      {"models/compiler/",
       {"models/compiler/", "models/spec/", "traces/graph/", "sim/core/", "sim/config/",
        "sim/result/"}},
      {"models/spec/",
       {"models/spec/", "traces/graph/", "sim/core/", "sim/config/", "sim/result/"}},
      {"models/",
       {"models/", "traces/graph/", "traces/scenario/", "sim/core/", "sim/config/", "sim/result/"},
       true},
      {"validate/",
       {"validate/", "models/", "traces/", "sim/core/", "sim/config/", "sim/result/", "sim/report/",
        "sim/timeline/", "sim/sweep/"},
       true},
  };
  return table;
}

bool starts_with_any(std::string_view text, const auto& prefixes) {
  return std::any_of(std::begin(prefixes), std::end(prefixes),
                     [&](std::string_view prefix) { return text.starts_with(prefix); });
}

/// The header named by an #include line, without quotes or brackets.
std::optional<std::string> included(std::string_view line) {
  const auto skip = [&] {
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  };
  skip();
  if (!line.starts_with('#')) return std::nullopt;
  line.remove_prefix(1);
  skip();
  if (!line.starts_with("include")) return std::nullopt;
  line.remove_prefix(7);
  skip();
  if (line.empty() || (line[0] != '"' && line[0] != '<')) return std::nullopt;
  const char end = line[0] == '"' ? '"' : '>';
  line.remove_prefix(1);
  return std::string(line.substr(0, line.find(end)));
}

/// What is wrong with a file at `path` that includes `header`; empty if nothing is.
std::string violation(const std::string& path, const std::string& header) {
  const auto rule = std::find_if(rules().begin(), rules().end(),
                                 [&](const Rule& r) { return path.starts_with(r.folder); });
  if (rule == rules().end()) return fmt::format("{}: no rule for this folder", path);
  const bool systemc = header == "systemc" || header.starts_with("systemc") ||
                       header.starts_with("tlm") || header.starts_with("sysc/");
  if (systemc && !rule->systemc) {
    return fmt::format("{}: '{}' (no SystemC in {})", path, header, rule->folder);
  }
  if (!starts_with_any(header, ours) || starts_with_any(header, rule->allowed)) return {};
  return fmt::format("{}: '{}' ({} may include {})", path, header, rule->folder,
                     fmt::join(rule->allowed, ", "));
}

std::vector<std::string> violations(const fs::path& root, int& includes) {
  std::vector<std::string> found;
  for (const char* folder : {"sim", "traces", "models", "validate"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      const std::string extension = entry.path().extension();
      if (extension != ".h" && extension != ".cpp") continue;
      const std::string path = fs::relative(entry.path(), root).generic_string();
      std::ifstream in(entry.path());
      for (std::string line; std::getline(in, line);) {
        const auto header = included(line);
        if (!header) continue;
        ++includes;
        std::string wrong = violation(path, *header);
        if (!wrong.empty()) found.push_back(std::move(wrong));
      }
    }
  }
  return found;
}

TEST(IncludeDirections, TheTreeKeepsThem) {
  int includes = 0;
  for (const std::string& wrong : violations(ANESIM_SOURCE_DIR, includes)) ADD_FAILURE() << wrong;
  EXPECT_GT(includes, 100) << "the checker read almost nothing";
}

TEST(IncludeDirections, TheCheckerCanFail) {
  const auto breaks = [](const char* path, const char* header) {
    return !violation(path, header).empty();
  };
  EXPECT_TRUE(breaks("sim/core/text.cpp", "sim/config/yaml.h"));
  EXPECT_TRUE(breaks("sim/report/table.cpp", "models/machine.h"));
  EXPECT_TRUE(breaks("traces/onnx/reader.cpp", "models/spec/spec.h"));
  EXPECT_TRUE(breaks("traces/graph/graph.h", "sim/report/report.h"));
  EXPECT_TRUE(breaks("models/compiler/tiling.cpp", "systemc"));
  EXPECT_TRUE(breaks("models/compiler/tiling.cpp", "models/engine/l2.h"));
  EXPECT_TRUE(breaks("models/engine/l2.h", "sim/report/report.h"));
  EXPECT_TRUE(breaks("models/engine/l2.h", "traces/onnx/reader.h"));
  EXPECT_TRUE(breaks("validate/harness.cpp", "sim/cli/cli.h"));
  EXPECT_TRUE(breaks("sim/new_folder/x.h", "vector"));
  EXPECT_FALSE(breaks("models/engine/l2.h", "systemc"));
  EXPECT_FALSE(breaks("sim/cli/run.cpp", "validate/harness.h"));
  EXPECT_FALSE(breaks("traces/mil/reader.cpp", "sim/config/yaml.h"));

  const fs::path root = fs::path(testing::TempDir()) / "include_directions";
  fs::remove_all(root);
  for (const char* folder : {"sim/core", "traces", "models", "validate"}) {
    fs::create_directories(root / folder);
  }
  std::ofstream(root / "sim/core/a.h")
      << "#pragma once\n  #  include \"models/machine.h\"  // why\n";
  int includes = 0;
  const auto found = violations(root, includes);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0], "sim/core/a.h: 'models/machine.h' (sim/core/ may include sim/core/)");
  fs::remove_all(root);
}

}  // namespace
