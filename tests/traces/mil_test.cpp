// MIL text: small programs, and what is said about wrong ones.
#include "traces/mil/mil.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>

#include "traces/graph/shape_rules.h"
#include "traces/graph/work.h"

namespace anesim::mil {
namespace {

using graph::DType;
using graph::Encoding;
using graph::Graph;
using graph::Op;
using graph::Shape;
using graph::Tensor;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

template <class F>
std::string error_of(F&& f) {
  try {
    f();
  } catch (const UserError& e) {
    return e.what();
  }
  return "no error";
}

/// A program of one function whose body is `body`, in the spelling of iOS18.
std::string program(const std::string& inputs, const std::string& body, const std::string& output) {
  return "program(1.3)\n[buildInfo = dict<string, string>({})]\n{\nfunc main<ios18>(" + inputs +
         ") {\n" + body + "\n} -> (" + output + ");\n}\n";
}

Graph read(const std::string& text, const ReadOptions& options = {}) {
  return parse_mil(text, "m.mil", options);
}
std::string refusal(const std::string& text) {
  return error_of([&] { (void)read(text); });
}

const std::string conv_ios16 = R"(program(1.0)
[buildInfo = dict<tensor<string, []>, tensor<string, []>>({{"coremlc-version", "3500.32.1"}})]
{
    func main<ios16>(tensor<fp16, [1, 3, 8, 8]> x) {
            tensor<string, []> pt = const()[name = tensor<string, []>("pt"), val = tensor<string, []>("same")];
            tensor<int32, [2]> st = const()[name = tensor<string, []>("st"), val = tensor<int32, [2]>([2, 2])];
            tensor<fp16, [16, 3, 3, 3]> w = const()[name = tensor<string, []>("w"), val = tensor<fp16, [16, 3, 3, 3]>(BLOBFILE(path = tensor<string, []>("@model_path/weights/weight.bin"), offset = tensor<uint64, []>(64)))];
            tensor<fp16, [1, 16, 4, 4]> y = conv(pad_type = pt, strides = st, weight = w, x = x)[name = tensor<string, []>("layer \"1\"")];
        } -> (y);
})";

TEST(Mil, OldSpelling) {
  const Graph graph = read(conv_ios16);
  EXPECT_EQ(graph.name, "main");
  ASSERT_EQ(graph.ops.size(), 1u);
  const Op& op = graph.ops[0];
  EXPECT_EQ(op.type, "conv");
  EXPECT_EQ(op.name, "layer \"1\"");
  EXPECT_EQ(op.line, 8);
  EXPECT_EQ(find_string(graph, op, "pad_type"), "same");
  EXPECT_EQ(find_ints(graph, op, "strides"), (std::vector<std::int64_t>{2, 2}));
  const Tensor& weight = graph.at(*find_input(op, "weight"));
  EXPECT_TRUE(weight.constant);
  EXPECT_FALSE(weight.literal);
  EXPECT_EQ(work_of(graph).weight_bytes, 16 * 27 * 2);
  EXPECT_EQ(work_of(graph).macs, 16 * 16 * 27);
  EXPECT_EQ(graph.at(graph.outputs.at(0)).shape, (Shape{1, 16, 4, 4}));
}

TEST(Mil, NewSpellingWithValuesInPlaceAndNoBlanks) {
  const Graph graph =
      read(program("tensor<fp16, [1,3,8,8]> x",
                   "tensor<fp16,[1,16,4,4]> "
                   "y=conv(x=x,pad_type=string(\"same\"),strides=tensor<int32,[2]>([2,2]),"
                   "weight=tensor<fp16,[16,3,3,3]>(BLOBFILE(path=string(\"@model_path/"
                   "w.bin\"),offset=uint64(64)))"
                   ")[name=string(\"c\")];",
                   "y"));
  EXPECT_EQ(graph.ops[0].name, "c");
  EXPECT_EQ(work_of(graph).weight_bytes, 16 * 27 * 2);
}

TEST(Mil, Numbers) {
  const Graph graph = read(
      program("tensor<fp16, [2]> x",
              "fp16 a = const()[val = fp16(0x1.388p+13)];\nfp16 b = const()[val = fp16(-0x1p-2)];\n"
              "fp16 c = const()[val = fp16(1e-3)];\nfp16 d = const()[val = fp16(-inf)];\n"
              "tensor<fp16, [3]> e = const()[val = tensor<fp16, [3]>([1, 0.5, nan])];\n"
              "tensor<int32, [2, 2]> f = const()[val = tensor<int32, [2, 2]>([[1, -2], [3, 4]])];\n"
              "tensor<fp16, [2]> y = clip(x = x, alpha = b, beta = a);\n",
              "y"));
  EXPECT_EQ(find_double(graph, graph.ops[0], "beta"), 10000.0);
  EXPECT_EQ(find_double(graph, graph.ops[0], "alpha"), -0.25);
  const auto literal = [&](std::size_t i) { return graph.tensors.at(i).literal->values; };
  EXPECT_EQ(std::get<std::vector<double>>(literal(3)).front(), 1e-3);
  EXPECT_EQ(std::get<std::vector<double>>(literal(4)).front(),
            -std::numeric_limits<double>::infinity());
  EXPECT_EQ(std::get<std::vector<double>>(literal(5)).at(1), 0.5);
  EXPECT_EQ(std::get<std::vector<std::int64_t>>(literal(6)),
            (std::vector<std::int64_t>{1, -2, 3, 4}));
}

TEST(Mil, CompressedWeights) {
  const std::string blob = "(BLOBFILE(path = string(\"@model_path/w.bin\"), offset = uint64(64)))";
  const Graph graph = read(program(
      "tensor<fp16, [1, 64]> x",
      // iOS16: attributes; 16 entries are 4 bits
      "tensor<fp16, [10, 64]> a = constexpr_lut_to_dense()[indices = tensor<uint8, [320]>" + blob +
          ", lut = tensor<fp16, [16]>" + blob +
          ", shape = tensor<uint32, [2]>([10, 64])];\n"
          "tensor<fp16, [10, 64]> b = constexpr_affine_dequantize()[axis = int32(0), "
          "quantized_data = tensor<int8, [10, 64]>" +
          blob + ", scale = tensor<fp16, [10]>" + blob + ", zero_point = tensor<int8, [10]>" +
          blob + "];\n" +
          // iOS18: arguments; a scale for each 32 columns
          "tensor<fp16, [10, 64]> c = constexpr_blockwise_shift_scale(data = tensor<int4, [10, "
          "64]>" +
          blob + ", scale = tensor<fp16, [10, 2]>" + blob + ")[name = string(\"c\")];\n" +
          "tensor<uint3, [10, 64]> di = const()[val = tensor<uint3, [10, 64]>" + blob + "];\n" +
          "tensor<fp16, [10, 64]> d = constexpr_lut_to_dense(indices = di, lut = "
          "tensor<fp16, [1, 1, 8, 1]>" +
          blob + ");\n" +
          "tensor<fp16, [10, 64]> e = constexpr_sparse_to_dense()[mask = tensor<uint8, [80]>" +
          blob + ", nonzero_data = tensor<fp16, [160]>" + blob +
          ", shape = tensor<uint32, [2]>([10, 64])];\n" +
          "tensor<uint1, [10, 64]> fm, tensor<fp16, [160]> fd = constexpr_lut_to_sparse("
          "indices_mask = tensor<uint1, [10, 64]>" +
          blob + ", indices_nonzero_data = tensor<uint4, [160]>" + blob +
          ", lut = tensor<fp16, [1, 1, 16, 1]>" + blob + ");\n" +
          "tensor<fp16, [10, 64]> f = constexpr_sparse_to_dense(nonzero_data = fd, mask = fm);\n"
          "tensor<fp16, [1, 10]> y = linear(x = x, weight = a);\n",
      "y"));
  EXPECT_EQ(graph.ops.size(), 1u);
  const auto storage = [&](std::string_view name) -> const graph::StorageFormat& {
    for (const Tensor& tensor : graph.tensors) {
      if (tensor.name == name) return tensor.storage;
    }
    throw std::runtime_error("no such tensor");
  };
  EXPECT_EQ(storage("a").encoding, Encoding::palette);
  EXPECT_EQ(storage("a").bits, 4);
  EXPECT_EQ(stored_bytes(storage("a"), 640), 320 + 32);
  EXPECT_EQ(storage("b").encoding, Encoding::affine);
  EXPECT_EQ(stored_bytes(storage("b"), 640), 640 + 20 + 10);
  EXPECT_EQ(storage("c").encoding, Encoding::blockwise);
  EXPECT_EQ(stored_bytes(storage("c"), 640), 320 + 40);
  EXPECT_EQ(storage("d").bits, 3);
  EXPECT_EQ(stored_bytes(storage("d"), 640), 240 + 16);
  EXPECT_EQ(storage("e").encoding, Encoding::sparse);
  EXPECT_EQ(stored_bytes(storage("e"), 640), 80 + 320);
  EXPECT_EQ(storage("f").encoding, Encoding::sparse_palette);
  EXPECT_EQ(stored_bytes(storage("f"), 640), 80 + 80 + 32);
}

TEST(Mil, StatesAreReadAndWritten) {
  const Graph graph =
      read(program("tensor<fp16, [1, 8]> x, state<tensor<fp16, [1, 8]>> k",
                   "tensor<fp16, [1, 8]> old = read_state(input = k)[name = string(\"r\")];\n"
                   "tensor<fp16, [1, 8]> new = add(x = old, y = x);\n"
                   "write_state(data = new, input = k)[name = string(\"w\")];\n",
                   "new"));
  ASSERT_EQ(graph.ops.size(), 3u);
  EXPECT_TRUE(graph.at(graph.inputs[1]).state);
  EXPECT_EQ(graph.ops[2].type, "write_state");
  EXPECT_TRUE(graph.ops[2].outputs.empty());
}

TEST(Mil, ControlFlowAndLists) {
  const Graph graph = read(program(
      "tensor<fp16, [4]> x, tensor<bool, []> flag, tensor<int32, []> n",
      "tensor<fp16, [4]> y = cond(pred = flag)[name = string(\"c\")] () {\n"
      "tensor<fp16, [4]> a = relu(x = x);\n} -> (a), () {\n"
      "tensor<fp16, [4]> a = sigmoid(x = x);\n} -> (a);\n"
      "tensor<int32, []> i, tensor<fp16, [4]> z = while_loop(loop_vars = (n, y)) "
      "(tensor<int32, []> i0, tensor<fp16, [4]> v0) {\n"
      "tensor<bool, []> more = less(x = i0, y = int32(5));\n} -> (more), "
      "(tensor<int32, []> i1, tensor<fp16, [4]> v1) {\n"
      "tensor<int32, []> i2 = add(x = i1, y = int32(1));\n"
      "tensor<fp16, [4]> v2 = mul(x = v1, y = x);\n} -> (i2, v2);\n"
      "list<tensor<fp16, [4]>, 3> l = make_list(init_length = int32(3), elem_shape = (int32(4)));\n"
      "list<tensor<fp16, [4]>, 3> m = list_write(ls = l, index = n, value = z);\n"
      "tensor<fp16, [4]> o = list_read(ls = m, index = n);\n",
      "o"));
  ASSERT_EQ(graph.ops.size(), 5u);
  ASSERT_EQ(graph.ops[0].blocks.size(), 2u);
  EXPECT_EQ(graph.ops[0].blocks[1].ops[0].type, "sigmoid");
  EXPECT_EQ(graph.ops[1].blocks[1].inputs.size(), 2u);
  EXPECT_EQ(graph.at(graph.ops[2].outputs[0]).shape, (Shape{3, 4}));
  EXPECT_EQ(work_of(graph, graph.ops[1]).elementwise_ops, 1 + 1 + 4);
}

TEST(Mil, FunctionsByName) {
  const std::string two =
      "program(1.3)[] { func a<ios18>(tensor<fp16, [1]> x) { tensor<fp16, [1]> y = relu(x = x); } "
      "-> (y); func b<ios18>(tensor<fp16, [1]> x) { tensor<fp16, [1]> y = tanh(x = x); } -> (y); }";
  EXPECT_EQ(read(two, {"b", false}).ops[0].type, "tanh");
  EXPECT_EQ(refusal(two), "m.mil: 2 functions (expected --function with one of a, b)");
  EXPECT_EQ(error_of([&] {
              (void)read(two, {"c", false});
            }),
            "m.mil: no function 'c' (expected one of a, b)");
  EXPECT_EQ(refusal("program(1.0) { }"), "m.mil: the program has no function");
}

const std::string flexible = R"(program(1.0)
{
    func main<ios16>(tensor<fp16, [1, ?, ?]> x, tensor<fp16, [?]> z) [FlexibleShapeInformation = tuple<tuple<tensor<string, []>, dict<tensor<string, []>, tensor<int32, [?]>>>, tuple<tensor<string, []>, dict<tensor<string, []>, list<tensor<int32, [2]>, ?>>>>((("DefaultShapes", {{"x", [1, 1, 1]}}), ("RangeDims", {{"x", [[1, 1], [1, 2048], [4, 2048]]}})))] {
            tensor<fp16, [1, ?, ?]> y = transpose(perm = tensor<int32, [3]>([0, 2, 1]), x = x);
            tensor<int32, [3]> s = shape(x = y);
            tensor<int32, [2]> t = slice_by_index(x = s, begin = tensor<int32, [1]>([1]), end = tensor<int32, [1]>([3]));
            tensor<fp16, [?, ?]> u = reshape(x = y, shape = t);
        } -> (u);
})";

