// What README.md shows is what the program prints.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>
#include <vector>

#include "tests/e2e/program.h"

namespace anesim::e2e {
namespace {

TEST(Readme, HeadlineOfTheFirstRun) {
  const std::string readme = file_text(source("README.md"));
  const std::size_t begin = readme.find("\nvit_encoder.mil takes ") + 1;
  ASSERT_NE(begin, 0u);
  std::string stated = readme.substr(begin, readme.find("\n```", begin) - begin);
  std::replace(stated.begin(), stated.end(), '\n', ' ');
  const Ended ended = anesim({"run", "traces/examples/vit_encoder.mil", "--device", "m4"});
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(stated, ended.out.substr(0, ended.out.find('\n')));
}

/// CI runs the sh blocks: what the table of inputs shows has to stand in one.
TEST(Readme, EveryInputOfTheTableIsRun) {
  std::istringstream readme(file_text(source("README.md")));
  std::set<std::string> run;
  std::vector<std::string> shown;
  bool inside = false, table = false;
  for (std::string line; std::getline(readme, line);) {
    if (line.starts_with("```")) inside = line == "```sh";
    if (inside) run.insert(line);
    if (line == "| input | example |") table = true;
    if (line.empty()) table = false;
    const auto begin = line.find("| `./anesim ");
    if (table && begin != std::string::npos)
      shown.push_back(line.substr(begin + 3, line.rfind('`') - begin - 3));
  }
  EXPECT_EQ(shown.size(), 8u);
  for (const auto& command : shown) EXPECT_TRUE(run.contains(command)) << command;
}

}  // namespace
}  // namespace anesim::e2e
