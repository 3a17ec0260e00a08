// What Core ML's segmenter believes of an operation: the rules against every published pair.
// Sources: m6-study T5-1 (M4, and the same for H18G) and the EstimatedRuntime attributes of
// ane_study_conv_transpose_annotated.mil, which have all digits.
//
// T5-1 states the shapes of the 3x3 convolution, the matmul and the attention. Inferred are:
// - 1x1, relu, conv_transpose, bilinear: on [1, 64, 32, 32], the map of the 3x3 and of the file.
// The
//   file has relu and conv_transpose with that map and the times of T5-1.
// - softmax, layer_norm: a tensor of 131072 bytes, which is what the map has; half the bytes of the
//   attention, whose shape is stated, take half its time on both units.
// - concat: two tensors that together have the 131072 bytes of the map; then the engine moves bytes
//   at the 100 GB/s that the relu shows.
// Of no rule: the shares of 3x3 and 1x1 (2.25 on the engine, 1.94 on the CPU) and of bilinear and
// conv_transpose (3/8 on the engine) hint at a finer model of Apple's that these pairs cannot fix.
// One pair for a kind says nothing about how the time grows; only the 3x3 is known at two sizes.
#include "models/compiler/estimate.h"

#include <gtest/gtest.h>

#include <utility>

#include "models/compiler/lower.h"
#include "tests/models/fixture.h"
#include "traces/graph/builder.h"