TEST(Mil, UnknownDimensionsAreBound) {
  Graph graph = read(flexible);
  EXPECT_EQ(
      error_of([&] { require_bound(graph); }),
      "m.mil:3:46: 3 unknown dimensions of the inputs (expected --dim x[1]=N (1..2048), --dim "
      "x[2]=N (4..2048), --dim z=N)");
  EXPECT_EQ(error_of([&] { (void)work_of(graph); }),
            "m.mil:4: transpose 'y': shape [1, ?, ?] has an unknown dimension");
  const auto bind = [&](const std::string& what, std::int64_t size) {
    return error_of([&] { bind_dimensions(graph, {{what, size}}); });
  };
  EXPECT_EQ(bind("x", 5), "--dim x: input has the shape [1, ?, ?] (expected an axis, as in x[1])");
  EXPECT_EQ(bind("x[3]", 5), "--dim x[3]: axis 3 is outside rank 3");
  EXPECT_EQ(bind("x[2]", 3), "--dim x[2]=3: the model allows 4..2048");
  EXPECT_EQ(bind("x[0]", 3), "--dim x[0]=3: this dimension is fixed at 1");
  EXPECT_EQ(bind("y", 3), "--dim y: is no input or dimension of the graph (expected one of x, z)");
  EXPECT_EQ(bind("z", 0), "--dim z=0: expected a size of 1..2^40");
  bind_dimensions(graph, {{"x[1]", 10}, {"x[2]", 20}, {"z", 7}});
  propagate_shapes(graph);
  require_bound(graph);
  EXPECT_EQ(graph.at(graph.outputs[0]).shape, (Shape{20, 10}));
}

