// `anesim check` knows every file of the house.
#include <gmock/gmock.h>

#include <filesystem>

#include "tests/e2e/program.h"

namespace anesim::e2e {
namespace {

using testing::HasSubstr;

TEST(Check, KnowsEveryYamlOfTheTree) {
  std::vector<std::string> words{"check"};
  for (const char* folder : {"configs", "traces", "validate"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(source(folder))) {
      if (entry.path().extension() == ".yaml") words.push_back(entry.path().string());
    }
  }
  ASSERT_GT(words.size(), 100u);
  const Ended ended = anesim(words);
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("accuracy.yaml: ok (limits of accuracy"));
  EXPECT_THAT(ended.out, HasSubstr("grades.yaml: ok (grades"));
  EXPECT_THAT(ended.out, HasSubstr("index.yaml: ok (scenarios"));
}

TEST(Check, AVariantByAPathThatIsNotTheRootsOwn) {
  const Ended ended = anesim({"check", source("configs/devices/./m5-pro.yaml")});
  EXPECT_EQ(ended.code, 0) << ended.err;
}

TEST(Check, NamesWhatIsWrong) {
  const Folder folder;
  const Ended limits =
      anesim({"check", folder.write("a.yaml",
                                    "schema: ane-accuracy/1\nlimits: [{class: engin, p90: 2 %}]")});
  EXPECT_EQ(limits.code, 2);
  EXPECT_THAT(limits.err, HasSubstr("a.yaml:2:"));
  EXPECT_THAT(limits.err, HasSubstr("engine"));
  const Ended kind = anesim({"check", folder.write("b.yaml", "schema: ane-grade/1\n")});
  EXPECT_EQ(kind.code, 2);
  EXPECT_THAT(kind.err, HasSubstr("did you mean 'ane-grades/1'?"));
}

}  // namespace
}  // namespace anesim::e2e
