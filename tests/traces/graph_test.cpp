// Data types, shapes and storage formats.
#include "traces/graph/graph.h"

#include <gmock/gmock.h>

#include "traces/graph/builder.h"
#include "traces/graph/work.h"

namespace anesim::graph {
namespace {

template <class F>
std::string error_of(F&& f) {
  try {
    f();
  } catch (const UserError& e) {
    return e.what();
  }
  return "no error";
}

TEST(DTypes, SpellingsAndWidths) {
  EXPECT_EQ(bit_width(DType::fp16), 16);
  EXPECT_EQ(bit_width(DType::uint6), 6);
  EXPECT_EQ(bit_width(DType::boolean), 8);
  EXPECT_EQ(bit_width(DType::string), 0);
  EXPECT_EQ(name(DType::fp8e4m3fn), "fp8e4m3fn");
  EXPECT_EQ(parse_dtype("bool"), DType::boolean);
  EXPECT_EQ(parse_dtype("uint3"), DType::uint3);
  EXPECT_EQ(parse_dtype("float16"), std::nullopt);
}

TEST(Shapes, ElementCount) {
  EXPECT_EQ(element_count({}), 1);
  EXPECT_EQ(element_count({2, 3, 4}), 24);
  EXPECT_EQ(element_count({std::int64_t{1} << 62, 0, 8}), 0);
  EXPECT_EQ(error_of([] {
              (void)element_count({1, unknown_dim});
            }),
            "shape [1, ?] has an unknown dimension");
  EXPECT_EQ(error_of([] {
              (void)element_count({std::int64_t{1} << 62, 2});
            }),
            "shape [4611686018427387904, 2] has over 2^63 elements");
  EXPECT_EQ(text(Shape{1, 64, unknown_dim, 7}), "[1, 64, ?, 7]");
}

TEST(StoredBytes, ByFormat) {
  StorageFormat format;
  EXPECT_EQ(stored_bytes(format, 100), 200);
  format = {Encoding::palette, DType::fp16, 4, 1.0, 32};
  EXPECT_EQ(stored_bytes(format, 101), 51 + 32);  // ceil(101 * 4 / 8), 16 table entries
  format = {Encoding::palette, DType::fp16, 3, 1.0, 16};
  EXPECT_EQ(stored_bytes(format, 9), 4 + 16);  // 27 bits
  format = {Encoding::affine, DType::int8, 8, 1.0, 3 * 64};
  EXPECT_EQ(stored_bytes(format, 1000), 1192);
  format = {Encoding::sparse, DType::fp16, 16, 0.25, 0};
  EXPECT_EQ(stored_bytes(format, 1000), 125 + 500);
  format = {Encoding::dense, DType::int32, 32, 1.0, 0};
  EXPECT_EQ(error_of([&] { (void)stored_bytes(format, std::int64_t{1} << 62); }),
            "4611686018427387904 elements of 32 bits have over 2^63 bytes");
}

TEST(Accessors, LiteralsAndErrors) {
  Builder b("test");
  const TensorId x = b.input("x", {1, 8});
  b.op("reshape", {{"x", {x}}, {"shape", {b.ints({2, -1})}}}, "r");
  b.op("softmax", {{"x", {x}}, {"axis", {b.integer(1)}}}, "s");
  const Graph graph = b.finish({});
  const Op& reshape = graph.ops[0];
  EXPECT_EQ(find_ints(graph, reshape, "shape"), (std::vector<std::int64_t>{2, -1}));
  EXPECT_EQ(find_int(graph, graph.ops[1], "axis"), 1);
  EXPECT_EQ(find_double(graph, graph.ops[1], "axis"), 1.0);
  EXPECT_EQ(find_bool(graph, reshape, "absent"), std::nullopt);
  EXPECT_TRUE(inputs_of(reshape, "absent").empty());
  EXPECT_EQ(find_input(reshape, "x"), x);
  EXPECT_EQ(error_of([&] { (void)find_int(graph, reshape, "shape"); }),
            "reshape 'r': parameter 'shape' has 2 values (expected one)");
  EXPECT_EQ(error_of([&] { (void)find_ints(graph, reshape, "x"); }),
            "reshape 'r': parameter 'x' has no value known before the run (expected integers)");
  EXPECT_EQ(error_of([&] { (void)find_string(graph, reshape, "shape"); }),
            "reshape 'r': parameter 'shape' is of the wrong kind (expected text)");
}

TEST(Builder, SharesConstantsAndNamesOps) {
  Builder b("test");
  const TensorId x = b.input("x", {1, 8});
  EXPECT_EQ(b.ints({1, 2}), b.ints({1, 2}));
  EXPECT_NE(b.ints({1}), b.integer(1));
  const TensorId y = b.op("relu", {{"x", {x}}});
  const TensorId z = b.op("relu", {{"x", {y}}}, "last");
  EXPECT_EQ(error_of([&] {
              b.op("relu", {{"x", {z}}}, "last");
            }),
            "relu 'last': name is used twice");
  EXPECT_EQ(error_of([&] {
              b.op("relux", {{"x", {z}}}, "a");
            }),
            "relux 'a': unknown operation (did you mean 'relu'?)");
  const Graph graph = b.finish({z});
  EXPECT_EQ(graph.ops[0].name, "relu_0");
  EXPECT_EQ(graph.at(z).name, "last");
  EXPECT_EQ(graph.outputs, std::vector{z});
}

}  // namespace
}  // namespace anesim::graph
