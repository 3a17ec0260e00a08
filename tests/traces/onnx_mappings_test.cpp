// ONNX operations in the graph's vocabulary: types, shapes and work, hand-computed.
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

struct Mapped {
  std::string name, inputs, body;
  std::vector<std::string> types;
  Shape shape;
  std::int64_t macs = 0;
  int opset = 13;
};
void PrintTo(const Mapped& mapped, std::ostream* out) { *out << mapped.name; }

class OnnxMaps : public testing::TestWithParam<Mapped> {};

TEST_P(OnnxMaps, TypesShapeAndWork) {
  const Mapped& mapped = GetParam();
  const graph::Graph graph = read_model(mapped.opset, mapped.inputs, "y", mapped.body);
  std::vector<std::string> types;
  for (const graph::Op& op : graph.ops) types.push_back(op.type);
  EXPECT_EQ(types, mapped.types);
  EXPECT_EQ(graph.at(graph.outputs.at(0)).shape, mapped.shape);
  EXPECT_EQ(work_of(graph).macs, mapped.macs);
}

const std::string microsoft = "com.microsoft";

INSTANTIATE_TEST_SUITE_P(
    Products, OnnxMaps,
    testing::Values(Mapped{"GemmTransposed",
                           "x: 3,8 float",
                           weight("w", {5, 8}) + weight("b", {5}) +
                               node("Gemm", "x w b", "y", attribute("transB", 1)),
                           {"linear"},
                           {3, 5},
                           3 * 5 * 8},
                    Mapped{"GemmPlain",
                           "x: 3,8 float",
                           weight("w", {8, 5}) + node("Gemm", "x w", "y"),
                           {"linear"},
                           {3, 5},
                           3 * 5 * 8},
                    Mapped{"GemmOfLiveMatrices",
                           "x: 3,8 float; z: 8,5 float; c: 3,5 float",
                           node("Gemm", "x z c", "y"),
                           {"matmul", "add"},
                           {3, 5},
                           3 * 5 * 8},
                    Mapped{"EinsumProduct",
                           "x: 2,3,4 float; z: 2,5,4 float",
                           node("Einsum", "x z", "y", attribute("equation", "bij,bkj->bik")),
                           {"matmul"},
                           {2, 3, 5},
                           2 * 3 * 5 * 4},
                    Mapped{"EinsumOuter",
                           "x: 2,3 float; z: 2,4 float",
                           node("Einsum", "x z", "y", attribute("equation", "bi,bj->bij")),
                           {"expand_dims", "expand_dims", "mul"},
                           {2, 3, 4}},
                    Mapped{"EinsumEllipsis",
                           "x: 2,7,3,4 float; z: 4,5 float",
                           node("Einsum", "x z", "y", attribute("equation", "...ij,jk->...ik")),
                           {"reshape", "reshape", "matmul", "reshape"},
                           {2, 7, 3, 5},
                           2 * 7 * 3 * 5 * 4},
                    Mapped{"EinsumSum",
                           "x: 2,3,4 float",
                           node("Einsum", "x", "y", attribute("equation", "abc->ca")),
                           {"reduce_sum", "transpose"},
                           {4, 2}},
                    Mapped{"FusedMatMul",
                           "x: 2,8,3 float; z: 2,8,5 float",
                           node("FusedMatMul", "x z", "y",
                                attribute("transA", 1) + number_attribute("alpha", 0.5), microsoft),
                           {"matmul", "mul"},
                           {2, 3, 5},
                           2 * 3 * 5 * 8}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Windows, OnnxMaps,
    testing::Values(
        // (5 - 1) * 2 + 4 - 1 - 1 + 0 = 10; every input element meets 3 * 4 * 4 weights
        Mapped{"ConvTranspose",
               "x: 1,2,5,5 float",
               weight("w", {2, 3, 4, 4}) +
                   node("ConvTranspose", "x w", "y",
                        attribute("strides", Ints{2, 2}) + attribute("pads", Ints{1, 1, 1, 1})),
               {"conv_transpose"},
               {1, 3, 10, 10},
               2 * 5 * 5 * 3 * 4 * 4},
        // the extra row and column of output_padding: (5 - 1) * 2 + 3 - 2 + 1 = 10
        Mapped{"ConvTransposeExtra",
               "x: 1,2,5,5 float",
               weight("w", {2, 3, 3, 3}) +
                   node("ConvTranspose", "x w", "y",
                        attribute("strides", Ints{2, 2}) + attribute("pads", Ints{1, 1, 1, 1}) +
                            attribute("output_padding", Ints{1, 1})),
               {"conv_transpose"},
               {1, 3, 10, 10},
               2 * 5 * 5 * 3 * 3 * 3},
        Mapped{"SameUpper",
               "x: 1,2,5,5 float",
               weight("w", {3, 2, 3, 3}) +
                   node("Conv", "x w", "y",
                        attribute("strides", Ints{2, 2}) + attribute("auto_pad", "SAME_UPPER")),
               {"conv"},
               {1, 3, 3, 3},
               3 * 3 * 3 * 2 * 9},
        Mapped{"CeilPool",
               "x: 1,2,6,6 float",
               node("MaxPool", "x", "y",
                    attribute("kernel_shape", Ints{3, 3}) + attribute("strides", Ints{2, 2}) +
                        attribute("ceil_mode", 1)),
               {"max_pool"},
               {1, 2, 3, 3}},
        Mapped{"GlobalPool",
               "x: 1,2,6,6 float",
               node("GlobalAveragePool", "x", "y"),
               {"reduce_mean"},
               {1, 2, 1, 1}},
        Mapped{"FusedConv",
               "x: 1,2,6,6 float; z: 1,4,6,6 float",
               weight("w", {4, 2, 1, 1}) +
                   node("FusedConv", "x w - z", "y", attribute("activation", "Relu"), microsoft),
               {"conv", "add", "relu"},
               {1, 4, 6, 6},
               4 * 36 * 2}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Layout, OnnxMaps,
    testing::Values(
        Mapped{"Expand",
               "x: 3,1 float",
               integers("s", {2, 1, 4}) + node("Expand", "x s", "y"),
               {"reshape", "tile"},
               {2, 3, 4}},
        Mapped{"ReverseSlice",
               "x: 6,4 float",
               integers("a", {-1}) + integers("b", {-9223372036854775807}) + integers("c", {0}) +
                   integers("d", {-2}) + node("Slice", "x a b c d", "y"),
               {"slice_by_index"},
               {3, 4}},
        Mapped{"WholeSlice",
               "x: 6,4 float",
               integers("a", {0}) + integers("b", {9223372036854775807}) +
                   node("Slice", "x a b", "s") + node("Relu", "s", "y"),
               {"relu"},
               {6, 4}},
        Mapped{"UnevenSplit",
               "x: 7,4 float",
               node("Split", "x", "a b y", attribute("num_outputs", 3)),
               {"split"},
               {1, 4},
               0,
               18},
        Mapped{"PadOnAxis",
               "x: 2,3,4 float",
               integers("p", {1, 2}) + integers("a", {-1}) + node("Pad", "x p - a", "y"),
               {"pad"},
               {2, 3, 7},
               0,
               18},
        Mapped{"ResizeByScales",
               "x: 1,3,13,13 float",
               "initializer { name: 's' data_type: 1 dims: 4 float_data: [1, 1, 2, 2] }\n" +
                   node("Resize", "x - s", "y", attribute("mode", "linear")),
               {"resize_bilinear"},
               {1, 3, 26, 26}},
        Mapped{"ResizeToSizes",
               "x: 1,13,13,3 float",
               integers("s", {1, 26, 39, 3}) + node("Resize", "x - - s", "y"),
               {"resize"},
               {1, 26, 39, 3}},
        Mapped{"PixelShuffle",
               "x: 1,8,3,3 float",
               node("DepthToSpace", "x", "y", attribute("blocksize", 2) + attribute("mode", "CRD")),
               {"pixel_shuffle"},
               {1, 2, 6, 6}},
        Mapped{"OldSoftmaxOfRows",
               "x: 2,3,4 float",
               node("Softmax", "x", "y"),
               {"reshape", "softmax", "reshape"},
               {2, 3, 4},
               0,
               11},
        Mapped{"Softmax", "x: 2,3,4 float", node("Softmax", "x", "y"), {"softmax"}, {2, 3, 4}}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Attention, OnnxMaps,
    testing::Values(
        // 8 query heads share 2: scores and context of 2 * 8 * 16 rows and 16 columns, 64 deep
        Mapped{"Standard",
               "q: 2,8,16,64 float; k: 2,2,16,64 float; v: 2,2,16,64 float",
               node("Attention", "q k v", "y"),
               {"reshape", "scaled_dot_product_attention", "reshape"},
               {2, 8, 16, 64},
               2 * 8 * 16 * 16 * (64 + 64),
               24},
        Mapped{"WithCache",
               "q: 1,1,256 float; k: 1,1,64 float; v: 1,1,64 float; pk: 1,1,31,64 float; "
               "pv: 1,1,31,64 float",
               node("GroupQueryAttention", "q k v pk pv", "y pk2 pv2",
                    attribute("num_heads", 4) + attribute("kv_num_heads", 1), microsoft),
               {"reshape", "transpose", "reshape", "transpose", "reshape", "transpose", "concat",
                "concat", "reshape", "scaled_dot_product_attention", "reshape", "transpose",
                "reshape"},
               {1, 1, 256},
               4 * 32 * (64 + 64)}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Others, OnnxMaps,
    testing::Values(Mapped{"SkipNorm",
                           "x: 1,4,8 float; z: 1,4,8 float",
                           weight("g", {8}) + weight("b", {8}) +
                               node("SkipLayerNormalization", "x z g b", "y", "", microsoft),
                           {"add", "layer_norm"},
                           {1, 4, 8}},
                    Mapped{"RmsNorm",
                           "x: 1,4,8 float",
                           weight("g", {8}) + node("RMSNormalization", "x g", "y"),
                           {"square", "reduce_mean", "rsqrt", "mul", "mul"},
                           {1, 4, 8},
                           0,
                           23},
                    Mapped{"FlatBatchNorm",
                           "x: 3,8 float",
                           weight("g", {8}) + weight("b", {8}) + weight("m", {8}) +
                               weight("v", {8}) + node("BatchNormalization", "x g b m v", "y"),
                           {"reshape", "batch_norm", "reshape"},
                           {3, 8}},
                    Mapped{"HardSwish",
                           "x: 2,3 float",
                           node("HardSwish", "x", "y"),
                           {"sigmoid_hard", "mul"},
                           {2, 3},
                           0,
                           14},
                    // 5 steps, batch 2: 4 * 6 * (3 + 6) multiplications each, in two directions
                    Mapped{"Lstm",
                           "x: 5,2,3 float",
                           weight("w", {2, 24, 3}) + weight("r", {2, 24, 6}) +
                               node("LSTM", "x w r", "y",
                                    attribute("hidden_size", 6) +
                                        attribute("direction", "bidirectional")),
                           {"lstm", "reshape", "transpose"},
                           {5, 2, 2, 6},
                           5 * 2 * 2 * 24 * 9},
                    Mapped{"TopK",
                           "x: 2,30 float",
                           integers("k", {5}) + node("TopK", "x k", "v y"),
                           {"topk"},
                           {2, 5}}),
    [](const auto& test) { return test.param.name; });

TEST(OnnxResize, HandsOnHowItSamples) {
  const auto words = [](const std::string& mode, const std::string& coordinates) {
    const graph::Graph g =
        read_model(13, "x: 1,4,6,8 float", "y",
                   integers("s", {1, 4, 12, 16}) +
                       node("Resize", "x - - s", "y",
                            attribute("mode", mode) +
                                attribute("coordinate_transformation_mode", coordinates)));
    const graph::Op& op = g.ops.at(0);
    return graph::find_string(g, op, "interpolation_mode").value_or(op.type) + " " +
           graph::find_string(g, op, "sampling_mode").value_or("");
  };
  EXPECT_EQ(words("linear", "half_pixel"), "resize_bilinear UNALIGN_CORNERS");
  EXPECT_EQ(words("linear", "align_corners"), "resize_bilinear ALIGN_CORNERS");
  EXPECT_EQ(words("nearest", "asymmetric"), "resize_nearest_neighbor DEFAULT");
  EXPECT_EQ(words("linear", "tf_crop_and_resize"), "resize_bilinear ALIGN_CORNERS");
  EXPECT_EQ(words("cubic", "half_pixel"), "CUBIC UNALIGN_CORNERS");
}

TEST(OnnxQuantised, ConvolutionOfEightBits) {
  const std::string body = weight("xs", {}) + weight("xz", {}, 2) + weight("w", {16, 8, 3, 3}, 3) +
                           weight("ws", {16}) + weight("wz", {16}, 3) + weight("ys", {}) +
                           weight("yz", {}, 2) + node("QuantizeLinear", "x xs xz", "q") +
                           node("QLinearConv", "q xs xz w ws wz ys yz", "c") +
                           node("DequantizeLinear", "c ys yz", "y");
  const graph::Graph graph = read_model(13, "x: 1,8,6,6 float", "y", body);
  std::vector<std::string> types;
  for (const graph::Op& op : graph.ops) types.push_back(op.type);
  EXPECT_THAT(types, ElementsAre("quantize", "dequantize", "conv", "quantize", "dequantize"));
  const graph::Tensor& stored = graph.at(*graph::find_input(graph.ops[2], "weight"));
  EXPECT_EQ(stored.storage.encoding, graph::Encoding::affine);
  EXPECT_EQ(stored.storage.bits, 8);
  // a scale of fp16 and a zero point of 8 bits for each of 16 channels
  EXPECT_EQ(stored.storage.table_bytes, 16 * 2 + 16);
}

TEST(OnnxQuantised, BlocksOfFourBits) {
  // 32 blocks of 32 in each of 512 rows: a scale of fp16 a block
  const graph::Graph graph =
      read_model(13, "x: 1,7,1024 float", "y",
                 weight("w", {512, 32, 16}, 2) + weight("s", {512 * 32}, 10) +
                     node("MatMulNBits", "x w s", "y",
                          attribute("K", 1024) + attribute("N", 512) + attribute("bits", 4) +
                              attribute("block_size", 32),
                          "com.microsoft"));
  const graph::Work work = work_of(graph);
  EXPECT_EQ(work.macs, 7 * 1024 * 512);
  EXPECT_EQ(work.weight_bytes, 1024 * 512 / 2 + 512 * 32 * 2);
}

TEST(OnnxLoops, AreUnrolledWhereTheirCountIsKnown) {
  const auto body = [](const std::string& condition) {
    return "attribute { name: 'body' type: GRAPH g { " + node("Relu", "v", "v2") +
           node("Identity", "c", "c2") + node("Tanh", "v2", "row") +
           "input { name: 'i' } input { name: 'c' } input { name: 'v' } output { name: '" +
           condition + "' } output { name: 'v2' } output { name: 'row' } } } ";
  };
  const graph::Graph graph = read_model(
      13, "x: 2,3 float", "last y", scalar("n", 3) + node("Loop", "n - x", "last y", body("c2")));
  std::vector<std::string> types;
  for (const graph::Op& op : graph.ops) types.push_back(op.type);
  EXPECT_THAT(types, ElementsAre("relu", "tanh", "relu", "tanh", "relu", "tanh", "expand_dims",
                                 "expand_dims", "expand_dims", "concat"));
  EXPECT_THAT(graph.at(graph.outputs[1]).shape, ElementsAre(3, 2, 3));
  EXPECT_THAT(
      [&] {
        (void)read_model(13, "x: 2,3 float; n: int64", "y",
                         node("Loop", "n - x", "last y", body("c2")));
      },
      ThrowsMessage<UserError>(HasSubstr("how often it runs depends on values of the run")));
  EXPECT_THAT(
      [&] {
        (void)read_model(13, "x: 2,3 float", "y",
                         scalar("n", 4'000'000'000) + node("Loop", "n - x", "last y", body("c2")));
      },
      ThrowsMessage<UserError>(HasSubstr("(expected at most 50000 nodes in all)")));
}

TEST(OnnxFunctions, AreWrittenOutWhereTheyAreCalled) {
  const std::string text = R"(ir_version: 8
    opset_import { version: 17 } opset_import { domain: 'own' version: 1 }
    functions { name: 'Twice' domain: 'own' input: 'a' output: 'b' attribute: 'slope'
      opset_import { version: 17 }
      node { op_type: 'LeakyRelu' input: 'a' output: 'h'
             attribute { name: 'alpha' type: FLOAT ref_attr_name: 'slope' } }
      node { op_type: 'Add' input: 'h' input: 'h' output: 'b' } }
    graph { input { name: 'x' type { tensor_type { elem_type: 1 shape { dim { dim_value: 4 } } } } }
      node { op_type: 'Twice' domain: 'own' name: 'first' input: 'x' output: 'h'
             attribute { name: 'slope' type: FLOAT f: 0.25 } }
      node { op_type: 'Twice' domain: 'own' name: 'second' input: 'h' output: 'y' }
      output { name: 'y' } })";
  const graph::Graph graph = parse_onnx(model_bytes(text), "test.onnx");
  ASSERT_EQ(graph.ops.size(), 4u);
  EXPECT_EQ(graph.ops[0].name, "first/LeakyRelu");
  EXPECT_DOUBLE_EQ(*graph::find_double(graph, graph.ops[0], "alpha"), 0.25);
  EXPECT_NEAR(*graph::find_double(graph, graph.ops[2], "alpha"), 0.01, 1e-6);
  // A function that calls itself never ends.
  std::string endless = text;
  endless.replace(endless.find("'LeakyRelu'"), 11, "'Twice' domain: 'own'");
  EXPECT_THAT([&] { (void)parse_onnx(model_bytes(endless), "test.onnx"); },
              ThrowsMessage<UserError>(HasSubstr("over 32 functions in each other")));
}

TEST(OnnxRunDependent, SizesAreDeclaredOrGiven) {
  const std::string body =
      node("NonZero", "x", "y") +
      "value_info { name: 'y' type { tensor_type { elem_type: 7 shape { dim { dim_value: 2 } dim { "
      "dim_param: 'found' } } } } }\n";
  const graph::Graph graph = read_model(13, "x: 4,5 float", "y", body, {{{"found", 9}}, false});
  EXPECT_THAT(graph.at(graph.outputs[0]).shape, ElementsAre(2, 9));
  EXPECT_THAT([&] { (void)read_model(13, "x: 4,5 float", "y", body); },
              ThrowsMessage<UserError>(HasSubstr("--dim SYMBOL=N")));
}

}  // namespace
}  // namespace anesim::onnx