TEST(Mil, DeclaredShapesAreChecked) {
  EXPECT_EQ(
      refusal(program("tensor<fp16, [2, 3]> x", "tensor<fp16, [2, 4]> y = relu(x = x);", "y")),
      "m.mil:5: relu 'y': result 'y' is declared as [2, 4], its inputs give [2, 3]");
  EXPECT_EQ(refusal(program("tensor<fp16, [4]> x",
                            "tensor<fp16, [2]> y = split(x = x, axis = "
                            "int32(0), num_splits = int32(2));",
                            "y")),
            "m.mil:5: split 'y': has 1 results (expected 2)");
}

TEST(Mil, UnknownOperations) {
  const std::string text =
      program("tensor<fp16, [2]> x", "tensor<fp16, [3]> y = softplux(x = x);", "y");
  EXPECT_EQ(refusal(text),
            "m.mil:5:23: unknown operation 'softplux' (did you mean 'softplus'?); "
            "--approximate-unknown keeps it");
  const Graph graph = read(text, {"", true});
  EXPECT_EQ(graph.ops[0].type, "softplux");
  EXPECT_EQ(graph.at(graph.outputs[0]).shape, (Shape{3}));
}

TEST(Mil, OpsetsAfterTheNewestKnownAreRefused) {
  const auto text = [](const std::string& opset) {
    return std::regex_replace(
        program("tensor<fp16, [2]> x", "tensor<fp16, [2]> y = relu(x = x);", "y"),
        std::regex("ios18"), opset);
  };
  for (const char* known : {"ios15", "ios18", "ios26", "ios026", "CoreML5", "CoreML9", "iosX",
                            "macos26", "CoreML", "own7"})
    EXPECT_EQ(refusal(text(known)), "no error") << known;
  for (const char* later :
       {"ios27", "ios100", "CoreML10", "CoreML99", "macos27", "CoreML99999999999999999999"})
    EXPECT_THAT(refusal(text(later)),
                StartsWith("m.mil:4:6: function 'main' has opset '" + std::string(later) +
                           "', later than the newest known, "))
        << later;
  EXPECT_THAT(refusal(text("CoreML99")),
              EndsWith("CoreML9 (expected a model converted for an earlier target; "
                       "--approximate-unknown reads it all the same)"));
  EXPECT_EQ(read(text("CoreML99"), {.function = "", .approximate_unknown = true}).ops.size(), 1u);
}

