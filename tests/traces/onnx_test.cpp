// The ONNX reader: names, opsets, dimensions, folding, conditions, refusals.
#include "traces/onnx/onnx.h"

#include <gmock/gmock.h>

#include "sim/core/error.h"
#include "tests/traces/onnx_model.h"
#include "traces/graph/work.h"

namespace anesim::onnx {
namespace {

using graph::Shape;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

std::vector<std::string> types_of(const graph::Graph& graph) {
  std::vector<std::string> types;
  for (const graph::Op& op : graph.ops) types.push_back(op.type);
  return types;
}

Shape result_shape(const graph::Graph& graph) { return graph.at(graph.outputs.at(0)).shape; }

TEST(Onnx, ConvolutionKeepsWindowGroupsAndNames) {
  const graph::Graph graph =
      read_model(13, "x: 1,4,9,11 float", "y",
                 weight("w", {6, 2, 3, 5}) + weight("b", {6}) +
                     node("Conv", "x w b", "y",
                          attribute("pads", Ints{1, 0, 2, 4}) + attribute("strides", Ints{2, 1}) +
                              attribute("group", 2)));
  ASSERT_EQ(graph.ops.size(), 1u);
  EXPECT_EQ(graph.ops[0].type, "conv");
  EXPECT_EQ(graph.ops[0].name, "Conv_node");
  EXPECT_THAT(*graph::find_ints(graph, graph.ops[0], "pad"), ElementsAre(1, 2, 0, 4));
  // (9 + 3 - 3) / 2 + 1 = 5, (11 + 4 - 5) / 1 + 1 = 11
  EXPECT_THAT(result_shape(graph), ElementsAre(1, 6, 5, 11));
  EXPECT_EQ(graph.at(graph.outputs[0]).name, "y");
  EXPECT_EQ(work_of(graph).macs, 6 * 5 * 11 * 2 * 3 * 5);
  EXPECT_EQ(work_of(graph).weight_bytes, 2 * (6 * 2 * 3 * 5 + 6));
}

// From the first that Core ML's converters took to the newest; what a version changed is told apart
// where it matters (see "opset" in traces/onnx).
TEST(Onnx, EveryOpsetFrom7To24) {
  for (int opset = 7; opset <= 24; ++opset) {
    SCOPED_TRACE(opset);
    EXPECT_THAT(result_shape(read_model(opset, "x: 1,8 float", "y", node("Relu", "x", "y"))),
                ElementsAre(1, 8));
  }
}

TEST(Onnx, SymbolicDimensionsAreBoundOrRefused) {
  const std::string body = node("Relu", "x", "a") + node("Add", "a z", "y");
  const std::string inputs = "x: batch,8 float; z: batch,8 float";
  EXPECT_THAT([&] { (void)read_model(13, inputs, "y", body); },
              ThrowsMessage<UserError>(HasSubstr("expected --dim batch=N)")));
  const graph::Graph bound = read_model(13, inputs, "y", body, {{{"batch", 3}}, false});
  EXPECT_THAT(result_shape(bound), ElementsAre(3, 8));
  EXPECT_THAT([&] { (void)read_model(13, "x: ?,8 float", "y", node("Relu", "x", "y")); },
              ThrowsMessage<UserError>(HasSubstr("expected --dim x=N)")));
  EXPECT_THAT(
      [&] {
        (void)read_model(13, inputs, "y", body, {{{"x[0]", 2}, {"z[0]", 3}}, false});
      },
      ThrowsMessage<UserError>(HasSubstr("'batch' is bound to both 2 and 3")));
}

TEST(Onnx, ShapeChainsAreFolded) {
  // y = reshape(x, concat(shape(x)[0:1], [-1])), as exporters write flatten
  const graph::Graph graph = read_model(
      11, "x: n,4,5 float", "y",
      scalar("zero", 0) + integers("rest", {-1}) + node("Shape", "x", "s") +
          node("Gather", "s zero", "g") + node("Unsqueeze", "g", "u", attribute("axes", Ints{0})) +
          node("Concat", "u rest", "c", attribute("axis", 0)) + node("Reshape", "x c", "y"),
      {{{"n", 2}}, false});
  EXPECT_THAT(types_of(graph), ElementsAre("reshape"));
  EXPECT_THAT(result_shape(graph), ElementsAre(2, 20));
}

TEST(Onnx, WeightsFromConstantOfShapeAreWeights) {
  const graph::Graph graph =
      read_model(9, "x: 1,64,8,8 float", "y",
                 integers("dims", {128, 64, 3, 3}) + node("ConstantOfShape", "dims", "w") +
                     node("Conv", "x w", "y"));
  EXPECT_THAT(types_of(graph), ElementsAre("conv"));
  EXPECT_EQ(work_of(graph).weight_elements, 128 * 64 * 3 * 3);
}

TEST(Onnx, OldFilesListWeightsAsInputs) {
  const graph::Graph graph = read_model(8, "x: 1,16 float; w: 16,4 float", "y",
                                        weight("w", {16, 4}) + node("MatMul", "x w", "y"));
  EXPECT_EQ(graph.inputs.size(), 1u);
  EXPECT_EQ(work_of(graph).weight_elements, 64);
}

TEST(Onnx, ConditionsAreTakenWhereTheyAreKnown) {
  const auto branch = [](const std::string& name, const std::string& type) {
    return "attribute { name: '" + name + "' type: GRAPH g { " + node(type, "x", name + "_y") +
           "output { name: '" + name + "_y' } } } ";
  };
  const std::string body =
      scalar("rate", 16000) + node("Equal", "sr rate", "same") +
      node("If", "same", "y", branch("then_branch", "Relu") + branch("else_branch", "Tanh"));
  const std::string inputs = "x: 1,8 float; sr: int64";
  EXPECT_THAT(types_of(read_model(11, inputs, "y", body, {{{"sr", 16000}}, false})),
              ElementsAre("relu"));
  EXPECT_THAT(types_of(read_model(11, inputs, "y", body, {{{"sr", 8000}}, false})),
              ElementsAre("tanh"));
  const graph::Graph open = read_model(11, inputs, "y", body);
  EXPECT_THAT(types_of(open), ElementsAre("equal", "cond"));
  EXPECT_EQ(open.ops[1].blocks.size(), 2u);
}

TEST(Onnx, AbsentExternalDataNeedNoFile) {
  const auto external = [](const std::string& path) {
    return "initializer { name: 'w' data_type: 1 dims: [256, 512] data_location: EXTERNAL "
           "external_data { key: 'location' value: '" +
           path + "' } }\n" + node("MatMul", "x w", "y");
  };
  const graph::Graph graph = read_model(13, "x: 1,256 float", "y", external("data/w.bin"));
  EXPECT_EQ(work_of(graph).weight_bytes, 2 * 256 * 512);
  for (const std::string path : {"../w.bin", "/etc/passwd", "a/../../b", ""}) {
    EXPECT_THAT([&] { (void)read_model(13, "x: 1,256 float", "y", external(path)); },
                ThrowsMessage<UserError>(HasSubstr("expected a path inside the model's folder")))
        << path;
  }
}

TEST(Onnx, OneAbsentSizeOfAReshapeFollowsFromTheOthers) {
  const graph::Graph graph = read_model(
      13, "x: 2,3,4 float", "y",
      "initializer { name: 'last' data_type: 7 dims: 1 data_location: EXTERNAL external_data { "
      "key: 'location' value: 'absent' } }\n" +
          integers("first", {6}) + node("Concat", "first last", "c", attribute("axis", 0)) +
          node("Reshape", "x c", "y"));
  EXPECT_THAT(result_shape(graph), ElementsAre(6, 4));
}

TEST(Onnx, UnknownOperationsAreRefusedOrKept) {
  const std::string body = node("Relux", "x", "y");
  EXPECT_THAT(
      [&] { (void)read_model(13, "x: 1,8 float", "y", body); },
      ThrowsMessage<UserError>(HasSubstr("unknown operation 'Relux' (did you mean 'Relu'?); "
                                         "--approximate-unknown keeps it")));
  const std::string shape =
      "value_info { name: 'y' type { tensor_type { elem_type: 1 shape { dim { dim_value: 7 } } } } "
      "}\n";
  const graph::Graph kept = read_model(13, "x: 1,8 float", "y", body + shape, {{}, true});
  EXPECT_THAT(types_of(kept), ElementsAre("Relux"));
  EXPECT_THAT(result_shape(kept), ElementsAre(7));
  EXPECT_THAT(
      [&] {
        (void)read_model(13, "x: 1,8 float", "y", body, {{}, true});
      },
      ThrowsMessage<UserError>(HasSubstr("declares no shape for its results (expected value_info "
                                         "with a type and sizes: run ONNX's shape inference")));
}

TEST(Onnx, WhatNobodyReadsIsDropped) {
  const graph::Graph graph =
      read_model(13, "x: 1,8 float", "y", node("Tanh", "x", "unused") + node("Relu", "x", "y"));
  EXPECT_THAT(types_of(graph), ElementsAre("relu"));
}

struct Refusal {
  std::string name, inputs, body, text;
  int opset = 13;
};
void PrintTo(const Refusal& refusal, std::ostream* out) { *out << refusal.name; }

class OnnxRefuses : public testing::TestWithParam<Refusal> {};

TEST_P(OnnxRefuses, WithAReason) {
  const Refusal& refusal = GetParam();
  EXPECT_THAT([&] { (void)read_model(refusal.opset, refusal.inputs, "y", refusal.body); },
              ThrowsMessage<UserError>(
                  testing::AllOf(testing::StartsWith("test.onnx: "), HasSubstr(refusal.text))));
}

INSTANTIATE_TEST_SUITE_P(
    All, OnnxRefuses,
    testing::Values(
        Refusal{"Cycle", "x: 1,8 float",
                node("Add", "x b", "a") + node("Relu", "a", "b") + node("Relu", "a", "y"),
                "Add 'Add_node': name 'b' is not defined before its use (the graph is cyclic"},
        Refusal{"TwoDefinitions", "x: 1,8 float", node("Relu", "x", "y") + node("Tanh", "x", "y"),
                "name 'y' is defined twice"},
        Refusal{
            "HugeDims", "x: 4611686018427387904,4 float", node("Relu", "x", "y"),
            "parameter 'x' has shape [4611686018427387904, 4] (expected dimensions of 1..2^40)"},
        Refusal{"HugeWeight", "x: 1,8 float",
                weight("w", {std::int64_t{1} << 40, std::int64_t{1} << 40}) +
                    node("MatMul", "x w", "y"),
                "initializer 'w': shape [1099511627776, 1099511627776] has over 2^63 elements"},
        Refusal{"NegativeWeight", "x: 1,8 float", weight("w", {8, -4}) + node("MatMul", "x w", "y"),
                "initializer 'w': has shape [8, -4] (expected dimensions of 0..2^40)"},
        Refusal{"TooFewValues", "x: 1,8 float",
                "initializer { name: 's' data_type: 7 dims: 3 int64_data: [1, 2] }" +
                    node("Reshape", "x s", "y"),
                "initializer 's': has 2 values (expected 3)"},
        Refusal{"WrongRawSize", "x: 1,8 float",
                "initializer { name: 's' data_type: 7 dims: 1 raw_data: 'abc' }" +
                    node("Reshape", "x s", "y"),
                "initializer 's': has 3 bytes of data (expected 8 for 1 elements)"},
        Refusal{"Complex", "x: 1,8 float", weight("w", {8}, 14) + node("Add", "x w", "y"),
                "initializer 'w': data type 14 is not supported"},
        Refusal{"ShapesThatDoNotFit", "x: 1,8 float; z: 1,9 float", node("Add", "x z", "y"),
                "add 'Add_node': shapes [1, 8] and [1, 9] do not broadcast"},
        Refusal{"RunTimeShape", "x: 1,8 float; s: 2 int64", node("Reshape", "x s", "y"),
                "Reshape 'Reshape_node': input 1 ('s') depends on values of the run"},
        Refusal{"Values", "x: 1,8 float", node("NonZero", "x", "y"),
                "NonZero 'NonZero_node': how much it finds depends on values of the run"},
        Refusal{"OldOpset", "x: 1,8 float", node("Relu", "x", "y"),
                "opset 6 of ai.onnx is not supported (expected 7..24", 6},
        Refusal{"NewerOpset", "x: 1,8 float", node("Relu", "x", "y"),
                "opset 25 of ai.onnx is not supported (expected 7..24", 25},
        Refusal{"NewOpset", "x: 1,8 float", node("Relu", "x", "y"),
                "opset 99 of ai.onnx is not supported (expected 7..24", 99},
        Refusal{
            "MaskOfPool", "x: 1,8,4,4 float",
            node("MaxPool", "x", "p indices", attribute("kernel_shape", Ints{2, 2})) +
                node("Cast", "indices", "y", attribute("to", 1)),
            "Cast 'Cast_node': reads output 1 of MaxPool 'MaxPool_node', which is not modelled"},
        Refusal{"NoNode", "x: 1,8 float", "", "the graph has no node"}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace anesim::onnx
