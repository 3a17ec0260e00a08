// ML programs from protobufs written by hand: where values may stand, types, functions, blocks.
#include "traces/coreml/coreml.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "tests/traces/coreml_writer.h"
#include "traces/graph/shape_rules.h"
#include "traces/graph/work.h"

namespace anesim::coreml {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const Bytes image = tensor_type(10, {1, 16, 8, 8});
const Bytes x = named(1, "x", image);

graph::Graph read(const Bytes& bytes, const mil::ReadOptions& options = {}) {
  return parse_coreml(bytes, "m.mlmodel", options);
}

std::string refusal(const Bytes& bytes, const mil::ReadOptions& options = {}) {
  try {
    (void)read(bytes, options);
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

/// A 3x3 convolution of x whose weight is `weight`, an operation that defines "w".
Bytes convolution(const Bytes& weight) {
  return weight + constant("st", tensor_type(23, {2}), ints_value({2, 2})) +
         operation("conv", bound("x", "x") + bound("weight", "w") + bound("strides", "st") +
                               inlined("pad_type", text_value("same")) +
                               named(3, "y", tensor_type(10, {1, 32, 4, 4})) +
                               entry(5, "name", text_value("first")));
}

TEST(CoreML, ConstantsInAttributesAndInline) {
  const Bytes type = tensor_type(10, {32, 16, 3, 3});
  const graph::Graph graph =
      read(ml_program(x, convolution(constant("w", type, blob_value(type, 64))), "y"));
  ASSERT_EQ(graph.ops.size(), 1u);
  const graph::Op& op = graph.ops[0];
  EXPECT_EQ(op.name, "first");
  std::vector<std::string> parameters;
  for (const auto& argument : op.arguments) parameters.push_back(argument.parameter);
  EXPECT_THAT(parameters, ElementsAre("pad_type", "strides", "weight", "x"));
  EXPECT_EQ(graph::find_ints(graph, op, "strides"), (std::vector<std::int64_t>{2, 2}));
  EXPECT_EQ(graph::find_string(graph, op, "pad_type"), "same");
  const graph::Work work = work_of(graph);
  EXPECT_EQ(work.macs, 32 * 16 * 9 * 4 * 4);
  EXPECT_EQ(work.weight_bytes, 32 * 16 * 9 * 2);
}

TEST(CoreML, ImmediateValuesOfEveryKind) {
  struct Case {
    int dtype;
    int kind;
    Bytes numbers;
    std::vector<double> expected;
  };
  Bytes floats;
  for (const float value : {1.5F, -2.0F}) floats += real(1, value);
  const std::vector<Case> cases{
      {10, 7, part(1, Bytes("\x00\x3e\x00\xc0", 4)), {1.5, -2}},     // fp16, raw
      {11, 1, floats, {1.5, -2}},                                    // fp32, not packed
      {21, 7, part(1, Bytes("\x05\xff", 2)), {5, -1}},               // int8
      {31, 7, part(1, Bytes("\x05\xff", 2)), {5, 255}},              // uint8
      {25, 7, part(1, Bytes("\xf3", 1)), {3, -1}},                   // int4, low nibble first
      {35, 7, part(1, Bytes("\xf3", 1)), {3, 15}},                   // uint4
      {39, 7, part(1, Bytes("\x2b", 1)), {3, 5}},                    // uint3: 011, 101
      {23, 2, packed(1, {7, -9}), {7, -9}},                          // int32
      {32, 2, packed(1, {7, 65535}), {7, 65535}},                    // uint16
      {24, 5, packed(1, {7, std::int64_t{-1} << 40}), {7, -0x1p40}}  // int64
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.dtype);
    const Bytes type = tensor_type(c.dtype, {2});
    const graph::Graph graph =
        read(ml_program(x,
                        constant("c", type, immediate(type, c.kind, c.numbers)) +
                            operation("identity", bound("x", "c") + named(3, "y", type)),
                        "y"));
    const auto& literal = graph.at(graph.ops[0].arguments[0].tensors[0]).literal;
    ASSERT_TRUE(literal);
    std::vector<double> values;
    if (const auto* reals = std::get_if<std::vector<double>>(&literal->values)) values = *reals;
    if (const auto* whole = std::get_if<std::vector<std::int64_t>>(&literal->values)) {
      values.assign(whole->begin(), whole->end());
    }
    EXPECT_EQ(values, c.expected);
  }
}

TEST(CoreML, LongValuesAreOnlyCounted) {
  const Bytes type = tensor_type(10, {64, 64});
  const graph::Graph graph =
      read(ml_program(named(1, "x", tensor_type(10, {1, 64})),
                      constant("w", type, immediate(type, 7, part(1, Bytes(8192, 'a')))) +
                          operation("linear", bound("x", "x") + bound("weight", "w") +
                                                  named(3, "y", tensor_type(10, {1, 64}))),
                      "y"));
  EXPECT_FALSE(graph.at(*graph::find_input(graph.ops[0], "weight")).literal);
  EXPECT_EQ(work_of(graph).weight_bytes, 8192);
  EXPECT_THAT(refusal(ml_program(
                  x, constant("w", type, immediate(type, 7, part(1, Bytes(8190, 'a')))), "x")),
              HasSubstr("constant 'w' has 4095 values (expected 4096 for [64, 64])"));
}

// Every form of compressed weight; bytes by hand for 32 x 16 x 3 x 3 = 4608 elements.
TEST(CoreML, CompressedWeights) {
  const Bytes w =
      named(3, "w", tensor_type(10, {32, 16, 3, 3})) + entry(5, "name", text_value("w"));
  const Bytes shape = immediate(tensor_type(33, {4}), 2, packed(1, {32, 16, 3, 3}));
  const auto blob = [](int dtype, const std::vector<std::int64_t>& dims) {
    return blob_value(tensor_type(dtype, dims), 64);
  };
  const std::vector<std::pair<Bytes, std::int64_t>> cases{
      // iOS16: everything in attributes
      {operation("constexpr_affine_dequantize",
                 w + entry(5, "quantized_data", blob(21, {32, 16, 3, 3})) +
                     entry(5, "scale", blob(10, {32})) + entry(5, "zero_point", blob(21, {32})) +
                     entry(5, "axis", int_value(0))),
       4608 + 64 + 32},
      {operation("constexpr_lut_to_dense", w + entry(5, "indices", blob(31, {2304})) +
                                               entry(5, "lut", blob(10, {16})) +
                                               entry(5, "shape", shape)),
       2304 + 32},
      {operation("constexpr_sparse_to_dense", w + entry(5, "mask", blob(31, {576})) +
                                                  entry(5, "nonzero_data", blob(10, {1152})) +
                                                  entry(5, "shape", shape)),
       576 + 2304},
      // iOS18: inline arguments
      {operation("constexpr_blockwise_shift_scale", w + inlined("data", blob(25, {32, 16, 3, 3})) +
                                                        inlined("scale", blob(10, {32, 1, 1, 1}))),
       2304 + 64},
      {operation("constexpr_lut_to_dense", w + inlined("indices", blob(36, {32, 16, 3, 3})) +
                                               inlined("lut", blob(10, {1, 1, 1, 1, 4, 1}))),
       1152 + 8},
      {operation("constexpr_sparse_to_dense", w + inlined("mask", blob(37, {32, 16, 3, 3})) +
                                                  inlined("nonzero_data", blob(10, {1152}))),
       576 + 2304},
      {operation("constexpr_cast", w + inlined("source_val", blob(11, {32, 16, 3, 3})) +
                                       inlined("output_dtype", text_value("fp16"))),
       4608 * 4},
  };
  for (const auto& [weight, bytes] : cases) {
    EXPECT_EQ(work_of(read(ml_program(x, convolution(weight), "y"))).weight_bytes, bytes) << weight;
  }
}

TEST(CoreML, FunctionsByName) {
  const auto body = [](const char* type) {
    return function(x, operation(type, bound("x", "x") + named(3, "y", image)), "y");
  };
  const Bytes two = program({{"second", body("tanh")}, {"first", body("relu")}});
  const Bytes none = model("", 502, two);
  EXPECT_EQ(refusal(none),
            "m.mlmodel: 2 functions (expected --function with one of first, second)");
  EXPECT_EQ(read(none, {"second", false}).ops[0].type, "tanh");
  EXPECT_EQ(refusal(none, {"secnd", false}),
            "m.mlmodel: no function 'secnd' (did you mean 'second'?) (expected one of first, "
            "second)");
  // The description may name the default.
  EXPECT_EQ(read(model(part(21, "first"), 502, two)).ops[0].type, "relu");
}

TEST(CoreML, BlockOfTheFunctionsOpset) {
  const auto block = [](const char* type) {
    return operation(type, bound("x", "x") + named(3, "y", image)) + part(2, "y");
  };
  const Bytes blocks = entry(3, "CoreML5", block("relu")) + entry(3, "CoreML7", block("tanh"));
  EXPECT_EQ(read(model("", 502, program({{"main", x + part(2, "CoreML7") + blocks}}))).ops[0].type,
            "tanh");
  EXPECT_THAT(refusal(model("", 502, program({{"main", x + part(2, "CoreML6") + blocks}}))),
              HasSubstr("function 'main' has 2 blocks, none for its opset 'CoreML6'"));
}

TEST(CoreML, OpsetsAfterTheNewestKnownAreRefused) {
  const Bytes block = operation("relu", bound("x", "x") + named(3, "y", image)) + part(2, "y");
  const auto of = [&](const char* opset) {
    return model("", 502, program({{"main", x + part(2, opset) + entry(3, opset, block)}}));
  };
  EXPECT_EQ(refusal(of("CoreML9")), "");
  EXPECT_THAT(refusal(of("CoreML99")),
              HasSubstr("function 'main' has opset 'CoreML99', later than the newest known, "
                        "CoreML9 (expected "));
}

TEST(CoreML, StatesAndBlocks) {
  const Bytes cache = part(5, part(1, image));
  const graph::Graph state = read(
      ml_program(x + named(1, "k", cache),
                 operation("read_state", bound("input", "k") + named(3, "old", image)) +
                     operation("add", bound("x", "x") + bound("y", "old") + named(3, "y", image)) +
                     operation("write_state", bound("input", "k") + bound("data", "y")),
                 "y"));
  EXPECT_TRUE(state.at(state.inputs[1]).state);
  EXPECT_EQ(state.ops.size(), 3u);

  const Bytes yes =
      part(4, operation("relu", bound("x", "x") + named(3, "a", image)) + part(2, "a"));
  const Bytes no =
      part(4, operation("tanh", bound("x", "x") + named(3, "b", image)) + part(2, "b"));
  const graph::Graph branch = read(
      ml_program(x + named(1, "p", tensor_type(1, {})),
                 operation("cond", bound("pred", "p") + yes + no + named(3, "y", image)), "y"));
  ASSERT_EQ(branch.ops[0].blocks.size(), 2u);
  EXPECT_EQ(branch.ops[0].blocks[1].ops[0].type, "tanh");
}

TEST(CoreML, BoundsOfFlexibleInputs) {
  const Bytes ranges =
      part(31, part(1, number(1, 1) + number(2, 1)) + part(1, number(1, 2) + number(2, 100)));
  const Bytes type = tensor_type(10, {1, -1});
  const Bytes bytes =
      ml_program(named(1, "x", type), operation("relu", bound("x", "x") + named(3, "y", type)), "y",
                 part(1, array_feature("x", {1, 10}, ranges)));
  graph::Graph graph = read(bytes);
  ASSERT_EQ(graph.flexible.size(), 1u);
  EXPECT_EQ(graph.flexible[0].standard, 10);
  EXPECT_EQ(graph.flexible[0].low, 2);
  EXPECT_EQ(graph.flexible[0].high, 100);
  EXPECT_THROW(graph::bind_dimensions(graph, {{"x", 101}}), UserError);
  graph::bind_dimensions(graph, {{"x", 64}});
  graph::propagate_shapes(graph);
  EXPECT_EQ(graph.at(graph.outputs[0]).shape, (graph::Shape{1, 64}));
}

TEST(CoreML, RefusesWhatItCannotMean) {
  const auto with = [](const Bytes& operations) { return ml_program(x, operations, "x"); };
  const std::vector<std::pair<Bytes, std::string>> cases{
      {with(operation("reluu", bound("x", "x") + named(3, "y", image))),
       "unknown operation 'reluu' (did you mean 'relu'?)"},
      {with(operation("relu", bound("x", "z") + named(3, "y", image))), "name 'z' is not defined"},
      {with(operation("relu", bound("x", "x") + named(3, "x", image))),
       "name 'x' is defined twice"},
      {with(constant("w", image, blob_value(image, 64, "../../etc/passwd"))),
       "weight path '../../etc/passwd' leaves the folder by '..'"},
      {with(constant("w", image, blob_value(image, 64, "/etc/passwd"))), "is absolute"},
      {with(constant("w", tensor_type(99, {2}), blob_value(tensor_type(99, {2}), 64))),
       "data type 99 is not known"},
      {with(operation("", "")), "an operation without a type"},
      {model("", 400, ""), "is a linear classifier, which has no graph"},
      {model("", 2002, ""), "is a vision feature print, which has no graph"},
      {model("", 9999, ""), "the model has no content that this program knows"},
      {part(3, ""), "is no Core ML model"},
      {"", "is no Core ML model"},
      {model("", 502, program({})), "the program has no function"},
  };
  for (const auto& [bytes, message] : cases) {
    SCOPED_TRACE(message);
    EXPECT_THAT(refusal(bytes), HasSubstr(message));
  }
}

TEST(CoreML, IsKnownByItsContent) {
  EXPECT_TRUE(looks_like_model(ml_program(x, "", "x", part(1, array_feature("x", {1})))));
  EXPECT_TRUE(looks_like_model(ml_program(x, "", "x", part(100, part(1, "short")))));
  EXPECT_FALSE(looks_like_model(number(1, 7) + part(2, "pytorch") + part(7, "")));  // ONNX
  EXPECT_FALSE(looks_like_model("program(1.0) {}"));
  EXPECT_FALSE(looks_like_model(""));
}

TEST(CoreML, PackagesAndCompiledFolders) {
  namespace fs = std::filesystem;
  const fs::path root = fs::path(testing::TempDir()) / "coreml_folders";
  fs::remove_all(root);
  const auto write = [&](const std::string& name, const std::string& text) {
    fs::create_directories((root / name).parent_path());
    std::ofstream(root / name, std::ios::binary) << text;
  };
  const auto read_path = [&](const std::string& name) {
    return read_coreml((root / name).string());
  };
  const auto refused = [&](const std::string& name) -> std::string {
    try {
      (void)read_path(name);
    } catch (const UserError& error) {
      return error.what();
    }
    return "";
  };
  const auto manifest = [](const std::string& path) {
    return R"({"fileFormatVersion": "1.0.0", "itemInfoEntries": {"A": {"path": "weights"}, "B": {"path": ")" +
           path + R"("}}, "rootModelIdentifier": "B"})";
  };
  const Bytes bytes = ml_program(x, operation("relu", bound("x", "x") + named(3, "y", image)), "y");

  write("plain.mlmodel", bytes);
  EXPECT_EQ(read_path("plain.mlmodel").name, "plain");
  write("net.mlpackage/Manifest.json", manifest("com.apple.CoreML/odd.mlmodel"));
  write("net.mlpackage/Data/com.apple.CoreML/odd.mlmodel", bytes);
  EXPECT_EQ(read_path("net.mlpackage").name, "net");
  EXPECT_EQ(read_path("net.mlpackage/").name, "net");
  write("bare.mlpackage/Data/com.apple.CoreML/only.mlmodel", bytes);
  EXPECT_EQ(read_path("bare.mlpackage").ops.size(), 1u);
  write("proto.mlmodelc/model.mlmodel", bytes);
  EXPECT_EQ(read_path("proto.mlmodelc").ops.size(), 1u);
  write("text.mlmodelc/model.mil",
        "program(1.0) { func main<ios17>(tensor<fp16, [4]> x) { "
        "tensor<fp16, [4]> y = relu(x = x); } -> (y); }");
  EXPECT_EQ(read_path("text.mlmodelc").name, "text");

  write("out.mlpackage/Manifest.json", manifest("../../plain.mlmodel"));
  EXPECT_THAT(refused("out.mlpackage"),
              HasSubstr("path '../../plain.mlmodel' leaves the folder by '..'"));
  write("absolute.mlpackage/Manifest.json", manifest((root / "plain.mlmodel").string()));
  EXPECT_THAT(refused("absolute.mlpackage"), HasSubstr("is absolute"));
  write("link.mlpackage/Manifest.json", manifest("link.mlmodel"));
  fs::create_directories(root / "link.mlpackage/Data");
  fs::create_symlink(root / "plain.mlmodel", root / "link.mlpackage/Data/link.mlmodel");
  EXPECT_THAT(refused("link.mlpackage"), HasSubstr("leads outside by a link"));
  write("gone.mlpackage/Manifest.json", manifest("gone.mlmodel"));
  EXPECT_THAT(refused("gone.mlpackage"),
              HasSubstr("names the model 'gone.mlmodel', which is no file"));
  write("broken.mlpackage/Manifest.json", "{");
  EXPECT_THAT(refused("broken.mlpackage"), HasSubstr("Manifest.json: is no JSON object"));
  write("old.mlmodelc/model.espresso.net", "");
  EXPECT_THAT(refused("old.mlmodelc"), HasSubstr("is a compiled neural network, not a program"));
  write("trees.mlmodelc/coremldata.bin", "");
  EXPECT_THAT(refused("trees.mlmodelc"), HasSubstr("is a compiled model without a program"));
  fs::create_directories(root / "empty.mlmodelc");
  EXPECT_THAT(refused("empty.mlmodelc"), HasSubstr("has no model (expected Manifest.json"));
  EXPECT_THAT(refused("absent.mlmodel"), HasSubstr("absent.mlmodel: No such file"));
  fs::remove_all(root);
}

}  // namespace
}  // namespace anesim::coreml
