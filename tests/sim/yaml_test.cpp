#include "sim/config/yaml.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "sim/config/quantity.h"

namespace anesim::config {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string error(const auto& action) {
  try {
    action();
  } catch (const UserError& e) {
    return e.what();
  }
  return "no error";
}
std::string parse_error(std::string_view text) {
  return error([&] { (void)parse_yaml(text, "f.yaml"); });
}

TEST(Yaml, KeepsOrderPathAndPlace) {
  const Node root = parse_yaml("fabric:\n  zeta: 1\n  alpha: [a, {id: 'x'}]\n", "f.yaml");
  const Node& fabric = root.require("fabric");
  ASSERT_EQ(fabric.map().size(), 2u);
  EXPECT_EQ(fabric.map()[0].first, "zeta");
  const Node& id = fabric.require("alpha").sequence()[1].require("id");
  EXPECT_EQ(id.path(), "fabric.alpha[1].id");
  EXPECT_EQ(id.place(), (Place{"f.yaml", 3, 19}));
  EXPECT_EQ(id.key_place(), (Place{"f.yaml", 3, 15}));
  EXPECT_EQ(id.text(), "x");
  EXPECT_TRUE(id.quoted());
  EXPECT_EQ(root.find("nothing"), nullptr);
}

TEST(Yaml, TheCallerAddsThePlaceOfAQuantity) {
  const Node root =
      parse_yaml(std::string(10, '\n') + "fabric:\n  bandwidth: 120\n", "configs/m4.yaml");
  const Node& node = root.require("fabric").require("bandwidth");
  const std::string text = error([&] {
    try {
      (void)parse_quantity(node.text(), Dimension::rate);
    } catch (const UserError& e) {
      node.fail(e.what());
    }
  });
  EXPECT_EQ(text,
            "configs/m4.yaml:12:14: fabric.bandwidth: '120' has no unit (expected e.g. '120 "
            "GB/s')");
}

TEST(Yaml, UnknownKeysNameTheNearest) {
  const Node root = parse_yaml("fabric: {bandwith: 1, x: 2}\n", "f.yaml");
  const Node& fabric = root.require("fabric");
  EXPECT_EQ(error([&] {
              fabric.only_keys({"size", "bandwidth"});
            }),
            "f.yaml:1:10: unknown key 'fabric.bandwith' (did you mean 'bandwidth'?)");
  EXPECT_EQ(error([&] {
              fabric.only_keys({"bandwith", "latency"});
            }),
            "f.yaml:1:23: unknown key 'fabric.x' (known: bandwith, latency)");
  EXPECT_EQ(error([&] { fabric.only_keys({"x", "bandwith"}); }), "no error");
  EXPECT_EQ(error([&] { (void)fabric.require("size"); }),
            "f.yaml:1:9: fabric: key 'size' is missing");
}

TEST(Yaml, ReadsNumbersStrictly) {
  const Node root = parse_yaml(
      "{i: -17, n: 1.5e3, q: '12', o: 010, h: 0x10, u: 1_000, nan: .nan, inf: -.inf, big: "
      "99999999999999999999, b: true, on: on, e: , huge: 1e999}",
      "f");
  const auto at = [&](const char* key) -> const Node& { return root.require(key); };
  EXPECT_EQ(at("i").integer(), -17);
  EXPECT_EQ(at("i").number(), -17);
  EXPECT_EQ(at("n").number(), 1500);
  EXPECT_TRUE(at("b").boolean());
  EXPECT_EQ(error([&] { (void)at("q").integer(); }),
            "f:1:23: q: '12' is quoted text (expected a decimal integer)");
  EXPECT_EQ(error([&] { (void)at("o").integer(); }),
            "f:1:32: o: '010' has a leading zero (expected a decimal integer)");
  EXPECT_EQ(error([&] { (void)at("o").number(); }),
            "f:1:32: o: '010' has a leading zero (expected a decimal number)");
  EXPECT_EQ(error([&] { (void)at("h").integer(); }),
            "f:1:40: h: '0x10' is not an integer (expected a decimal integer)");
  EXPECT_EQ(error([&] { (void)at("u").integer(); }),
            "f:1:49: u: '1_000' is not an integer (expected a decimal integer)");
  EXPECT_EQ(error([&] { (void)at("nan").number(); }),
            "f:1:61: nan: '.nan' is not a number (expected a decimal number)");
  EXPECT_EQ(error([&] { (void)at("inf").number(); }),
            "f:1:72: inf: '-.inf' is not a number (expected a decimal number)");
  EXPECT_EQ(error([&] { (void)at("big").integer(); }),
            "f:1:84: big: '99999999999999999999' is too large (expected at most 64 bits)");
  EXPECT_EQ(error([&] { (void)at("on").boolean(); }),
            "f:1:119: on: 'on' is not a truth value (expected true or false)");
  EXPECT_EQ(error([&] { (void)at("i").integer(0, 7); }),
            "f:1:5: i: -17 is out of range (expected 0..7)");
  EXPECT_EQ(error([&] { (void)at("n").number(0, 0.5); }),
            "f:1:13: n: 1500 is out of range (expected 0..0.5)");
  EXPECT_NE(error([&] { (void)at("huge").number(); }).find("beyond what a double holds"),
            std::string::npos);
  EXPECT_NE(error([&] { (void)at("e").text(); }).find("e: is nothing (expected text)"),
            std::string::npos);
  EXPECT_EQ(error([&] { (void)at("i").sequence(); }),
            "f:1:5: i: is a single value (expected a list)");
  EXPECT_EQ(error([&] { (void)root.integer(); }), "f:1:1: is a map (expected a decimal integer)");
}

TEST(Yaml, RefusesWhatYamlCppLetsPass) {
  EXPECT_EQ(parse_error("a: 1\nb: 2\na: 3\n"), "f.yaml:3:1: duplicate key 'a'");
  EXPECT_EQ(parse_error("x:\n  - {a: 1, a: 1}\n"), "f.yaml:2:12: duplicate key 'x[0].a'");
  EXPECT_EQ(parse_error("a: &x 1\n"),
            "f.yaml:1:4: anchors and aliases are not supported (write the value out)");
  EXPECT_EQ(parse_error("a: {<<: {b: 1}}\n"), "f.yaml:1:5: merge key '<<' is not supported");
  EXPECT_EQ(parse_error("a: !!str 1\n"),
            "f.yaml:1:4: tag 'tag:yaml.org,2002:str' is not supported (expected a plain value)");
  EXPECT_EQ(parse_error("? [a]\n: 1\n"),
            "f.yaml:1:3: a list or map as key is not supported (expected a name)");
  EXPECT_EQ(parse_error("~: 1\n"), "f.yaml:1:1: empty key (expected a name)");
  EXPECT_EQ(parse_error("a: 1\n---\nb: 2\n"),
            "f.yaml:2:1: second document in one file (expected one)");
  EXPECT_EQ(parse_error("a: 1\nb: [1, 2\n"),
            "f.yaml:3:1: not valid YAML: end of sequence flow not found");
  EXPECT_EQ(parse_error("a: caf\xe9\n"), "f.yaml:1:7: byte \\xe9 is not UTF-8");
  // yaml-cpp takes this byte for the end of the file.
  EXPECT_EQ(parse_error("a: 1\n\x04\nb: ["), "f.yaml:2:1: control character \\x04 (expected text)");
  EXPECT_EQ(parse_error("---\na: 1\n...\n"), "no error");
  EXPECT_EQ(parse_error("# only a comment\n"), "no error");
  EXPECT_EQ(parse_yaml("", "f").kind(), Node::Kind::null);
  EXPECT_EQ(parse_yaml("\xEF\xBB\xBF"
                       "a: 1\r\n",
                       "f")
                .require("a")
                .integer(),
            1);
}

TEST(Yaml, ManyKeysStillSeeDuplicates) {
  std::string text;
  for (int i = 0; i < 40; ++i) text += fmt::format("k{}: {}\n", i, i);
  EXPECT_EQ(parse_error(text), "no error");
  EXPECT_EQ(parse_error(text + "k3: 0\n"), "f.yaml:41:1: duplicate key 'k3'");
  EXPECT_EQ(parse_error(text + "k39: 0\n"), "f.yaml:41:1: duplicate key 'k39'");
}

TEST(Yaml, DepthIsBounded) {
  const auto nested = [](int n) { return std::string(n, '[') + std::string(n, ']'); };
  EXPECT_EQ(parse_error(nested(64)), "no error");
  EXPECT_EQ(parse_error(nested(65)), "f.yaml:1:65: nested more than 64 deep");
  EXPECT_NE(parse_error(std::string(1000000, '[')), "no error");
  std::string blocks;
  for (int i = 0; i < 100000; ++i) blocks += "- ";
  EXPECT_NE(parse_error(blocks), "no error");
  std::string keys;
  for (int i = 0; i < 100000; ++i) keys += "? ";
  EXPECT_NE(parse_error(keys), "no error");
  std::string indented;
  for (int i = 0; i < 2000; ++i) indented += std::string(i, ' ') + "a:\n";
  EXPECT_NE(parse_error(indented).find("nested more than 64 deep"), std::string::npos);
}

/// Seen before yaml-cpp keeps what follows an open bracket.
TEST(Yaml, OpenBracketsAreCountedBeforeParsing) {
  const auto opened = [](int n) { return "a: 1\nx: " + std::string(n, '['); };
  EXPECT_EQ(parse_error(opened(65)), "f.yaml:2:68: nested more than 64 deep");
  EXPECT_EQ(parse_error(opened(12'000'000)), "f.yaml:2:68: nested more than 64 deep");
  const auto deep = [](const std::string& before, const std::string& piece, int n) {
    std::string text = before;
    for (int i = 0; i < n; ++i) text += piece;
    return parse_error(text).find("nested more than 64 deep") != std::string::npos;
  };
  EXPECT_TRUE(deep("x: ", "{a: ", 65));
  EXPECT_TRUE(deep("x: ", "[\n", 65));
  EXPECT_TRUE(deep("- 'it''s': [\"\\\"\", ", "[it's, \"]\", # ]\n", 65));
  EXPECT_TRUE(deep("- a: |\n    ]\n  b: ", "[", 65));
  EXPECT_TRUE(deep("--- ", "[", 65));
  EXPECT_TRUE(deep("a: b\n  c\nd: ", "[", 65));
  EXPECT_FALSE(deep("x: ", "[", 64));
}

TEST(Yaml, BracketsWithinTextAreNotNesting) {
  const std::string many(100, '[');
  std::string lines, items, quoted;
  for (int i = 0; i < 100; ++i) {
    lines += "  [ {\n";
    items += "- a[b {c\n";
    quoted += "- [\"[\", '{''[', a, \"\\\"[\"] # [\n";
  }
  for (const std::string& text : {
           "x: a" + many + "\n",
           "x: '" + many + "'\n",
           "x: \"" + many + "\"\n",
           "x: 'it''s " + many + "'\n",
           "x: \"\\\"" + many + "\"\n",
           "'" + many + "': 1\n",
           "a" + many + ": 1\n",
           "x: 1 # " + many + "\n",
           "# it's \"\n# " + many + "\nx: 1\n",
           "x: |\n" + lines + "y: 1\n",
           "x: >2-\n" + lines + "y: 1\n",
           "x: | # [\n\n" + lines + "\n" + lines,
           "- x: |\n    " + many + "\n  y: 1\n",
           "- |\n " + many + "\n- 1\n",
           "x:\n  |\n " + many + "\n",
           "|\n" + many + "\n",
           "x: one\n" + lines,
           "x:\n  one\n" + lines,
           "- one\n" + lines,
           "x: a -" + many + "\n",
           "x: -" + many + "\n",
           "x: :" + many + "\n",
           "x: 'two\n\n  lines" + many + "'\n",
           "x: [a, \"" + many + "\"]\n",
           "x: [a, # " + many + "\n b]\n",
           "x: [it's, b]\ny: " + std::string(63, '[') + std::string(63, ']') + "\n",
           items,
           quoted,
       })
    EXPECT_THAT(parse_error(text), Not(HasSubstr("deep"))) << text.substr(0, 60);
  // What of these is valid stays so.
  EXPECT_EQ(parse_error("x: one\n" + lines), "no error");
  EXPECT_EQ(parse_error("x: |\n" + lines + "y: 1\n"), "no error");
  EXPECT_EQ(parse_error(items), "no error");
  EXPECT_EQ(parse_error(quoted), "no error");
}

/// Each item of the list repeats the key in its path.
TEST(Yaml, MemoryIsBounded) {
  std::string items;
  for (int i = 0; i < 25'000; ++i) items += "1,";
  EXPECT_NE(parse_error("? " + std::string(50'000, 'k') + "\n: [" + items + "]\n")
                .find("needs more than 1024 MiB (expected fewer values or shorter keys)"),
            std::string::npos);
}

TEST(Yaml, LoadsAMegabyteOfCasesQuickly) {
  std::string text = "schema: ane-measurements/1\ncases:\n";
  for (int i = 0; i < 1800; ++i) {
    text += fmt::format(
        "  - id: case-{}\n    chip: M4\n    class: formats\n    kind: conv_chain\n"
        "    workload: {{channels: 512, height: 64, width: 64, kernel: 3, depth: 16, "
        "format: int8}}\n    metric: latency\n    unit: us\n    clock: slope\n    trust: A\n"
        "    value: {}\n    repeats: 3\n    conditions: {{stack: coreml, os: '15.1', power: ac, "
        "batch: 1, compute_units: cpu_and_ne}}\n    source: {{key: some-paper-2025, table: 3, "
        "row: {}}}\n    note: \"a sentence about how this number was measured, with commas, and "
        "what it leaves out\"\n",
        i, 17.25 + i, i);
  }
  const Node root = parse_yaml(text, "cases.yaml");
  EXPECT_EQ(root.require("cases").sequence().size(), 1800u);
}

}  // namespace
}  // namespace anesim::config
