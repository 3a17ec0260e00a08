// Operations written out in a trace: repeated blocks and shared constants.
#include "traces/scenario/inline_graph.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/config/yaml.h"
#include "traces/graph/work.h"

namespace anesim::scenario {
namespace {

using testing::HasSubstr;

graph::Graph read(const std::string& yaml) {
  return read_inline_graph(config::parse_yaml(yaml, "t.yaml"), "net");
}

std::string error_of(const std::string& yaml) {
  try {
    (void)read(yaml);
  } catch (const UserError& e) {
    return e.what();
  }
  return "accepted";
}

/// A chain of `rounds` 1x1 convolutions of 8 channels over 4x4, with one weight.
std::string chain(const std::string& rounds) {
  return "inputs: [{name: x, shape: [1, 8, 4, 4]}]\n"
         "constants: [{name: w, shape: [8, 8, 1, 1]}]\n"
         "ops:\n"
         "  - repeat: " +
         rounds +
         "\n"
         "    carry: {y: x}\n"
         "    ops:\n"
         "      - {op: conv, name: c, x: y, weight: w, pad_type: same, strides: [1, 1]}\n"
         "      - {op: relu, name: y, x: c}\n"
         "outputs: [y]\n";
}

TEST(InlineGraph, ABlockIsRepeated) {
  const graph::Graph g = read(chain("5"));
  ASSERT_EQ(g.ops.size(), 10u);
  EXPECT_EQ(g.ops[0].name, "c_0");
  EXPECT_EQ(g.ops[9].name, "y_4");
  const auto work = graph::work_of(g);
  EXPECT_EQ(work.macs, 5 * 8 * 8 * 16);
  EXPECT_EQ(work.weight_bytes, 8 * 8 * 2) << "one constant, however often it is read";
  // Each round reads the one before; the first one reads the input.
  EXPECT_EQ(g.ops[2].arguments.at(0).tensors, g.ops[1].outputs);
  ASSERT_EQ(g.outputs.size(), 1u);
  EXPECT_EQ(g.outputs[0], g.ops[9].outputs.at(0));
}

TEST(InlineGraph, BlocksNest) {
  const graph::Graph g = read(
      "inputs: [{name: x, shape: [1, 8]}]\n"
      "ops:\n"
      "  - repeat: 3\n"
      "    carry: {y: x}\n"
      "    ops:\n"
      "      - repeat: 2\n"
      "        carry: {z: y}\n"
      "        ops: [{op: relu, name: z, x: z}]\n"
      "      - {op: abs, name: y, x: z}\n"
      "outputs: [y]\n");
  ASSERT_EQ(g.ops.size(), 9u);
  EXPECT_EQ(g.ops[1].name, "z_0_1");
  EXPECT_EQ(g.ops[2].name, "y_0");
  EXPECT_EQ(g.ops[3].arguments.at(0).tensors, g.ops[2].outputs) << "the next round goes on";
}

TEST(InlineGraph, RefusesWithPlace) {
  EXPECT_THAT(error_of(chain("0")), HasSubstr("t.yaml:4:"));
  EXPECT_THAT(error_of(chain("many")), HasSubstr("t.yaml:4:"));
  EXPECT_THAT(error_of("inputs: [{name: x, shape: [1]}]\nops:\n  - {repeat: 2, ops: []}\n"
                       "outputs: [x]\n"),
              HasSubstr("t.yaml:3:22: ops[0].ops: a repeated block needs at least one op"));
  EXPECT_THAT(error_of("inputs: [{name: x, shape: [1]}]\nops:\n"
                       "  - {repeat: 2, carry: {y: z}, ops: [{op: relu, name: y, x: y}]}\n"
                       "outputs: [y]\n"),
              HasSubstr("no tensor is named 'z'"));
  // Twice in one round is a typing error, as outside of a block.
  EXPECT_THAT(error_of("inputs: [{name: x, shape: [1]}]\nops:\n"
                       "  - {repeat: 2, ops: [{op: relu, name: y, x: x}, {op: abs, name: y, x: x}]}"
                       "\noutputs: [y]\n"),
              HasSubstr("t.yaml:3:50: abs 'y_0': name is used twice"));
  EXPECT_THAT(error_of("inputs: [{name: x, shape: [1]}]\nops:\n"
                       "  - {repeat: 2, ops: [{op: relu, name: y, x: x}]}\n"
                       "  - {op: abs, name: y, x: x}\noutputs: [y]\n"),
              HasSubstr("the name 'y' is taken"));
  EXPECT_THAT(error_of("inputs: [{name: x, shape: [1]}]\nops:\n"
                       "  - repeat: 100000\n    ops:\n"
                       "      - {repeat: 100000, ops: [{op: relu, name: y, x: x}]}\n"
                       "outputs: [y]\n"),
              HasSubstr("repeats more than 100000 rounds in all"));
}

/// Neither operations nor what they hold fill the memory.
TEST(InlineGraph, RepeatedMemoryIsBounded) {
  const auto block = [](const std::string& ops) {
    return "inputs: [{name: x, shape: [1]}]\nops: [{repeat: 100000, ops: [" + ops +
           "]}]\noutputs: [x]\n";
  };
  const auto too_much = HasSubstr("repeated operations take more than 256 MiB");
  std::string ops, many = "x";
  for (int i = 0; i < 1000; ++i) ops += fmt::format("{{op: relu, name: y{}, x: x}}, ", i);
  for (int i = 0; i < 10'000; ++i) many += ", x";
  EXPECT_THAT(error_of(block(ops)), too_much);
  EXPECT_THAT(error_of(block("{op: relu, name: " + std::string(50'000, 'y') + ", x: x}")),
              too_much);
  EXPECT_THAT(
      error_of(block("{op: concat, name: y, axis: 0, interleave: false, values: [" + many + "]}")),
      too_much);
}

std::string error_of_ops(const std::string& ops) {
  return error_of(
      "inputs: [{name: image, shape: [1, 8, 4, 4]}]\n"
      "constants: [{name: w, shape: [8, 8, 1, 1]}]\n"
      "ops:\n" +
      ops + "outputs: [r1]\n");
}

TEST(InlineGraph, AWordInATensorsPlaceIsATensor) {
  EXPECT_THAT(error_of_ops("  - {op: relu, name: r1, x: nosuch}\n"),
              HasSubstr("t.yaml:4:29: ops[0].x: no tensor is named 'nosuch'"));
  EXPECT_THAT(error_of_ops("  - {op: relu, name: c1, x: image}\n"
                           "  - {op: add, name: r1, x: c1, y: imge}\n"),
              HasSubstr("no tensor is named 'imge' (did you mean 'image'?)"));
  EXPECT_THAT(error_of_ops("  - {op: relu, name: r1, x: 'nosuch'}\n"),
              HasSubstr("no tensor is named 'nosuch'"));
  EXPECT_THAT(error_of_ops("  - {op: concat, name: r1, values: [imag, image], axis: 1}\n"),
              HasSubstr("no tensor is named 'imag' (did you mean 'image'?)"));
  EXPECT_THAT(error_of_ops("  - {op: conv, name: r1, x: image, weight: ww, pad_type: same}\n"),
              HasSubstr("no tensor is named 'ww'"));
  EXPECT_EQ(error_of_ops("  - {op: relu, name: same, x: image}\n"
                         "  - {op: conv, name: r1, x: same, weight: w, pad_type: same}\n"),
            "accepted")
      << "a text parameter is text whatever tensors are called";
}

TEST(InlineGraph, CyclesAndWrongOrderAreNamed) {
  EXPECT_THAT(error_of_ops("  - {op: relu, name: r1, x: r2}\n  - {op: relu, name: r2, x: r1}\n"),
              HasSubstr("t.yaml:4:29: ops[0].x: operations read each other in a cycle: r1 -> r2 -> "
                        "r1"));
  EXPECT_THAT(error_of_ops("  - {op: relu, name: r1, x: r1}\n"),
              HasSubstr("operations read each other in a cycle: r1 -> r1"));
  EXPECT_THAT(error_of_ops("  - {op: relu, name: r1, x: r3}\n  - {op: relu, name: r2, x: r1}\n"
                           "  - {op: add, name: r3, x: image, y: r2}\n"),
              HasSubstr("in a cycle: r1 -> r3 -> r2 -> r1"));
  EXPECT_THAT(error_of_ops("  - {op: relu, name: r1, x: r2}\n"
                           "  - {op: relu, name: r2, x: image}\n"),
              HasSubstr("'r2' is made by a later operation (expected the operations in order)"));
}

}  // namespace
}  // namespace anesim::scenario
