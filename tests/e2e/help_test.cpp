// The help of every verb fits a screen and its examples run as they stand.
#include <gmock/gmock.h>

#include <sstream>

#include "tests/e2e/program.h"

namespace anesim::e2e {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

/// Commands below "examples:".
std::vector<std::string> examples_of(const std::string& help) {
  std::vector<std::string> out;
  bool below = false;
  for (const std::string& line : lines_of(help)) {
    if (below && line.starts_with("  anesim ")) out.push_back(line.substr(2));
    if (line == "examples:") below = true;
  }
  return out;
}

class Help : public testing::TestWithParam<std::string> {};

TEST_P(Help, FitsAScreenAndItsExamplesRun) {
  const Ended help = anesim(GetParam().empty() ? std::vector<std::string>{"--help"}
                                               : std::vector<std::string>{GetParam(), "--help"});
  EXPECT_EQ(help.code, 0);
  EXPECT_EQ(help.err, "");
  EXPECT_LE(lines_of(help.out).size(), 45u);
  const auto examples = examples_of(help.out);
  ASSERT_EQ(examples.size(), 2u) << help.out;
  const Folder folder;  // so that the examples cannot leave files in the source folder
  for (const std::string name : {"traces", "configs", "validate"})
    std::filesystem::create_directory_symlink(source(name), folder.path(name));
  for (const std::string side : {"before", "after"}) {
    const Ended run = anesim({"run", source("traces/examples/conv_block.mil"), "-o", "json"});
    folder.write(side + ".json", run.out);
  }
  for (const std::string& example : examples) {
#ifdef __SANITIZE_ADDRESS__
    // These judge all measurements: minutes with sanitizers, and no code that one file leaves out.
    if (example.find(" --worst") != std::string::npos ||
        example.find(" --residuals") != std::string::npos)
      continue;
#endif
    const Ended ended = shell(example, {.folder = folder.path()});
    EXPECT_EQ(ended.code, 0) << example << "\n" << ended.err;
    EXPECT_NE(ended.out, "") << example;
  }
}

INSTANTIATE_TEST_SUITE_P(Verbs, Help,
                         testing::Values("", "run", "explain", "compare", "list", "validate",
                                         "calibrate", "check", "import-measurements"),
                         [](const auto& test) {
                           return test.param.empty() ? std::string("all")
                                                     : replaced(test.param, "-", "_");
                         });

TEST(Help, EveryVerbIsTested) {
  const std::string help = anesim({"--help"}).out;
  const auto verbs = lines_of(help.substr(help.find("Subcommands:")));
  std::size_t count = 0;
  for (const std::string& line : verbs) {
    if (line.size() > 2 && line.starts_with("  ") && line[2] != ' ' &&
        !line.starts_with("  anesim"))
      ++count;
  }
  EXPECT_EQ(count, 8u) << help;
}

TEST(List, LanguageModelsNameTheirParameters) {
  const std::string table = anesim({"list", "llms"}).out;
  EXPECT_THAT(table, testing::HasSubstr("qwen3-4b"));
  EXPECT_THAT(table, testing::HasSubstr("56 KiB, 16 KiB beyond 512"));  // of gemma4-e4b
  EXPECT_THAT(table, testing::HasSubstr("cache_copied"));
  EXPECT_THAT(table, testing::HasSubstr("classifier"));  // of training steps
  EXPECT_THAT(anesim({"list", "llms", "-o", "json"}).out,
              testing::Not(testing::HasSubstr("cache_")));
}

}  // namespace
}  // namespace anesim::e2e
