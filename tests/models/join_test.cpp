// Concatenations without a task of their own: which qualify, and which remain a task of the DMA.
#include <gtest/gtest.h>

#include "models/compiler/passes.h"
#include "tests/models/fixture.h"
#include "traces/graph/builder.h"
#include "traces/workloads/pieces.h"

namespace anesim::compiler {
namespace {

using graph::Builder;
using graph::TensorId;

class Join : public ::testing::Test {
 protected:
  Builder b{"join"};
  TensorId x = b.input("x", {1, 32, 8, 8});

  TensorId conv(TensorId from, std::int64_t out) {
    const std::string name = "w" + std::to_string(++count_);
    return workloads::conv(b, from, b.weight(name, {out, 32, 1, 1}), std::nullopt, {}, name);
  }
  TensorId concat(const std::vector<TensorId>& parts, std::int64_t axis = 1) {
    ++concats_;
    return b.op(
        "concat",
        {{"values", parts}, {"axis", {b.integer(axis)}}, {"interleave", {b.boolean(false)}}});
  }
  /// Tasks of the DMA in the program, and what the concatenations are said to cost.
  std::size_t dma_tasks(const std::vector<TensorId>& outputs) {
    Options o;
    o.engines = 1;
    o.force_engine = true;
    const Program p = compile(b.finish(outputs), models::m6(), o);
    std::size_t n = 0;
    for (const auto& t : p.segments.at(0).engines.at(0)) n += t.unit == Unit::dma;
    std::size_t said = 0;
    for (const auto& op : p.ops) said += op.reason.ends_with("side by side");
    EXPECT_EQ(said, concats_ - n);
    return n;
  }

 private:
  int count_ = 0;
  std::size_t concats_ = 0;
};

TEST_F(Join, ResultsOfTheEngineOverChannels) {
  EXPECT_EQ(dma_tasks({concat({conv(x, 16), conv(x, 48)})}), 0U);
}

TEST_F(Join, WhatAViewRenamedIsStillAResult) {
  const TensorId r = b.op("reshape", {{"x", {conv(x, 16)}}, {"shape", {b.ints({1, 64, 4, 4})}}});
  const TensorId s = b.op("reshape", {{"x", {conv(x, 16)}}, {"shape", {b.ints({1, 64, 4, 4})}}});
  EXPECT_EQ(dma_tasks({concat({r, s})}), 0U);
}

TEST_F(Join, JoinedBlocksJoinAgain) {
  EXPECT_EQ(dma_tasks({concat({concat({conv(x, 16), conv(x, 16)}), conv(x, 16)})}), 0U);
}

TEST_F(Join, AnInputHasToBeMoved) { EXPECT_EQ(dma_tasks({concat({conv(x, 32), x})}), 1U); }

TEST_F(Join, AConstantHasToBeMoved) {
  EXPECT_EQ(dma_tasks({concat({conv(x, 32), b.weight("c", {1, 8, 8, 8})})}), 1U);
}

TEST_F(Join, APieceOfAResultHasToBeMoved) {
  const TensorId y = conv(x, 64);
  const TensorId piece =
      b.op("slice_by_size",
           {{"x", {y}}, {"begin", {b.ints({0, 0, 0, 0})}}, {"size", {b.ints({1, 16, 8, 8})}}});
  EXPECT_EQ(dma_tasks({concat({piece, conv(x, 16)})}), 1U);
}

TEST_F(Join, ATensorLiesInOnePlace) {
  const TensorId y = conv(x, 32);
  EXPECT_EQ(dma_tasks({concat({y, y})}), 1U);
}

TEST_F(Join, ASecondUseIsACopy) {
  const TensorId y = conv(x, 32), z = conv(x, 32);
  EXPECT_EQ(dma_tasks({concat({y, z}), concat({z, y})}), 1U);
}

TEST_F(Join, AResultOfTheProgramHasAPlaceOfItsOwn) {
  const TensorId y = conv(x, 32);
  EXPECT_EQ(dma_tasks({concat({y, conv(x, 32)}), y}), 1U);
}

TEST_F(Join, RowsOfTwoMapsInterleave) {
  EXPECT_EQ(dma_tasks({concat({conv(x, 32), conv(x, 32)}, 2)}), 1U);
}

TEST(JoinShapes, AxesOfSizeOneBeforeTheAxisDoNotMatter) {
  Builder b("one");
  const TensorId x = b.input("x", {1, 1, 8, 8});
  const auto half = [&](const char* name) {
    return workloads::conv(b, x, b.weight(name, {1, 1, 1, 1}), std::nullopt, {}, name);
  };
  const TensorId y = half("a"), z = half("b");
  Options o;
  o.engines = 1;
  o.force_engine = true;
  const Program p = compile(
      b.finish({b.op("concat", {{"values", {y, z}}, {"axis", {b.integer(-2)}}})}), models::m6(), o);
  for (const auto& t : p.segments.at(0).engines.at(0)) EXPECT_NE(t.unit, Unit::dma);
}

}  // namespace
}  // namespace anesim::compiler
