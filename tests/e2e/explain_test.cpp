// What explain prints where its output is no terminal.
#include <gmock/gmock.h>

#include "tests/e2e/program.h"

namespace anesim::e2e {
namespace {

TEST(Explain, ReasonsAreWholeInFilesAndPipes) {
  const Folder folder;
  const std::string small = folder.write(
      "small.mil", replaced(file_text(source("traces/examples/conv_block.mil")), "56, 56", "6, 6"));
  for (const std::string form : {"table", "md", "csv", "json", "jsonl"}) {
    const Ended ended = anesim({"explain", small, "-d", "m4", "-o", form});
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_THAT(ended.out, testing::HasSubstr("as modelled), start and switches cost 250 us"))
        << form;
    EXPECT_THAT(ended.out, testing::Not(testing::HasSubstr("..."))) << form;
  }
}

}  // namespace
}  // namespace anesim::e2e
