// What is missing beside the project is skipped at home and fails in CI.
#include "tests/prerequisites.h"

#include <gtest/gtest-spi.h>

#include <optional>
#include <string>

namespace anesim {
namespace {

/// The variable CI for its lifetime; nullopt: not set.
class CiVariable {
 public:
  explicit CiVariable(const char* value) {
    if (const char* now = std::getenv("CI")) before_ = now;
    set(value);
  }
  ~CiVariable() { set(before_ ? before_->c_str() : nullptr); }
  CiVariable(const CiVariable&) = delete;
  CiVariable& operator=(const CiVariable&) = delete;

 private:
  static void set(const char* value) {
    if (value != nullptr) {
      ::setenv("CI", value, 1);
    } else {
      ::unsetenv("CI");
    }
  }
  std::optional<std::string> before_;
};

struct Marked {
  bool missing = false;
  testing::TestPartResultArray results;
};

/// Asks for a file without marking the test that asks.
void ask(const std::filesystem::path& needed, Marked& marked) {
  const testing::ScopedFakeTestPartResultReporter intercept(
      testing::ScopedFakeTestPartResultReporter::INTERCEPT_ONLY_CURRENT_THREAD, &marked.results);
  marked.missing = shared_graphs_missing(needed);
}

TEST(Prerequisites, SkippedAtHome) {
  for (const char* value : {static_cast<const char*>(nullptr), "", "false"}) {
    const CiVariable ci(value);
    Marked marked;
    ask("no/such/file", marked);
    EXPECT_TRUE(marked.missing);
    ASSERT_EQ(marked.results.size(), 1);
    EXPECT_TRUE(marked.results.GetTestPartResult(0).skipped());
  }
}

TEST(Prerequisites, FailInCi) {
  const CiVariable ci("true");
  Marked marked;
  ask("no/such/file", marked);
  EXPECT_TRUE(marked.missing);
  ASSERT_EQ(marked.results.size(), 1);
  EXPECT_TRUE(marked.results.GetTestPartResult(0).failed());
}

TEST(Prerequisites, NothingIsMarkedIfTheyAreThere) {
  const CiVariable ci("true");
  Marked marked;
  ask(ANESIM_SOURCE_DIR, marked);
  EXPECT_FALSE(marked.missing);
  EXPECT_EQ(marked.results.size(), 0);
}

}  // namespace
}  // namespace anesim