TEST(Mil, SyntaxErrorsSayWhereAndWhat) {
  EXPECT_EQ(refusal(""),
            "m.mil:1:1: unexpected end of the text (expected 'program', the start of "
            "MIL text)");
  EXPECT_EQ(refusal("program(1.0)\n{ func main<ios16>(tensor<fp17, [1]> x"),
            "m.mil:2:27: unknown data type 'fp17' (expected e.g. fp16, int8 or bool)");
  EXPECT_EQ(refusal("program(1.0)\n{ func main<ios16>(tensor<fp16, [1> x"),
            "m.mil:2:35: unexpected '>' (expected ',' or ']')");
  EXPECT_EQ(refusal(program("tensor<fp16, [2]> x", "tensor<fp16, [2]> y = relu(x = z);", "y")),
            "m.mil:5:32: name 'z' is not defined");
  EXPECT_EQ(refusal(program("tensor<fp16, [2]> x", "tensor<fp16, [2]> x = relu(x = x);", "x")),
            "m.mil:5:19: name 'x' is defined twice");
  EXPECT_EQ(refusal(program("", "string s = const()[val = string(\"a)];", "s")),
            "m.mil:5:33: string does not end on its line (expected '\"')");
  EXPECT_EQ(refusal(program(
                "", "tensor<int32, [2]> s = const()[val = tensor<int32, [2]>([1, \"a\"])];", "s")),
            "m.mil:5:61: unexpected 'a' (expected a value like the others of its list)");
  EXPECT_EQ(refusal(program("", "tensor<int32, [3]> s = const()[val = tensor<int32, [3]>([1, 2])];",
                            "s")),
            "m.mil:5:38: constant 's' has 2 values (expected 3 for [3])");
  EXPECT_EQ(refusal(program("", "int32 s = const()[val = int32(1.5)];", "s")),
            "m.mil:5:25: constant 's' has values that are no int32");
  EXPECT_EQ(refusal(program("", "int32 s = const()[name = string(\"s\")];", "s")),
            "m.mil:5:11: constant 's' has no 'val'");
  EXPECT_EQ(refusal(std::string("\x08\x07\x12\0", 4)),
            "m.mil:1:1: unexpected character '\\x08' (expected MIL text)");
}

