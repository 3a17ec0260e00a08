// What README.md shows is what the program prints.
#include <gtest/gtest.h>

#include <algorithm>

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

}  // namespace
}  // namespace anesim::e2e
