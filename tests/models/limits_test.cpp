// Sums that would wrap are refused by the name of the operation.
#include "models/compiler/limits.h"

#include <gmock/gmock.h>

#include "tests/models/fixture.h"
#include "traces/graph/builder.h"

namespace anesim::models {
namespace {

using testing::HasSubstr;

std::string error_of(const graph::Graph& g, const compiler::Options& options = {}) {
  try {
    (void)compiler::compile(g, m6(), options);
  } catch (const UserError& e) {
    return e.what();
  }
  return "accepted";
}

TEST(Limits, WeightsStreamedOverAndOver) {
  EXPECT_THAT(error_of(workload("conv_chain,in_channels=4294967295,out_channels=256,kernel=3x3,"
                                "height=32,width=32")),
              HasSubstr("conv 'conv_0': "));
}

TEST(Limits, BytesOfOneTensor) {
  graph::Builder b("net");
  const auto x = b.input("x", {1 << 20, 1 << 20, 1 << 16, 1});
  const graph::Graph g = b.finish({b.op("relu", {{"x", {x}}}, "r")});
  EXPECT_THAT(error_of(g), HasSubstr("relu 'r': tensor 'x' of shape [1048576, 1048576, 65536, 1] "
                                     "has 1.44e+17 bytes (expected up to 2^53)"));
}

TEST(Limits, MacsOfAllOperations) {
  graph::Builder b("net");
  const std::int64_t n = std::int64_t{1} << 20;
  auto x = b.input("x", {n, n});
  const auto w = b.weight("w", {n, n});
  x = b.op("linear", {{"x", {x}}, {"weight", {w}}}, "first");  // 2^60
  x = b.op("linear", {{"x", {x}}, {"weight", {w}}}, "second");
  EXPECT_THAT(error_of(b.finish({x})),
              HasSubstr("linear 'second': multiply-accumulates up to here pass 2^60"));
}

TEST(Limits, DescriptorsOfAProgram) {
  graph::Builder b("net");
  const auto x = b.input("x", {1, 1 << 10, 1 << 20, 1 << 20});
  EXPECT_THAT(error_of(b.finish({b.op("relu", {{"x", {x}}}, "r")}), on_engines(1).compiler),
              HasSubstr("relu 'r': its activations need "));
}

TEST(Limits, WhatFitsIsCounted) {
  const auto g = workload("matmul,m=4096,k=4096,n=4096");
  EXPECT_EQ(compiler::checked_work(g).macs, std::int64_t{4096} * 4096 * 4096);
  EXPECT_EQ(error_of(g), "accepted");
}

}  // namespace
}  // namespace anesim::models