/// Where a text ends, as messages name it.
std::string end_of(std::string_view text) {
  const auto line = std::count(text.begin(), text.end(), '\n') + 1;
  const auto column = text.size() - (text.rfind('\n') + 1) + 1;  // npos + 1 is 0
  return "m.mil:" + std::to_string(line) + ":" + std::to_string(column) + ": ";
}

/// Beginnings of a whole text, `step` bytes apart.
void expect_cuts_refused(const std::string& text, std::size_t step) {
  const std::size_t complete = text.find_last_not_of(" \n") + 1;
  ASSERT_EQ(refusal(text.substr(0, complete)), "no error");
  for (std::size_t length = 0; length < complete; length += step) {
    const std::string cut = text.substr(0, length);
    ASSERT_THAT(refusal(cut), StartsWith(end_of(cut) + "unexpected end of the text (expected "))
        << length;
  }
}

TEST(Mil, TruncatedTextIsRefusedEverywhere) {
  expect_cuts_refused(conv_ios16, 1);
  int examples = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(ANESIM_SOURCE_DIR "/traces/examples")) {
    if (entry.path().extension() != ".mil") continue;
    SCOPED_TRACE(entry.path().filename().string());
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    // Each cut is read up to its end, so every byte of a long text would take quadratic time.
    expect_cuts_refused(text, text.size() < 10'000 ? 1 : 97);
    ++examples;
  }
  EXPECT_GE(examples, 2);
}

