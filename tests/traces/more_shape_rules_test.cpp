// Shape rules of attention, recurrence, rearranging, sorting, scattering; and folded values.
#include <gmock/gmock.h>

#include "traces/graph/builder.h"
#include "traces/graph/shape_rules.h"

namespace anesim::graph {
namespace {

struct Rule {
  Builder b{"t"};
  TensorId in(Shape shape, DType dtype = DType::fp16) {
    return b.input("in", std::move(shape), dtype);
  }
  std::vector<Shape> of(std::string_view type, Builder::Arguments arguments) {
    std::vector<Shape> shapes;
    for (const TensorId id : b.op_many(type, std::move(arguments))) shapes.push_back(b.shape(id));
    return shapes;
  }
  std::string error(std::string_view type, Builder::Arguments arguments) {
    try {
      b.op_many(type, std::move(arguments), "it");
    } catch (const UserError& e) {
      return e.what();
    }
    return "no error";
  }
};

using Shapes = std::vector<Shape>;

TEST(MoreShapeRules, AttentionAndEinsum) {
  Rule r;
  const TensorId q = r.in({1, 8, 10, 64});
  const TensorId k = r.in({1, 8, 20, 64});
  const TensorId v = r.in({1, 8, 20, 32});
  EXPECT_EQ(r.of("scaled_dot_product_attention", {{"query", {q}}, {"key", {k}}, {"value", {v}}}),
            (Shapes{{1, 8, 10, 32}}));
  EXPECT_EQ(r.error("scaled_dot_product_attention", {{"query", {q}}, {"key", {v}}, {"value", {v}}}),
            "scaled_dot_product_attention 'it': query [1, 8, 10, 64] and key [1, 8, 20, 32] differ "
            "in the last dimension");
  Rule e;
  const TensorId a = e.in({2, 3, 5, 7});
  const TensorId b = e.in({2, 7, 5, 11});
  const auto equation = [&](const char* text) { return e.b.text(text); };
  EXPECT_EQ(e.of("einsum", {{"values", {a, b}}, {"equation", {equation("nchw, nwhu -> nchu")}}}),
            (Shapes{{2, 3, 5, 11}}));
  EXPECT_EQ(e.error("einsum", {{"values", {a, b}}, {"equation", {equation("nchw,nwcu->nchu")}}}),
            "einsum 'it': equation 'nchw,nwcu->nchu' gives 'c' both 3 and 5");
}

TEST(MoreShapeRules, Recurrence) {
  Rule r;
  const TensorId x = r.in({4, 2, 10});
  const TensorId h = r.in({2, 16});
  const auto run = [&](const char* type, std::int64_t gates, bool sequence) {
    Builder::Arguments arguments = {{"x", {x}},
                                    {"initial_h", {h}},
                                    {"weight_ih", {r.b.weight("wi", {gates * 16, 10})}},
                                    {"weight_hh", {r.b.weight("wh", {gates * 16, 16})}},
                                    {"output_sequence", {r.b.boolean(sequence)}}};
    if (std::string_view(type) == "lstm") arguments.push_back({"initial_c", {h}});
    return r.of(type, std::move(arguments));
  };
  EXPECT_EQ(run("lstm", 4, true), (Shapes{{4, 2, 16}, {2, 16}, {2, 16}}));
  EXPECT_EQ(run("lstm", 4, false), (Shapes{{1, 2, 16}, {2, 16}, {2, 16}}));
  EXPECT_EQ(run("gru", 3, true), (Shapes{{4, 2, 16}, {2, 16}}));
  EXPECT_EQ(run("rnn", 1, false), (Shapes{{1, 2, 16}, {2, 16}}));
  const TensorId both = r.in({2, 32});
  EXPECT_EQ(r.of("rnn", {{"x", {x}},
                         {"initial_h", {both}},
                         {"weight_ih", {r.b.weight("wi", {16, 10})}},
                         {"weight_hh", {r.b.weight("wh", {16, 16})}},
                         {"direction", {r.b.text("bidirectional")}}}),
            (Shapes{{1, 2, 32}, {2, 32}}));
}

TEST(MoreShapeRules, BatchAndSpace) {
  Rule r;
  const TensorId x = r.in({8, 3, 4, 6});
  const TensorId block = r.b.ints({2, 2});
  EXPECT_EQ(r.of("batch_to_space",
                 {{"x", {x}}, {"block_shape", {block}}, {"crops", {r.b.ints({1, 0, 0, 2})}}}),
            (Shapes{{2, 3, 7, 10}}));
  EXPECT_EQ(r.of("space_to_batch",
                 {{"x", {x}}, {"block_shape", {block}}, {"paddings", {r.b.ints({0, 0, 1, 1})}}}),
            (Shapes{{32, 3, 2, 4}}));
  EXPECT_EQ(r.of("pixel_unshuffle", {{"x", {x}}, {"downscale_factor", {r.b.integer(2)}}}),
            (Shapes{{8, 12, 2, 3}}));
}

TEST(MoreShapeRules, Regions) {
  Rule r;
  const TensorId x = r.in({1, 3, 20, 30});
  EXPECT_EQ(
      r.of("crop",
           {{"x", {x}}, {"crop_height", {r.b.ints({1, 2})}}, {"crop_width", {r.b.ints({3, 4})}}}),
      (Shapes{{1, 3, 17, 23}}));
  EXPECT_EQ(r.of("crop_resize", {{"x", {x}},
                                 {"boxes", {r.in({6, 4})}},
                                 {"target_height", {r.b.integer(7)}},
                                 {"target_width", {r.b.integer(9)}}}),
            (Shapes{{6, 3, 7, 9}}));
  EXPECT_EQ(r.of("resample", {{"x", {x}}, {"coordinates", {r.in({1, 5, 8, 2})}}}),
            (Shapes{{1, 3, 5, 8}}));
  EXPECT_EQ(r.of("non_maximum_suppression", {{"boxes", {r.in({1, 100, 4})}},
                                             {"scores", {r.in({1, 100, 80})}},
                                             {"max_boxes", {r.b.integer(10)}}}),
            (Shapes{{1, 10, 4}, {1, 10, 80}, {1, 10}, {1}}));
}

TEST(MoreShapeRules, SortingAndScattering) {
  Rule r;
  const TensorId x = r.in({2, 9});
  EXPECT_EQ(r.of("topk", {{"x", {x}}, {"k", {r.b.integer(4)}}}), (Shapes{{2, 4}, {2, 4}}));
  EXPECT_EQ(r.error("topk", {{"x", {x}}, {"k", {r.b.integer(10)}}}),
            "topk 'it': k 10 of 9 elements (expected 1..9)");
  EXPECT_EQ(
      r.of("scatter_nd",
           {{"data", {x}}, {"indices", {r.in({3, 1}, DType::int32)}}, {"updates", {r.in({3, 9})}}}),
      (Shapes{{2, 9}}));
  EXPECT_EQ(
      r.of("gather_along_axis",
           {{"x", {x}}, {"indices", {r.in({2, 4}, DType::int32)}}, {"axis", {r.b.integer(1)}}}),
      (Shapes{{2, 4}}));
  EXPECT_EQ(r.of("fill", {{"shape", {r.b.ints({2, 3})}}, {"value", {r.b.number(1)}}}),
            (Shapes{{2, 3}}));
  EXPECT_EQ(r.error("fill", {{"shape", {r.b.ints({2, 0})}}}),
            "fill 'it': result would have shape [2, 0]");
  EXPECT_EQ(r.error("non_zero", {{"x", {x}}}),
            "non_zero 'it': result shape depends on values of the run");
}

TEST(MoreShapeRules, HugeNumbersAreRefused) {
  Rule r;
  const TensorId x = r.in({2, 9});
  EXPECT_EQ(r.error("tile", {{"x", {x}}, {"reps", {r.b.ints({std::int64_t{1} << 50, 1})}}}),
            "tile 'it': parameter 'reps' has the value 1125899906842624 (expected at most 2^40)");
  const auto large = r.b.ints({std::int64_t{1} << 40, std::int64_t{1} << 40});
  EXPECT_EQ(r.error("fill", {{"shape", {large}}}),
            "fill 'it': shape [1099511627776, 1099511627776] has over 2^63 elements");
}

TEST(Propagation, FoldsShapesThroughArithmetic) {
  // reshape(x, [dim 0 of x, dim 1 of x times 3, -1])
  Builder b("t");
  const TensorId x = b.input("x", {2, 5, 12});
  const TensorId shape = b.op("shape", {{"x", {x}}});
  const TensorId first =
      b.op("slice_by_size", {{"x", {shape}}, {"begin", {b.ints({0})}}, {"size", {b.ints({1})}}});
  const TensorId second = b.op("gather", {{"x", {shape}}, {"indices", {b.ints({1})}}});
  const TensorId tripled = b.op("mul", {{"x", {second}}, {"y", {b.integer(3)}}});
  const TensorId wanted =
      b.op("concat", {{"values", {first, tripled, b.ints({-1})}}, {"axis", {b.integer(0)}}});
  Graph graph = b.finish({});
  Op op;
  op.type = op.name = "reshape";
  op.arguments = {{"x", {x}}, {"shape", {wanted}}};
  Tensor result;
  result.shape = {unknown_dim, unknown_dim, unknown_dim};
  graph.tensors.push_back(result);
  op.outputs = {{static_cast<std::int32_t>(graph.tensors.size() - 1)}};
  graph.ops.push_back(op);
  propagate_shapes(graph);
  EXPECT_EQ(graph.tensors.back().shape, (Shape{2, 15, 4}));
}

TEST(Propagation, SymbolsBindEveryDimensionTheyName) {
  Builder b("t");
  const TensorId x = b.input("x", {unknown_dim, 4});
  const TensorId y = b.input("y", {unknown_dim, 1});
  Graph graph = b.finish({});
  graph.flexible = {{x, 0, "batch"}, {y, 0, "batch"}};
  try {
    require_bound(graph);
    FAIL();
  } catch (const UserError& e) {
    EXPECT_STREQ(e.what(), "2 unknown dimensions of the inputs (expected --dim batch=N)");
  }
  bind_dimensions(graph, {{"batch", 3}});
  require_bound(graph);
  EXPECT_EQ(graph.at(x).shape, (Shape{3, 4}));
  EXPECT_EQ(graph.at(y).shape, (Shape{3, 1}));
}

}  // namespace
}  // namespace anesim::graph
