// Work of operations, with hand-computed numbers.
#include "traces/graph/work.h"

#include <gmock/gmock.h>

#include "traces/graph/builder.h"

namespace anesim::graph {
namespace {

Work last(Builder& b) {
  const Graph graph = b.finish({});
  return work_of(graph, graph.ops.back());
}

TEST(Work, ConvIsResultsTimesDepth) {
  Builder b("t");
  const TensorId x = b.input("x", {1, 64, 32, 32});
  b.op("conv", {{"x", {x}},
                {"weight", {b.weight("w", {128, 64, 3, 3})}},
                {"bias", {b.weight("bias", {128})}},
                {"pad_type", {b.text("same")}}});
  const Work work = last(b);
  EXPECT_EQ(work.macs, 128LL * 32 * 32 * 64 * 9);
  EXPECT_EQ(work.elementwise_ops, 128 * 32 * 32);
  EXPECT_EQ(work.weight_elements, 128 * 64 * 9 + 128);
  EXPECT_EQ(work.weight_bytes, (128 * 64 * 9 + 128) * 2);
  EXPECT_EQ(work.input_bytes, 64 * 32 * 32 * 2);
  EXPECT_EQ(work.output_bytes, 128 * 32 * 32 * 2);
}

TEST(Work, GroupedConvOfRank3And5) {
  Builder b("t");
  const TensorId x = b.input("x", {2, 16, 100});
  b.op("conv", {{"x", {x}}, {"weight", {b.weight("w", {16, 1, 5})}}, {"groups", {b.integer(16)}}});
  EXPECT_EQ(last(b).macs, 2 * 16 * 96 * 5);
  Builder c("t");
  const TensorId y = c.input("y", {1, 4, 8, 8, 8});
  c.op("conv", {{"x", {y}}, {"weight", {c.weight("w", {6, 4, 3, 3, 3})}}});
  EXPECT_EQ(last(c).macs, 6 * 216 * 4 * 27);
}

TEST(Work, ConvTransposeIsInputsTimesSpread) {
  Builder b("t");
  const TensorId x = b.input("x", {1, 64, 32, 32});
  b.op("conv_transpose", {{"x", {x}}, {"weight", {b.weight("w", {64, 32, 4, 4})}}});
  EXPECT_EQ(last(b).macs, 64LL * 32 * 32 * 32 * 16);
}

TEST(Work, Products) {
  Builder b("t");
  const TensorId x = b.input("x", {1, 197, 768});
  b.op("linear", {{"x", {x}}, {"weight", {b.weight("w", {3072, 768})}}});
  EXPECT_EQ(last(b).macs, 197LL * 768 * 3072);
  Builder c("t");
  const TensorId q = c.input("q", {2, 1, 5, 7});
  const TensorId k = c.input("k", {3, 11, 7});
  c.op("matmul", {{"x", {q}}, {"y", {k}}, {"transpose_y", {c.boolean(true)}}});
  EXPECT_EQ(last(c).macs, 2 * 3 * 5 * 11 * 7);
  Builder d("t");
  const TensorId p = d.input("p", {2, 3, 5, 7});
  const TensorId r = d.input("r", {2, 7, 5, 11});
  d.op("einsum", {{"values", {p, r}}, {"equation", {d.text("bchw,bwhu->bchu")}}});
  EXPECT_EQ(last(d).macs, 2 * 3 * 5 * 7 * 11);
}

TEST(Work, AttentionIsTwoProductsAndSoftmax) {
  Builder b("t");
  const TensorId q = b.input("q", {1, 8, 10, 64});
  const TensorId k = b.input("k", {1, 8, 20, 64});
  const TensorId v = b.input("v", {1, 8, 20, 32});
  b.op("scaled_dot_product_attention", {{"query", {q}}, {"key", {k}}, {"value", {v}}});
  const Work work = last(b);
  EXPECT_EQ(work.macs, 8 * 10 * 20 * (64 + 32));
  EXPECT_EQ(work.elementwise_ops, 8 * 10 * 20 * 6);
}

TEST(Work, RecurrentLayersMultiplyEveryStep) {
  Builder b("t");
  const TensorId x = b.input("x", {4, 2, 10});
  const TensorId h = b.input("h", {2, 16});
  const TensorId c = b.input("c", {2, 16});
  b.op_many("lstm", {{"x", {x}},
                     {"initial_h", {h}},
                     {"initial_c", {c}},
                     {"weight_ih", {b.weight("wi", {64, 10})}},
                     {"weight_hh", {b.weight("wh", {64, 16})}}});
  EXPECT_EQ(last(b).macs, 4 * 2 * 64 * (10 + 16));
}

TEST(Work, ReductionsCountTheirInput) {
  Builder b("t");
  const TensorId x = b.input("x", {4, 100});
  b.op("reduce_sum", {{"x", {x}}, {"axes", {b.ints({1})}}});
  EXPECT_EQ(last(b).elementwise_ops, 400);
  Builder c("t");
  const TensorId y = c.input("y", {1, 3, 10, 10});
  c.op("max_pool", {{"x", {y}}, {"kernel_sizes", {c.ints({2, 2})}}, {"strides", {c.ints({2, 2})}}});
  EXPECT_EQ(last(c).elementwise_ops, 3 * 25 * 4);
}

TEST(Work, SharedConstantCountsOnceInTheGraph) {
  Builder b("t");
  const TensorId x = b.input("x", {1, 8});
  const TensorId w = b.weight("w", {8, 8}, {Encoding::palette, DType::fp16, 4, 1.0, 32});
  const TensorId y = b.op("linear", {{"x", {x}}, {"weight", {w}}});
  b.op("linear", {{"x", {y}}, {"weight", {w}}});
  const Graph graph = b.finish({});
  EXPECT_EQ(work_of(graph, graph.ops[1]).weight_bytes, 64);
  EXPECT_EQ(work_of(graph).weight_bytes, 64);
  EXPECT_EQ(work_of(graph).macs, 128);
}

TEST(Work, SameTensorTwiceIsReadOnce) {
  Builder b("t");
  const TensorId x = b.input("x", {10});
  b.op("mul", {{"x", {x}}, {"y", {x}}});
  EXPECT_EQ(last(b).input_bytes, 20);
}

TEST(Work, OverflowIsTheUsersError) {
  Builder b("t");
  const TensorId x = b.input("x", {std::int64_t{1} << 30, std::int64_t{1} << 30});
  b.op("matmul", {{"x", {x}}, {"y", {x}}}, "m");
  try {
    (void)last(b);
    FAIL();
  } catch (const UserError& e) {
    EXPECT_STREQ(e.what(), "matmul 'm': 1152921504606846976 times 1073741824 overflows");
  }
}

}  // namespace
}  // namespace anesim::graph
