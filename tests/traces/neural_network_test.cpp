// Classic neural networks and pipelines, written by hand: shapes, MACs and weights by hand too.
#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/traces/coreml_writer.h"
#include "traces/coreml/coreml.h"
#include "traces/graph/work.h"

namespace anesim::coreml {
namespace {

using graph::Shape;
using testing::ElementsAre;
using testing::HasSubstr;

/// WeightParams of `count` halves; floats are four bytes each.
Bytes halves(std::size_t count) { return part(2, Bytes(2 * count, 'w')); }
Bytes floats(std::size_t count) { return part(1, Bytes(4 * count, 'w')); }

Bytes layer(std::string_view name, const std::vector<std::string>& inputs, std::string_view output,
            int kind, std::string_view parameters) {
  Bytes all = part(1, name);
  for (const std::string& input : inputs) all += part(2, input);
  return part(1, all + part(3, output) + part(kind, parameters));
}

Bytes feature(int field, std::string_view name, const std::vector<std::int64_t>& shape) {
  return part(field, array_feature(name, shape));
}

/// A network from array "x" to array "y".
Bytes network(const std::vector<std::int64_t>& x, std::string_view layers,
              std::string_view more = "") {
  return model(feature(1, "x", x) + feature(10, "y", {1}), 500, Bytes(layers) + Bytes(more));
}

graph::Graph read(const Bytes& bytes, bool approximate = false) {
  return parse_coreml(bytes, "n.mlmodel", {"", approximate});
}

std::string refusal(const Bytes& bytes, const mil::ReadOptions& options = {}) {
  try {
    (void)parse_coreml(bytes, "n.mlmodel", options);
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

std::vector<std::string> types(const graph::Graph& graph) {
  std::vector<std::string> result;
  for (const graph::Op& op : graph.ops) result.push_back(op.type);
  return result;
}

Shape result_shape(const graph::Graph& graph) { return graph.at(graph.outputs.at(0)).shape; }

/// The shape that one layer of "x" gives.
Shape shape_of(const std::vector<std::int64_t>& x, int kind, std::string_view parameters,
               std::string_view more = "") {
  return result_shape(read(network(x, layer("l", {"x"}, "y", kind, parameters), more)));
}

Bytes conv(std::int64_t out, std::int64_t in, const std::vector<std::int64_t>& kernel,
           const std::vector<std::int64_t>& stride, std::string_view more) {
  return number(1, out) + number(2, in) + packed(20, kernel) + packed(30, stride) + Bytes(more);
}
/// ValidPadding with amounts before and after height and width.
Bytes valid(std::int64_t top, std::int64_t bottom, std::int64_t left, std::int64_t right) {
  return part(50, part(1, part(10, number(1, top) + number(2, bottom)) +
                              part(10, number(1, left) + number(2, right))));
}

TEST(NeuralNetwork, Convolutions) {
  const Bytes weights = part(90, floats(64 * 3 * 49));
  const Bytes bytes = network(
      {3, 224, 224},
      layer("c", {"x"}, "y", 100, conv(64, 3, {7, 7}, {2, 2}, valid(3, 3, 3, 3) + weights)));
  const graph::Graph graph = read(bytes);
  // fp32 features become fp16 for the layers and fp32 again for the caller.
  EXPECT_THAT(types(graph), ElementsAre("cast", "conv", "cast"));
  EXPECT_EQ(graph.ops[1].name, "c");
  EXPECT_EQ(result_shape(graph), (Shape{1, 64, 112, 112}));
  EXPECT_EQ(graph.at(graph.outputs[0]).name, "y");
  EXPECT_EQ(work_of(graph).macs, 112LL * 112 * 64 * 3 * 49);
  EXPECT_EQ(work_of(graph).weight_bytes, 64 * 3 * 49 * 4);

  // Depthwise, same padding, 14 / 2 = 7; weights that the file does not hold count as fp16.
  const graph::Graph depthwise = read(network(
      {32, 14, 14},
      layer("d", {"x"}, "y", 100, conv(32, 1, {3, 3}, {2, 2}, number(10, 32) + part(51, "")))));
  EXPECT_EQ(result_shape(depthwise), (Shape{1, 32, 7, 7}));
  EXPECT_EQ(work_of(depthwise).macs, 7 * 7 * 32 * 9);
  EXPECT_EQ(work_of(depthwise).weight_bytes, 32 * 9 * 2);

  // Transposed: (5 - 1) * 2 + 4 - 2 * 1 = 10.
  EXPECT_EQ(
      shape_of({16, 5, 5}, 100, conv(8, 16, {4, 4}, {2, 2}, number(60, 1) + valid(1, 1, 1, 1))),
      (Shape{1, 8, 10, 10}));
  // Unset fields: a kernel of 3 x 3, strides of 1.
  EXPECT_EQ(shape_of({16, 8, 8}, 100, number(1, 4) + number(2, 16)), (Shape{1, 4, 6, 6}));
}

TEST(NeuralNetwork, Pools) {
  const Bytes window = packed(10, {3, 3}) + packed(20, {2, 2});
  EXPECT_EQ(shape_of({8, 112, 112}, 120, window + part(30, "")), (Shape{1, 8, 55, 55}));
  EXPECT_EQ(shape_of({8, 112, 112}, 120, window + part(31, "")), (Shape{1, 8, 56, 56}));
  // As Caffe rounds, up: ceil((112 - 3) / 2) + 1.
  EXPECT_EQ(shape_of({8, 112, 112}, 120, window + part(32, packed(10, {0, 0}))),
            (Shape{1, 8, 56, 56}));
  EXPECT_EQ(shape_of({8, 7, 7}, 120, number(1, 1) + number(60, 1)), (Shape{1, 8, 1, 1}));
}

TEST(NeuralNetwork, WeightFormats) {
  const auto bytes = [](const Bytes& weights) {
    return work_of(read(network({64}, layer("i", {"x"}, "y", 140,
                                            number(1, 64) + number(2, 32) + part(20, weights)))))
        .weight_bytes;
  };
  EXPECT_EQ(bytes(halves(2048)), 4096);
  EXPECT_EQ(bytes(floats(2048)), 8192);
  // Four bits with a table of 16 floats; eight bits with a scale and a bias.
  EXPECT_EQ(bytes(part(30, Bytes(1024, 'w')) +
                  part(40, number(1, 4) + part(102, part(1, Bytes(64, 't'))))),
            1024 + 64);
  EXPECT_EQ(
      bytes(part(30, Bytes(2048, 'w')) +
            part(40, number(1, 8) + part(101, part(1, Bytes(4, 's')) + part(2, Bytes(4, 'b'))))),
      2048 + 8);
}

TEST(NeuralNetwork, Products) {
  const Bytes product = number(1, 576) + number(2, 128);
  const graph::Graph flat = read(network({64, 3, 3}, layer("i", {"x"}, "y", 140, product)));
  EXPECT_EQ(result_shape(flat), (Shape{1, 128, 1, 1}));
  EXPECT_EQ(work_of(flat).macs, 576 * 128);
  const Bytes exact = number(5, 1);
  EXPECT_EQ(shape_of({7, 10, 576}, 140, product, exact), (Shape{7, 10, 128}));
  EXPECT_EQ(shape_of({2, 5, 16}, 1045, number(5, 16) + number(6, 24), exact), (Shape{2, 5, 24}));
  EXPECT_EQ(shape_of({1}, 150, number(1, 1000) + number(2, 64)), (Shape{1, 64, 1, 1}));
  EXPECT_EQ(shape_of({12, 1}, 1040, number(1, 1000) + number(2, 64), exact), (Shape{12, 64}));
}

TEST(NeuralNetwork, RecurrentLayers) {
  const Bytes sizes = number(1, 40) + number(2, 128);
  // Ten steps of 40 features; the last result, or all.
  EXPECT_EQ(shape_of({10, 40}, 420, sizes), (Shape{1, 128, 1, 1}));
  EXPECT_EQ(shape_of({10, 40}, 420, sizes + part(15, number(10, 1))), (Shape{10, 128, 1, 1}));
  EXPECT_EQ(shape_of({10, 40}, 430, sizes + part(15, number(10, 1))), (Shape{10, 256, 1, 1}));
  EXPECT_EQ(shape_of({10, 40}, 410, sizes + number(15, 1)), (Shape{10, 128, 1, 1}));
  EXPECT_EQ(shape_of({10, 1, 40, 1, 1}, 420, sizes, number(5, 1)), (Shape{1, 1, 128, 1, 1}));
  const graph::Graph lstm = read(network({10, 40}, layer("l", {"x"}, "y", 420, sizes)));
  EXPECT_EQ(work_of(lstm).macs, 10LL * 4 * 128 * (40 + 128));
}

TEST(NeuralNetwork, ShapesChange) {
  EXPECT_EQ(shape_of({8, 4, 4}, 301, ""), (Shape{1, 128, 1, 1}));
  EXPECT_EQ(shape_of({8, 4, 4}, 300, packed(1, {16, 2, 4})), (Shape{1, 16, 2, 4}));
  EXPECT_EQ(shape_of({8, 4, 5}, 310, packed(1, {0, 2, 3, 1})), (Shape{1, 4, 5, 8}));
  EXPECT_EQ(shape_of({8, 4, 5}, 210, packed(1, {2, 3})), (Shape{1, 8, 8, 15}));
  EXPECT_EQ(shape_of({8, 4, 5}, 211, packed(1, {9, 9})), (Shape{1, 8, 9, 9}));
  EXPECT_EQ(shape_of({8, 4, 6}, 345, number(1, 1) + number(2, 2)), (Shape{1, 2, 8, 12}));
  EXPECT_EQ(shape_of({8, 4, 6}, 350, number(1, 1) + number(2, 6)), (Shape{1, 5, 4, 6}));
  EXPECT_EQ(shape_of({8, 4, 6}, 350, number(1, 1) + number(2, -1) + number(4, 2)),
            (Shape{1, 8, 4, 5}));
  EXPECT_EQ(shape_of({8, 4, 6}, 200,
                     part(1, "") +
                         part(10, part(10, number(1, 1) + number(2, 1)) + part(10, number(2, 2)))),
            (Shape{1, 8, 6, 8}));
  EXPECT_EQ(shape_of({8, 4, 6}, 280, number(1, 1) + number(3, 1)), (Shape{1, 8, 1, 1}));
  const Bytes exact = number(5, 1);
  EXPECT_EQ(shape_of({8, 4, 6}, 985, packed(1, {2, 0, 1}), exact), (Shape{6, 8, 4}));
  EXPECT_EQ(shape_of({8, 4, 6}, 1125, packed(1, {0}), exact), (Shape{1, 8, 4, 6}));
  EXPECT_EQ(shape_of({1, 4, 6}, 1120, packed(1, {0}), exact), (Shape{4, 6}));
  EXPECT_EQ(shape_of({8, 4, 6}, 1140, packed(1, {8, 24}), exact), (Shape{8, 24}));
  EXPECT_EQ(shape_of({8, 4, 6}, 1280, packed(1, {-1}), exact), (Shape{8, 4}));
  EXPECT_EQ(shape_of({8, 4, 6}, 995,
                     packed(1, {2, 0, 0}) + packed(2, {0, 1, 1}) + packed(3, {6, 0, 0}) +
                         packed(4, {0, 1, 1}) + packed(5, {2, 1, 1}),
                     exact),
            (Shape{2, 4, 6}));
}

TEST(NeuralNetwork, JoinsAndCuts) {
  const Bytes two =
      layer("a", {"x"}, "a", 130, part(10, "")) + layer("b", {"x"}, "b", 130, part(40, ""));
  EXPECT_EQ(result_shape(read(network({8, 4, 4}, two + layer("c", {"a", "b"}, "y", 320, "")))),
            (Shape{1, 16, 4, 4}));
  EXPECT_THAT(types(read(network({8, 4, 4}, two + layer("c", {"a", "b"}, "y", 240, "")))),
              ElementsAre("cast", "relu", "sigmoid", "add", "mul", "cast"));
  const Bytes split =
      part(1, part(1, "s") + part(2, "x") + part(3, "a") + part(3, "y") + part(330, number(1, 2)));
  EXPECT_EQ(result_shape(read(network({8, 4, 4}, split))), (Shape{1, 4, 4, 4}));
}

TEST(NeuralNetwork, ActivationsAndFunctions) {
  const std::vector<std::pair<int, std::string>> cases{{5, "linear_activation"},
                                                       {10, "relu"},
                                                       {15, "leaky_relu"},
                                                       {20, "thresholded_relu"},
                                                       {25, "prelu"},
                                                       {30, "tanh"},
                                                       {31, "scaled_tanh"},
                                                       {40, "sigmoid"},
                                                       {41, "sigmoid_hard"},
                                                       {50, "elu"},
                                                       {60, "softsign"},
                                                       {70, "softplus"},
                                                       {71, "softplus_parametric"}};
  for (const auto& [field, type] : cases) {
    EXPECT_THAT(types(read(network({8, 4, 4}, layer("l", {"x"}, "y", 130, part(field, ""))))),
                ElementsAre("cast", type, "cast"));
  }
  // max(-6, x) of x scaled by -1, as converters write the upper bound of relu6
  EXPECT_THAT(types(read(network({8, 4, 4}, layer("l", {"x"}, "y", 220,
                                                  number(1, 7) + real(2, -6) + real(5, -1))))),
              ElementsAre("cast", "linear_activation", "threshold", "cast"));
  EXPECT_THAT(refusal(network({8, 4, 4}, layer("l", {"x"}, "y", 130, ""))),
              HasSubstr("layer 'l': has an activation that is not known"));
}

TEST(NeuralNetwork, Images) {
  const Bytes image =
      part(1, "x") + part(3, part(4, number(1, 20) + number(2, 10) + number(3, 20)));
  const Bytes relu = layer("l", {"x"}, "y", 130, part(10, ""));
  const auto with = [&](const Bytes& preprocessing) {
    return read(model(part(1, image) + feature(10, "y", {1}), 500, relu + preprocessing));
  };
  EXPECT_EQ(result_shape(with("")), (Shape{1, 3, 10, 20}));
  EXPECT_THAT(types(with("")), ElementsAre("cast", "relu", "cast"));
  EXPECT_THAT(types(with(part(2, part(10, real(10, 1) + real(21, -104))))),
              ElementsAre("cast", "add", "relu", "cast"));
  EXPECT_THAT(types(with(part(2, part(1, "x") + part(10, real(10, 0.5F))))),
              ElementsAre("cast", "mul", "relu", "cast"));
  EXPECT_THAT(types(with(part(2, part(1, "other") + part(10, real(10, 0.5F))))),
              ElementsAre("cast", "relu", "cast"));
}

TEST(NeuralNetwork, UnknownLayersAreRefusedOrApproximated) {
  const Bytes custom = layer("mine", {"x"}, "y", 500, "");
  EXPECT_EQ(refusal(network({8, 4, 4}, custom)),
            "n.mlmodel: layer 'mine': is a custom layer, which is not modelled; "
            "--approximate-unknown treats it as memory traffic");
  const graph::Graph graph = read(network({8, 4, 4}, custom), true);
  EXPECT_THAT(types(graph), ElementsAre("cast", "custom", "cast"));
  EXPECT_EQ(result_shape(graph), (Shape{1, 8, 4, 4}));
  EXPECT_THAT(refusal(network({8, 4, 4}, layer("new", {"x"}, "y", 4242, ""))),
              HasSubstr("is a layer_4242 layer"));
}

TEST(NeuralNetwork, EqualNamesAreToldApart) {
  Bytes layers;
  for (int i = 0; i < 100'000; ++i) layers += layer("same", {"x"}, "x", 130, part(10, ""));
  const graph::Graph graph =
      read(network({4}, layers + layer("same", {"x"}, "y", 130, part(10, ""))));
  ASSERT_EQ(graph.ops.size(), 100'003u);
  EXPECT_EQ(graph.ops[1].name, "same");
  EXPECT_EQ(graph.ops[100'001].name, "same_100000");
}

TEST(NeuralNetwork, RefusesWhatDoesNotFit) {
  const Bytes relu = part(10, "");
  const std::vector<std::pair<Bytes, std::string>> cases{
      {network({8, 4, 4}, layer("l", {"z"}, "y", 130, relu)),
       "layer 'l': input 'z' is made by no layer before it"},
      {network({8, 4, 4}, layer("l", {}, "y", 130, relu)),
       "layer 'l': has 0 inputs (expected 1 or more)"},
      {network({8, 4, 4}, layer("l", {"x"}, "z", 130, relu)),
       "no layer makes an output of the model's description"},
      {network({8, 4, 4}, ""), "the neural network has no layers"},
      {network({1 << 24, 1 << 24, 1 << 24}, layer("l", {"x"}, "y", 130, relu)),
       "input 'x' shape [16777216, 16777216, 16777216] has over 2^63 elements"},
      {network({10, 40}, layer("l", {"x"}, "y", 420, number(1, 40) + number(2, INT64_MAX))),
       "has vectors of 40 and 9223372036854775807"},
      {network({}, layer("l", {"x"}, "y", 130, relu)), "input 'x' has 0 dimensions"},
      {model("", 500, layer("l", {"x"}, "y", 130, relu)), "the description names no inputs"},
      {network({8, 4, 4}, layer("c", {"x"}, "y", 100, number(1, 4) + number(2, 16))),
       "convolution layer conv 'c': weight [4, 16, 3, 3] takes 16 channels a group"},
      {network({8, 2, 2}, layer("c", {"x"}, "y", 100, number(1, 4) + number(2, 8))),
       "window of 3 does not fit"},
      {network({8, 4, 4}, layer("c", {"x"}, "y", 100,
                                number(1, 4) + number(2, 8) + number(10, std::int64_t{1} << 62))),
       "parameter 'groups' has the value 4611686018427387904"},
  };
  for (const auto& [bytes, message] : cases) {
    SCOPED_TRACE(message);
    EXPECT_THAT(refusal(bytes), HasSubstr(message));
  }
  EXPECT_THAT(refusal(network({8, 4, 4}, layer("l", {"x"}, "y", 130, relu)), {"main", false}),
              HasSubstr("is a neural network: --function does not apply"));
}

// A pipeline of a network from x to m, and a program from m to y.
Bytes pipeline(const std::vector<std::int64_t>& middle) {
  const Bytes first = model(feature(1, "x", {8, 4, 4}) + feature(10, "m", {8, 4, 4}), 500,
                            layer("l", {"x"}, "m", 130, part(10, "")));
  const Bytes type = tensor_type(11, middle);
  const Bytes second = model(
      feature(1, "m", middle), 502,
      program({{"main", function(named(1, "m", type),
                                 operation("tanh", bound("x", "m") + named(3, "y", type)), "y")}}));
  return model(feature(1, "x", {8, 4, 4}) + feature(10, "y", middle), 202,
               part(1, first) + part(1, second) + part(2, "network") + part(2, "program"));
}

TEST(Pipeline, JoinsItsModels) {
  const graph::Graph graph = read(pipeline({1, 8, 4, 4}));
  EXPECT_THAT(types(graph), ElementsAre("cast", "relu", "cast", "tanh"));
  EXPECT_EQ(graph.ops[3].name, "program/y");
  ASSERT_EQ(graph.inputs.size(), 1u);
  EXPECT_EQ(graph.at(graph.inputs[0]).name, "x");
  ASSERT_EQ(graph.outputs.size(), 1u);
  EXPECT_EQ(graph.at(graph.outputs[0]).name, "y");
  EXPECT_EQ(graph::find_input(graph.ops[3], "x"), graph.ops[2].outputs[0]);
  // The same numbers under another rank.
  EXPECT_THAT(types(read(pipeline({8, 16}))),
              ElementsAre("cast", "relu", "cast", "reshape", "tanh"));
  EXPECT_EQ(refusal(pipeline({8, 17})),
            "n.mlmodel: model 'program' takes 'm' as [8, 17], it is given as [1, 8, 4, 4]");
}

TEST(Pipeline, ProgramsKeepTheirNames) {
  // Reading the second model and the third moves the first, whose names are views into its strings.
  // Short names lie in the string itself, long ones beside it.
  const std::string long_name(40, 'q');
  for (const int kind : {200, 202}) {
    SCOPED_TRACE(kind);
    const graph::Graph graph =
        read(programs_in_a_row(kind, {"x", "m", long_name, "y"}, {"relu", "tanh", "exp"}));
    EXPECT_THAT(types(graph), ElementsAre("relu", "tanh", "exp"));
    ASSERT_EQ(graph.ops.size(), 3u);
    EXPECT_EQ(graph.ops[0].name, "part0/m");
    EXPECT_EQ(graph.ops[1].name, "part1/" + long_name);
    EXPECT_EQ(graph.ops[2].name, "part2/y");
    EXPECT_EQ(graph::find_input(graph.ops[1], "x"), graph.ops[0].outputs[0]);
    EXPECT_EQ(graph::find_input(graph.ops[2], "x"), graph.ops[1].outputs[0]);
    EXPECT_EQ(graph.at(graph.inputs.at(0)).name, "x");
    EXPECT_EQ(graph.at(graph.outputs.at(0)).name, "y");
  }
}

// The fuzz target starts from it: flips then reach the joining of programs.
TEST(Pipeline, IsASeedOfTheFuzzTarget) {
  const std::string path = std::string(ANESIM_SOURCE_DIR) + "/tests/fuzz/seeds/pipeline.mlmodel";
  const Bytes seed = programs_in_a_row(202, {"x", "m", "y"}, {"relu", "tanh"});
  if (std::getenv("ANESIM_WRITE_SEEDS")) std::ofstream(path, std::ios::binary) << seed;
  std::ifstream file(path, std::ios::binary);
  ASSERT_TRUE(file) << path;
  EXPECT_EQ(Bytes(std::istreambuf_iterator<char>(file), {}), seed)
      << "ANESIM_WRITE_SEEDS=1 writes it anew";
}

TEST(Pipeline, PartsWithoutAGraph) {
  const Bytes trees = model(feature(1, "m", {8}) + feature(10, "y", {3}), 402, "");
  const Bytes first = model(feature(1, "x", {8}) + feature(10, "m", {8}), 500,
                            layer("l", {"x"}, "m", 130, part(10, "")));
  const auto of = [](const Bytes& parts) {
    return model(feature(1, "x", {8}) + feature(10, "y", {3}), 200, part(1, parts));
  };
  EXPECT_THAT(refusal(of(part(1, first) + part(1, trees))),
              HasSubstr("n.mlmodel: model 1 of its pipeline: is a tree ensemble classifier, which "
                        "has no graph"));
  EXPECT_THAT(types(read(of(part(1, first) + part(1, trees)), true)),
              ElementsAre("cast", "relu", "cast", "reshape", "tree ensemble classifier"));
  EXPECT_THAT(refusal(of("")), HasSubstr("the pipeline has no models"));
}

TEST(Pipeline, CompiledFolders) {
  namespace fs = std::filesystem;
  const fs::path root = fs::path(testing::TempDir()) / "coreml_pipeline";
  fs::remove_all(root);
  const auto write = [&](const std::string& name, const char* input, const char* type,
                         const char* output) {
    fs::create_directories(root / "p.mlmodelc" / name);
    std::ofstream(root / "p.mlmodelc" / name / "model.mil")
        << "program(1.0) { func main<ios17>(tensor<fp16, [4]> " << input << ") { tensor<fp16, [4]> "
        << output << " = " << type << "(x = " << input << "); } -> (" << output << "); }";
  };
  write("model0", "x", "relu", "m");
  write("model1", "m", "tanh", "y");
  const graph::Graph graph = read_coreml((root / "p.mlmodelc").string());
  EXPECT_THAT(types(graph), ElementsAre("relu", "tanh"));
  EXPECT_EQ(graph.inputs.size(), 1u);
  EXPECT_EQ(graph.name, "p");
  fs::create_directory_symlink(root / "p.mlmodelc", root / "p.mlmodelc/model2");
  EXPECT_THROW((void)read_coreml((root / "p.mlmodelc").string()), UserError);
  fs::remove_all(root);
}

}  // namespace
}  // namespace anesim::coreml
