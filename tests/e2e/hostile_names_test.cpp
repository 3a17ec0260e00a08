// Names in files are hostile text: no output form lets them act.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/e2e/program.h"

namespace anesim::e2e {
namespace {

using testing::HasSubstr;
using testing::Not;

/// `name` as it stands in MIL text and in YAML (JSON strings are YAML).
std::string mil_named(const std::string& name) {
  const std::string text = file_text(source("traces/examples/conv_block.mil"));
  return replaced(text, "(\"conv_1\")", "(\"" + name + "\")");
}

std::string trace_named(const std::string& name) {
  const std::string quoted = nlohmann::json(name).dump(-1, ' ', true);
  return "schema: ane-trace/1\nname: " + quoted + "\nprograms:\n  - name: " + quoted +
         "\n    inputs: [{name: x, shape: [1, 8, 8, 8]}]\n    ops: [{op: relu, name: " + quoted +
         ", x: x}]\n    outputs: [" + quoted + "]\nstreams:\n  - {name: " + quoted +
         ", program: " + quoted + "}\n";
}

/// No control character that a terminal would obey, except line ends and tabs.
void expect_harmless(const std::string& text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    ASSERT_TRUE(byte >= 0x20 || c == '\n' || c == '\r' || c == '\t') << static_cast<int>(byte);
    ASSERT_NE(byte, 0x7f);
  }
}

void expect_harmless_everywhere(const std::string& file, const Folder& folder) {
  const Given here{.folder = folder.path()};
  for (const std::string verb : {"run", "explain", "check"}) {
    for (const std::string form : {"table", "json", "jsonl", "csv", "md"}) {
      SCOPED_TRACE(verb + " -o " + form);
      const Ended ended = anesim({verb, file, "-o", form}, here);
      EXPECT_EQ(ended.code, 0) << ended.err.substr(0, 500);
      EXPECT_EQ(ended.err, "");
      expect_harmless(ended.out);
      if (form == "md") {
        EXPECT_THAT(ended.out, Not(HasSubstr("<")));
      }
      if (form == "json") {
        EXPECT_TRUE(nlohmann::json::accept(ended.out));
      }
      if (form == "table" || form == "md") {
        EXPECT_LT(ended.out.size(), 30000u);
      }
    }
  }
  const Ended compared = anesim({"compare", file, "-d", "m4,m6"}, here);
  EXPECT_EQ(compared.code, 0) << compared.err.substr(0, 500);
  expect_harmless(compared.out);
  const Ended files = anesim({"run", file, "--report", "r.html", "--timeline", "t.json"}, here);
  EXPECT_EQ(files.code, 0) << files.err.substr(0, 500);
  const std::string page = file_text(folder.path("r.html"));
  expect_harmless(page);
  std::size_t ends = 0;
  for (std::size_t at = 0; (at = page.find("</script>", at)) != std::string::npos; ++at) ++ends;
  EXPECT_EQ(ends, 2u);
  const std::string timeline = file_text(folder.path("t.json"));
  expect_harmless(timeline);
  EXPECT_TRUE(nlohmann::json::accept(timeline));
}

class HostileNames : public testing::TestWithParam<std::string> {};

TEST_P(HostileNames, InATrace) {
  const Folder folder;
  folder.write("t.yaml", trace_named(GetParam()));
  expect_harmless_everywhere("t.yaml", folder);
}

TEST_P(HostileNames, InMil) {
  const Folder folder;
  folder.write("m.mil", mil_named(replaced(replaced(GetParam(), "\"", "\\\""), "\n", "\\n")));
  expect_harmless_everywhere("m.mil", folder);
}

INSTANTIATE_TEST_SUITE_P(All, HostileNames,
                         testing::Values("</script><img src=x onerror=alert(1)>",
                                         "\x1b[31mred\x1b]0;title\x07", "=cmd|'/c calc'!A0",
                                         "right\xe2\x80\xaeleft", "a\"b,c\nd", "{}%s%n{0}"));

TEST(HostileNames, TenMegabytes) {
  const Folder folder;
  folder.write("m.mil", mil_named(std::string(10'000'000, 'n')));
  expect_harmless_everywhere("m.mil", folder);
  // Neither repeats the name: they are as large as with a short one.
  EXPECT_LT(file_text(folder.path("t.json")).size(), 50'000u);
  EXPECT_LT(file_text(folder.path("r.html")).size(), 100'000u);
}

TEST(HostileNames, InMessages) {
  const Folder folder;
  const std::string name = "\x1b[31m" + std::string(200, 'n');
  const Ended absent = anesim({"run", name + ".mil", "-d", "m4"});
  EXPECT_EQ(absent.code, 2);
  expect_harmless(absent.err);
  folder.write(name + ".yaml", "schema: " + std::string(1'000'000, 'x'));
  for (const std::string verb : {"run", "check"}) {
    const Ended ended = anesim({verb, folder.path(name + ".yaml")});
    EXPECT_EQ(ended.code, 2);
    expect_harmless(ended.err);
    EXPECT_LT(ended.err.size(), 5000u);
  }
}

}  // namespace
}  // namespace anesim::e2e