TEST(Mil, AWordAtTheEndOfTheTextMayBeCut) {
  const std::string start = "program(1.0)\n{ func main<ios16>(";
  EXPECT_EQ(refusal(start + "te"), "m.mil:2:22: unexpected end of the text (expected a type)");
  EXPECT_EQ(refusal(start + "tensor<fp"),
            "m.mil:2:29: unexpected end of the text (expected a data type)");
  EXPECT_EQ(refusal(start + "te "),
            "m.mil:2:20: unknown type 'te' (expected e.g. tensor<fp16, [1, 3]> or int32)");
  EXPECT_EQ(refusal("progra"),
            "m.mil:1:7: unexpected end of the text (expected 'program', the start of MIL text)");
  EXPECT_EQ(refusal("hello"),
            "m.mil:1:1: unexpected 'hello' (expected 'program', the start of MIL text)");
  EXPECT_EQ(refusal("program(1.0)\n[a = string(\"b"),
            "m.mil:2:15: unexpected end of the text (expected '\"', the end of the string)");
  EXPECT_EQ(refusal("program(1.0)\n[a = fp16(-"),
            "m.mil:2:12: unexpected end of the text (expected '->' or a number)");
}

TEST(Mil, PrintoutOfConverterIsNamed) {
  EXPECT_THAT(refusal("main[CoreML8](%x: (1, 1024, fp16)(Tensor)) {\n  block5() {\n"),
              StartsWith("m.mil:1:1: this is a printout of coremltools, not MIL text"));
}

TEST(Mil, WeightPathsStayInTheModel) {
  const auto with = [](const std::string& path) {
    return refusal(program("",
                           "tensor<fp16, [2]> w = const()[val = tensor<fp16, [2]>(BLOBFILE("
                           "path = string(\"" +
                               path + "\"), offset = uint64(64)))];",
                           "w"));
  };
  EXPECT_EQ(with("@model_path/weights/weight.bin"), "no error");
  EXPECT_EQ(with("weights/a..b.bin"), "no error");
  EXPECT_THAT(with("/etc/passwd"), HasSubstr("weight path '/etc/passwd' is absolute"));
  EXPECT_THAT(with("@model_path//etc/passwd"), HasSubstr("is absolute"));
  EXPECT_THAT(with("@model_path/../secret"), HasSubstr("leaves the folder by '..'"));
  EXPECT_THAT(with("a/b/.."), HasSubstr("leaves the folder by '..'"));
  EXPECT_THAT(with("@model_path/"), HasSubstr("is empty"));
}

