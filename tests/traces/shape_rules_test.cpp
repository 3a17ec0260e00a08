// Shape rules, with hand-computed results.
#include "traces/graph/shape_rules.h"

#include <gmock/gmock.h>

#include "traces/graph/builder.h"

namespace anesim::graph {
namespace {

/// A builder that hands out inputs and asks for the shape of one op.
struct Rule {
  Builder b{"t"};
  int count = 0;
  TensorId in(Shape shape, DType dtype = DType::fp16) {
    return b.input("in" + std::to_string(count++), std::move(shape), dtype);
  }
  Shape of(std::string_view type, Builder::Arguments arguments) {
    return b.shape(b.op(type, std::move(arguments)));
  }
  std::string error(std::string_view type, Builder::Arguments arguments) {
    try {
      b.op_many(type, std::move(arguments), "it" + std::to_string(count++));
    } catch (const UserError& e) {
      return e.what();
    }
    return "no error";
  }
};

TEST(ShapeRules, TableIsSortedAndKnown) {
  EXPECT_TRUE(std::is_sorted(known_ops().begin(), known_ops().end()));
  EXPECT_GE(known_ops().size(), 160u);
  EXPECT_TRUE(is_known_op("conv"));
  EXPECT_FALSE(is_known_op("convolution"));
}

TEST(ShapeRules, ConvPaddingKinds) {
  Rule r;
  const TensorId x = r.in({1, 3, 224, 224});
  const TensorId w = r.b.weight("w", {64, 3, 7, 7});
  const auto strides = r.b.ints({2, 2});
  const auto pad = r.b.ints({3, 3, 3, 3});
  EXPECT_EQ(r.of("conv", {{"x", {x}}, {"weight", {w}}, {"strides", {strides}}}),
            (Shape{1, 64, 109, 109}));
  EXPECT_EQ(r.of("conv", {{"x", {x}},
                          {"weight", {w}},
                          {"strides", {strides}},
                          {"pad_type", {r.b.text("custom")}},
                          {"pad", {pad}}}),
            (Shape{1, 64, 112, 112}));
  // pad is ignored unless custom
  EXPECT_EQ(r.of("conv", {{"x", {x}}, {"weight", {w}}, {"pad", {pad}}}), (Shape{1, 64, 218, 218}));
  EXPECT_EQ(r.of("conv", {{"x", {r.in({1, 3, 5, 7})}},
                          {"weight", {w}},
                          {"strides", {strides}},
                          {"pad_type", {r.b.text("same_lower")}}}),
            (Shape{1, 64, 3, 4}));
  EXPECT_EQ(r.of("conv", {{"x", {r.in({1, 4, 20})}},
                          {"weight", {r.b.weight("w1", {6, 2, 3})}},
                          {"dilations", {r.b.ints({4})}},
                          {"groups", {r.b.integer(2)}}}),
            (Shape{1, 6, 12}));
}

TEST(ShapeRules, ConvErrors) {
  Rule r;
  const TensorId x = r.in({1, 4, 5, 5});
  EXPECT_EQ(r.error("conv", {{"x", {x}}, {"weight", {r.b.weight("w", {8, 3, 3, 3})}}}),
            "conv 'it1': weight [8, 3, 3, 3] takes 3 channels a group (expected 4: x has 4 in 1 "
            "group)");
  EXPECT_EQ(r.error("conv", {{"x", {x}}, {"weight", {r.b.weight("w", {8, 4, 7, 1})}}}),
            "conv 'it2': window of 7 does not fit into 5 (size 5, padding 0 and 0)");
  EXPECT_EQ(r.error("conv", {{"x", {x}}, {"weight", {r.b.weight("w", {8, 4, 3})}}}),
            "conv 'it3': 'weight' has rank 3 (expected 4)");
  EXPECT_EQ(r.error("conv", {{"x", {x}}}), "conv 'it4': parameter 'weight' is missing");
}

TEST(ShapeRules, ConvTranspose) {
  Rule r;
  const TensorId x = r.in({1, 64, 32, 32});
  const TensorId w = r.b.weight("w", {64, 16, 4, 4});
  const auto strides = r.b.ints({2, 2});
  EXPECT_EQ(r.of("conv_transpose", {{"x", {x}}, {"weight", {w}}, {"strides", {strides}}}),
            (Shape{1, 16, 66, 66}));
  EXPECT_EQ(r.of("conv_transpose", {{"x", {x}},
                                    {"weight", {w}},
                                    {"strides", {strides}},
                                    {"pad_type", {r.b.text("custom")}},
                                    {"pad", {r.b.ints({1, 1, 1, 1})}}}),
            (Shape{1, 16, 64, 64}));
  EXPECT_EQ(r.of("conv_transpose", {{"x", {x}},
                                    {"weight", {w}},
                                    {"strides", {strides}},
                                    {"groups", {r.b.integer(4)}},
                                    {"output_shape", {r.b.ints({1, 64, 65, 64})}}}),
            (Shape{1, 64, 65, 64}));
}

TEST(ShapeRules, Pools) {
  Rule r;
  const TensorId x = r.in({1, 8, 7, 7});
  const auto two = r.b.ints({2, 2});
  EXPECT_EQ(r.of("max_pool", {{"x", {x}}, {"kernel_sizes", {two}}, {"strides", {two}}}),
            (Shape{1, 8, 3, 3}));
  EXPECT_EQ(r.of("max_pool", {{"x", {x}},
                              {"kernel_sizes", {two}},
                              {"strides", {two}},
                              {"ceil_mode", {r.b.boolean(true)}}}),
            (Shape{1, 8, 4, 4}));
  // Padded by 1: 2 + 7 = 9 wide; the fifth window of 2 would start at 8, beyond data and left pad.
  EXPECT_EQ(r.of("avg_pool", {{"x", {x}},
                              {"kernel_sizes", {two}},
                              {"strides", {two}},
                              {"pad_type", {r.b.text("custom")}},
                              {"pad", {r.b.ints({1, 1, 1, 1})}},
                              {"ceil_mode", {r.b.boolean(true)}}}),
            (Shape{1, 8, 4, 4}));
}

TEST(ShapeRules, Products) {
  Rule r;
  EXPECT_EQ(r.of("linear", {{"x", {r.in({1, 2, 3, 8})}}, {"weight", {r.b.weight("w", {5, 8})}}}),
            (Shape{1, 2, 3, 5}));
  EXPECT_EQ(r.of("matmul", {{"x", {r.in({4, 1, 2, 3})}}, {"y", {r.in({5, 3, 7})}}}),
            (Shape{4, 5, 2, 7}));
  EXPECT_EQ(r.of("matmul", {{"x", {r.in({3})}}, {"y", {r.in({5, 3, 7})}}}), (Shape{5, 7}));
  EXPECT_EQ(r.of("matmul", {{"x", {r.in({2, 3})}}, {"y", {r.in({3})}}}), (Shape{2}));
  EXPECT_EQ(r.of("matmul", {{"x", {r.in({3, 2})}},
                            {"y", {r.in({7, 3})}},
                            {"transpose_x", {r.b.boolean(true)}},
                            {"transpose_y", {r.b.boolean(true)}}}),
            (Shape{2, 7}));
  r.count = 100;
  EXPECT_EQ(r.error("matmul", {{"x", {r.in({2, 3})}}, {"y", {r.in({2, 3})}}}),
            "matmul 'it102': x [2, 3] and y [2, 3] do not multiply: 3 columns against 2 rows");
}

TEST(ShapeRules, Broadcast) {
  Rule r;
  EXPECT_EQ(r.of("add", {{"x", {r.in({3, 1, 5})}}, {"y", {r.in({4, 1})}}}), (Shape{3, 4, 5}));
  const TensorId less = r.b.op("less", {{"x", {r.in({3})}}, {"y", {r.b.number(1)}}});
  EXPECT_EQ(r.b.shape(less), (Shape{3}));
  EXPECT_EQ(r.of("select", {{"cond", {less}}, {"a", {r.in({2, 3})}}, {"b", {r.b.number(0)}}}),
            (Shape{2, 3}));
  r.count = 10;
  EXPECT_EQ(r.error("add", {{"x", {r.in({2})}}, {"y", {r.in({3})}}}),
            "add 'it12': shapes [2] and [3] do not broadcast");
}

TEST(ShapeRules, ReductionsAndNorms) {
  Rule r;
  const TensorId x = r.in({2, 3, 4});
  EXPECT_EQ(r.of("reduce_mean", {{"x", {x}}}), Shape{});
  EXPECT_EQ(r.of("reduce_mean", {{"x", {x}}, {"axes", {r.b.ints({-1, 0})}}}), (Shape{3}));
  EXPECT_EQ(r.of("reduce_max",
                 {{"x", {x}}, {"axes", {r.b.ints({1})}}, {"keep_dims", {r.b.boolean(true)}}}),
            (Shape{2, 1, 4}));
  EXPECT_EQ(r.of("reduce_argmax", {{"x", {x}}, {"axis", {r.b.integer(1)}}}), (Shape{2, 4}));
  EXPECT_EQ(r.of("layer_norm",
                 {{"x", {x}}, {"axes", {r.b.ints({-1})}}, {"gamma", {r.b.weight("g", {4})}}}),
            (Shape{2, 3, 4}));
  r.count = 7;
  EXPECT_EQ(r.error("softmax", {{"x", {x}}, {"axis", {r.b.integer(4)}}}),
            "softmax 'it7': axis 4 is outside rank 3 (expected 0..2)");
  EXPECT_EQ(r.error("layer_norm",
                    {{"x", {x}}, {"axes", {r.b.ints({-1})}}, {"gamma", {r.b.weight("g", {5})}}}),
            "layer_norm 'it8': gamma has shape [5] (expected [4], the normalised axes of x)");
}

TEST(ShapeRules, Views) {
  Rule r;
  const TensorId x = r.in({2, 3, 4});
  EXPECT_EQ(r.of("transpose", {{"x", {x}}, {"perm", {r.b.ints({0, -1, 1})}}}), (Shape{2, 4, 3}));
  EXPECT_EQ(r.of("reshape", {{"x", {x}}, {"shape", {r.b.ints({0, -1, 2})}}}), (Shape{2, 6, 2}));
  EXPECT_EQ(r.of("expand_dims", {{"x", {x}}, {"axes", {r.b.ints({0, -1})}}}),
            (Shape{1, 2, 3, 4, 1}));
  EXPECT_EQ(r.of("squeeze", {{"x", {r.in({1, 3, 1})}}}), (Shape{3}));
  EXPECT_EQ(r.of("squeeze", {{"x", {r.in({1, 3, 1})}}, {"axes", {r.b.ints({-1})}}}), (Shape{1, 3}));
  EXPECT_EQ(r.of("flatten2d", {{"x", {x}}, {"axis", {r.b.integer(2)}}}), (Shape{6, 4}));
  r.count = 20;
  EXPECT_EQ(r.error("reshape", {{"x", {x}}, {"shape", {r.b.ints({5, -1})}}}),
            "reshape 'it20': x [2, 3, 4] with 24 elements does not reshape to [5, ?]");
}

TEST(ShapeRules, Slices) {
  Rule r;
  const TensorId x = r.in({10, 20, 30});
  EXPECT_EQ(r.of("slice_by_index", {{"x", {x}},
                                    {"begin", {r.b.ints({1, -5, 2})}},
                                    {"end", {r.b.ints({9, 2147483647, 3})}},
                                    {"stride", {r.b.ints({3, 1, 1})}},
                                    {"squeeze_mask", {r.b.bools({false, false, true})}}}),
            (Shape{3, 5}));
  EXPECT_EQ(r.of("slice_by_index", {{"x", {x}},
                                    {"begin", {r.b.ints({0, 19, 5})}},
                                    {"end", {r.b.ints({5, 0, 0})}},
                                    {"stride", {r.b.ints({1, -1, 1})}},
                                    {"end_mask", {r.b.bools({false, true, true})}}}),
            (Shape{5, 20, 25}));
  EXPECT_EQ(r.of("slice_by_size",
                 {{"x", {x}}, {"begin", {r.b.ints({1, 2, 3})}}, {"size", {r.b.ints({2, -1, 7})}}}),
            (Shape{2, 18, 7}));
  r.count = 30;
  EXPECT_EQ(
      r.error("slice_by_size",
              {{"x", {x}}, {"begin", {r.b.ints({9, 0, 0})}}, {"size", {r.b.ints({2, 1, 1})}}}),
      "slice_by_size 'it30': slice of 2 from 9 of axis 0 is outside 10");
  EXPECT_EQ(
      r.of("sliding_windows", {{"x", {x}}, {"axis", {r.b.integer(1)}}, {"size", {r.b.integer(4)}}}),
      (Shape{10, 17, 4, 30}));
}

TEST(ShapeRules, JoiningAndCutting) {
  Rule r;
  const TensorId x = r.in({2, 3});
  const TensorId y = r.in({2, 5});
  EXPECT_EQ(r.of("concat", {{"values", {x, y}}, {"axis", {r.b.integer(-1)}}}), (Shape{2, 8}));
  EXPECT_EQ(r.of("stack", {{"values", {x, x}}, {"axis", {r.b.integer(-1)}}}), (Shape{2, 3, 2}));
  EXPECT_EQ(r.of("pad", {{"x", {x}}, {"pad", {r.b.ints({1, 2})}}}), (Shape{2, 6}));
  EXPECT_EQ(r.of("tile", {{"x", {x}}, {"reps", {r.b.ints({4, 1})}}}), (Shape{8, 3}));
  const auto parts = r.b.op_many(
      "split", {{"x", {y}}, {"axis", {r.b.integer(1)}}, {"split_sizes", {r.b.ints({1, 4})}}});
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(r.b.shape(parts[1]), (Shape{2, 4}));
  r.count = 40;
  EXPECT_EQ(
      r.error("split", {{"x", {y}}, {"axis", {r.b.integer(1)}}, {"num_splits", {r.b.integer(2)}}}),
      "split 'it40': 5 elements do not split into 2 equal parts");
  EXPECT_EQ(
      r.error("concat", {{"values", {x, y}}, {"axis", {r.b.integer(0)}}}),
      "concat 'it41': value 1 has shape [2, 5], the first [2, 3] (expected equal but for axis "
      "0)");
}

TEST(ShapeRules, Gathers) {
  Rule r;
  const TensorId x = r.in({2, 3, 4});
  EXPECT_EQ(
      r.of("gather",
           {{"x", {x}}, {"indices", {r.in({5, 6}, DType::int32)}}, {"axis", {r.b.integer(1)}}}),
      (Shape{2, 5, 6, 4}));
  EXPECT_EQ(r.of("gather", {{"x", {x}},
                            {"indices", {r.in({2, 6}, DType::int32)}},
                            {"axis", {r.b.integer(1)}},
                            {"batch_dims", {r.b.integer(1)}}}),
            (Shape{2, 6, 4}));
  EXPECT_EQ(r.of("gather_nd", {{"x", {x}}, {"indices", {r.in({7, 2}, DType::int32)}}}),
            (Shape{7, 4}));
  EXPECT_EQ(r.of("one_hot", {{"indices", {r.in({7}, DType::int32)}},
                             {"one_hot_vector_size", {r.b.integer(9)}}}),
            (Shape{7, 9}));
  EXPECT_EQ(
      r.of("range_1d",
           {{"start", {r.b.integer(2)}}, {"end", {r.b.integer(9)}}, {"step", {r.b.integer(3)}}}),
      (Shape{3}));
}

TEST(ShapeRules, Images) {
  Rule r;
  const TensorId x = r.in({1, 8, 10, 12});
  EXPECT_EQ(r.of("upsample_nearest_neighbor", {{"x", {x}},
                                               {"scale_factor_height", {r.b.number(2.5)}},
                                               {"scale_factor_width", {r.b.integer(2)}}}),
            (Shape{1, 8, 25, 24}));
  EXPECT_EQ(r.of("resize_bilinear", {{"x", {x}},
                                     {"target_size_height", {r.b.integer(7)}},
                                     {"target_size_width", {r.b.integer(9)}}}),
            (Shape{1, 8, 7, 9}));
  EXPECT_EQ(r.of("resize",
                 {{"x", {x}}, {"shape", {r.b.ints({0, 30})}}, {"resized_dims", {r.b.integer(2)}}}),
            (Shape{1, 8, 10, 30}));
  EXPECT_EQ(r.of("pixel_shuffle", {{"x", {x}}, {"upscale_factor", {r.b.integer(2)}}}),
            (Shape{1, 2, 20, 24}));
  EXPECT_EQ(r.of("space_to_depth", {{"x", {x}}, {"block_size", {r.b.integer(2)}}}),
            (Shape{1, 32, 5, 6}));
}

TEST(ShapeRules, QuantizeAndStates) {
  Rule r;
  const TensorId x = r.in({1, 8});
  const TensorId q =
      r.b.op("quantize",
             {{"input", {x}}, {"scale", {r.b.number(0.1)}}, {"output_dtype", {r.b.text("int8")}}});
  const TensorId d = r.b.op("dequantize", {{"input", {q}}, {"scale", {r.b.number(0.1)}}});
  const TensorId k = r.b.state("k", {1, 8});
  EXPECT_EQ(r.of("read_state", {{"input", {k}}}), (Shape{1, 8}));
  EXPECT_TRUE(r.b.op_many("write_state", {{"input", {k}}, {"data", {d}}}).empty());
  const Graph graph = r.b.finish({});
  EXPECT_EQ(graph.at(q).dtype, DType::int8);
  EXPECT_EQ(graph.at(d).dtype, DType::fp16);
}

}  // namespace
}  // namespace anesim::graph