namespace anesim::compiler {
namespace {

using graph::Builder;
using graph::Graph;
using graph::Shape;
using graph::TensorId;
using models::chip;

const Shape map = {1, 64, 32, 32};

struct Pair {
  double engine_us = 0, cpu_us = 0;
};

/// Sums over the layers that the operations become.
Pair believed(const Graph& g, const std::string& device = "m4") {
  const auto d = chip(device);
  Pair sum;
  for (const Layer& l : lower(g, d, {})) {
    sum.engine_us += believed_engine(l, d).value * 1e6;
    sum.cpu_us += believed_cpu(l, d).value * 1e6;
  }
  return sum;
}

void expect_near(const Pair& found, const Pair& published) {
  EXPECT_NEAR(found.engine_us, published.engine_us, 0.003 * published.engine_us);
  EXPECT_NEAR(found.cpu_us, published.cpu_us, 0.003 * published.cpu_us);
}

Graph convolution(std::int64_t kernel, std::int64_t side = 32, std::int64_t groups = 1) {
  Builder b("convolution");
  const TensorId x = b.input("x", {1, 64, side, side});
  const TensorId w = b.weight("w", {64, 64 / groups, kernel, kernel});
  return b.finish({b.op("conv", {{"x", {x}},
                                 {"weight", {w}},
                                 {"groups", {b.integer(groups)}},
                                 {"pad_type", {b.text("same")}}})});
}

Graph unary(const std::string& type, Builder::Arguments more(Builder&) = nullptr) {
  Builder b("unary");
  Builder::Arguments arguments = {{"x", {b.input("x", map)}}};
  if (more)
    for (auto& a : more(b)) arguments.push_back(a);
  return b.finish({b.op(type, arguments)});
}

TEST(Belief, SpatialConvolution) {
  expect_near(believed(convolution(3)), {4.6742807655, 100.0638817526});
  expect_near(believed(convolution(3, 64)), {18.697123062, 400.2555270104});
}

TEST(Belief, SpatialConvolutionByPlatform) {
  // H13G, H17G and H18G; a platform of its own for M2 and M3 is not published.
  for (const auto& [device, us] : {std::pair{"m1", 6.52}, {"m4", 4.67}, {"m5", 8.77}, {"m6", 4.67}})
    EXPECT_NEAR(believed(convolution(3), device).engine_us, us, 0.003 * us) << device;
}

TEST(Belief, PointwiseConvolution) { expect_near(believed(convolution(1)), {1.17, 21.62}); }

TEST(Belief, TransposedConvolution) {
  Builder b("transposed");
  const TensorId x = b.input("x", map), w = b.weight("w", {64, 64, 2, 2});
  const Graph g = b.finish(
      {b.op("conv_transpose", {{"x", {x}}, {"weight", {w}}, {"strides", {b.ints({2, 2})}}})});
  expect_near(believed(g), {8.8271895869, 2125.631574189});
}

TEST(Belief, ProductOfLiveTensors) {
  Builder b("matmul");
  const TensorId x = b.input("x", {128, 256}), y = b.input("y", {256, 128});
  expect_near(believed(b.finish({b.op("matmul", {{"x", {x}}, {"y", {y}}})})), {2.24, 11.12});
}

TEST(Belief, Bilinear) {
  expect_near(
      believed(unary(
          "upsample_bilinear",
          [](Builder& b) -> Builder::Arguments {
            return {{"scale_factor_height", {b.number(2)}}, {"scale_factor_width", {b.number(2)}}};
          })),
      {3.31, 499.64});
}

TEST(Belief, Concat) {
  Builder b("concat");
  const TensorId x = b.input("x", {1, 32, 32, 32}), y = b.input("y", {1, 32, 32, 32});
  expect_near(believed(b.finish({b.op("concat", {{"values", {x, y}}, {"axis", {b.integer(1)}}})})),
              {2.62, 22.79});
}

TEST(Belief, AttentionAsAWhole) {
  Builder b("attention");
  const Shape s = {1, 8, 128, 64};
  const TensorId q = b.input("q", s), k = b.input("k", s), v = b.input("v", s);
  expect_near(believed(b.finish({b.op("scaled_dot_product_attention",
                                      {{"query", {q}}, {"key", {k}}, {"value", {v}}})})),
              {7.18, 8.62});
}

TEST(Belief, SoftmaxAndNorms) {
  expect_near(believed(unary("softmax",
                             [](Builder& b) -> Builder::Arguments {
                               return {{"axis", {b.integer(-1)}}};
                             })),
              {3.59, 4.31});
  expect_near(believed(unary("layer_norm",
                             [](Builder& b) -> Builder::Arguments {
                               return {{"axes", {b.ints({-1})}}};
                             })),
              {3.59, 4.31});
}

TEST(Belief, ElementwiseIsATie) {
  const Pair relu = believed(unary("relu"));
  EXPECT_NEAR(relu.engine_us, 2.62144, 1e-6);
  EXPECT_DOUBLE_EQ(relu.engine_us, relu.cpu_us);
}

// Without a published pair.

TEST(Belief, ProductsWithConstantsAreBoundByTheirWeights) {
  Builder b("linear");
  const TensorId x = b.input("x", {1, 2048}), w = b.weight("w", {2048, 2048});
  const Pair t = believed(b.finish({b.op("linear", {{"x", {x}}, {"weight", {w}}})}));
  EXPECT_NEAR(t.cpu_us, (2.0 * 2048 * 2048 + 2 * 4096) / 100e9 * 1e6, 0.01);
  EXPECT_NEAR(t.engine_us, 2.0 * 2048 * 2048 / 167.4e9 * 1e6, 0.01);
}

TEST(Belief, PatchesAreTheConvolutionTheyWere) {
  Builder b("patches");
  const TensorId x = b.input("x", {1, 16, 64, 64}), w = b.weight("w", {64, 16, 2, 2});
  const Graph g =
      b.finish({b.op("conv", {{"x", {x}}, {"weight", {w}}, {"strides", {b.ints({2, 2})}}})});
  EXPECT_NEAR(believed(g).cpu_us, 2.0 * 64 * 64 * 1024 / 754.5e9 * 1e6, 0.01);
}

TEST(Belief, GroupsCountByTheirWork) {
  const double flops = 2.0 * 64 * 9 * 1024;
  const Pair t = believed(convolution(3, 32, 64));
  EXPECT_NEAR(t.engine_us, flops / 16.15e12 * 1e6, 1e-3);
  EXPECT_NEAR(t.cpu_us, (2.0 * 131072 + 2 * 576) / 100e9 * 1e6, 1e-3);  // bound by its bytes
}

// A product of little arithmetic moves its operands as the attention does: a decoder's keys and
// values stay on the engine, as clpeak-m1pro's compute plans show (8192 positions, 16 heads).
TEST(Belief, ProductsOfLiveTensorsAreBoundByTheirBytes) {
  Builder b("scores");
  const TensorId q = b.input("q", {1, 16, 1, 128}), k = b.input("k", {1, 16, 128, 8192});
  const Pair t = believed(b.finish({b.op("matmul", {{"x", {q}}, {"y", {k}}})}));
  const double bytes = 2.0 * 16 * (128 + 128 * 8192 + 8192);
  EXPECT_NEAR(t.engine_us, bytes / 73e9 * 1e6, 0.01);
  EXPECT_NEAR(t.cpu_us, bytes / 60.82e9 * 1e6, 0.01);
}

}  // namespace
}  // namespace anesim::compiler