TEST(Mil, DeepNestingIsRefused) {
  const std::string brackets(100'000, '[');
  EXPECT_THAT(refusal(program("", "int32 s = const()[val = int32(" + brackets, "s")),
              HasSubstr("nesting is over 64 deep"));
  std::string types;
  for (int i = 0; i < 100'000; ++i) types += "tuple<";
  EXPECT_THAT(refusal(program("", types, "s")), HasSubstr("nesting is over 64 deep"));
  std::string blocks;
  for (int i = 0; i < 100'000; ++i) blocks += "int32 a = cond(){";
  EXPECT_THAT(refusal(program("", blocks, "s")), HasSubstr("nesting is over 64 deep"));
}

TEST(Mil, LongNamesSurvive) {
  const std::string name(10'000'000, 'a');
  const Graph graph =
      read(program("tensor<fp16, [2]> x", "tensor<fp16, [2]> " + name + " = relu(x = x);", name));
  EXPECT_EQ(graph.ops[0].name.size(), name.size());
  EXPECT_LT(
      refusal(program("tensor<fp16, [2]> x", "tensor<fp16, [2]> y = " + name + "(x = x);", "y"))
          .size(),
      400u);
}

TEST(Mil, LargeTextIsRead) {
  const int ops = 100'000;
  std::string body;
  for (int i = 0; i < ops; ++i) {
    const std::string n = std::to_string(i);
    body += "fp16 c" + n + " = const()[name = string(\"c" + n + "\"), val = fp16(0x1p-1)];\n" +
            "tensor<fp16, [1, 64]> t" + n +
            " = mul(x = " + (i == 0 ? "x" : "t" + std::to_string(i - 1)) + ", y = c" + n +
            ")[name = string(\"op\")];\n";
  }
  const std::string text = program("tensor<fp16, [1, 64]> x", body, "t" + std::to_string(ops - 1));
  EXPECT_EQ(read(text).ops.size(), static_cast<std::size_t>(ops));
}

// Refused by the beginning or at the first NUL byte: the rest is neither read nor kept.
TEST(Mil, AGigabyteOfGarbageIsRefusedByItsBeginning) {
  const std::filesystem::path file = std::filesystem::path(testing::TempDir()) / "garbage.mil";
  const auto refusal = [&](const std::string& head) {
    std::ofstream(file, std::ios::binary) << head;
    std::filesystem::resize_file(file, std::uintmax_t{1} << 30);  // holes: NUL bytes
    const std::string message = error_of([&] { (void)read_mil(file); });
    return message.substr(message.find("garbage.mil"));
  };
  EXPECT_THAT(refusal(""), StartsWith("garbage.mil:1:1: unexpected character '\\x00'"));
  EXPECT_THAT(refusal("\x01\x02 program"),
              StartsWith("garbage.mil:1:1: unexpected character '\\x01'"));
  EXPECT_EQ(refusal("program(1.3)\n{\n func"), "garbage.mil:3:6: a NUL byte (expected MIL text)");
  // Beyond the first piece.
  EXPECT_EQ(refusal("// " + std::string(10'000'000, 'c')),
            "garbage.mil:1:10000004: a NUL byte (expected MIL text)");
  std::filesystem::remove(file);
}

TEST(Mil, IsNamedAfterItsFolder) {
  namespace fs = std::filesystem;
  const fs::path root = fs::path(testing::TempDir()) / "mil_folders";
  fs::remove_all(root);
  fs::create_directories(root / "net.mlmodelc");
  std::ofstream(root / "net.mlmodelc/model.mil") << conv_ios16;
  EXPECT_EQ(read_mil((root / "net.mlmodelc/model.mil").string()).name, "net");
  fs::remove_all(root);
}

}  // namespace
}  // namespace anesim::mil
