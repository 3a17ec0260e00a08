// Bytes through memory of results that lie beside others, have several names or readers: what is
// read was written, and written once.
#include <gtest/gtest.h>

#include <map>

#include "models/compiler/compile.h"
#include "tests/models/fixture.h"
#include "traces/graph/builder.h"
#include "traces/workloads/pieces.h"

namespace anesim::compiler {
namespace {

using graph::Builder;
using graph::TensorId;

struct Moved {
  double read = 0, written = 0;
};

class JoinedMemory : public ::testing::Test {
 protected:
  Builder b{"joined"};

  TensorId conv(const char* name, TensorId x, std::int64_t out, std::int64_t kernel = 1) {
    const auto w = b.weight(std::string(name) + "_w", {out, b.shape(x)[1], kernel, kernel});
    return workloads::conv(b, x, w, std::nullopt, {}, name);
  }
  TensorId concat(const std::vector<TensorId>& parts) {
    return b.op("concat",
                {{"values", parts}, {"axis", {b.integer(1)}}, {"interleave", {b.boolean(false)}}});
  }
  /// By operation, on one engine of an M4 (2 MiB of L2).
  std::map<std::string, Moved> moved(const std::vector<TensorId>& results) {
    Options o;
    o.engines = 1;
    o.force_engine = true;
    const Program p = compile(b.finish(results), models::chip("m4"), o);
    std::map<std::string, Moved> by_op;
    for (const auto& t : p.segments.at(0).engines.at(0)) {
      Moved& m = by_op[p.ops.at(static_cast<std::size_t>(t.op)).name];
      m.read += static_cast<double>(t.read_bytes);
      m.written += static_cast<double>(t.write_bytes);
    }
    return by_op;
  }
};

constexpr double map_256 = 128.0 * 256 * 256 * 2;  // bytes

TEST_F(JoinedMemory, APartOfAnotherRegionGoesThroughMemory) {
  const TensorId x = b.input("x", {1, 128, 256, 256});
  const TensorId a = conv("a", x, 128);
  TensorId h = conv("h0", x, 128);
  for (const char* name : {"h1", "h2", "h3"}) h = conv(name, h, 128, 3);
  auto m = moved({conv("out", concat({a, h}), 128, 3)});
  EXPECT_EQ(m["a"].written, map_256);
  EXPECT_GE(m["out"].read, map_256);
  EXPECT_EQ(m["out"].written, map_256);
}

TEST_F(JoinedMemory, AResultWithSeveralReasonsIsWrittenOnce) {
  const TensorId x = b.input("x", {1, 128, 256, 256});
  const TensorId a = conv("a", x, 128);
  TensorId h = conv("h0", x, 128);
  for (const char* name : {"h1", "h2", "h3"}) h = conv(name, h, 128, 3);
  auto m = moved({conv("out", concat({a, h}), 128, 3), a, b.op("relu", {{"x", {a}}}, "late")});
  EXPECT_EQ(m["a"].written, map_256);
}

/// Two 64-channel results beside each other wait while others fill L2.
TEST_F(JoinedMemory, PartsThatGiveWayAreReadAgain) {
  const TensorId x = b.input("x", {1, 64, 64, 64});
  const TensorId c = concat({conv("a", x, 64), conv("b", x, 64)});
  TensorId h = conv("h1", c, 256);
  h = conv("h2", h, 256);
  h = conv("h3", h, 128);
  auto m = moved({b.op("add", {{"x", {h}}, {"y", {c}}}, "sum")});
  constexpr double part = 64.0 * 64 * 64 * 2;
  EXPECT_EQ(m["a"].written, part);
  EXPECT_EQ(m["b"].written, part);
  EXPECT_EQ(m["sum"].read, 2 * part);
}

/// The same under another name: a view has no place of its own.
TEST_F(JoinedMemory, ARenamedResultThatGivesWayIsReadAgain) {
  const TensorId x = b.input("x", {1, 64, 64, 64});
  const TensorId c = conv("a", x, 128);
  TensorId h = conv("h1", c, 256);
  h = conv("h2", h, 256);
  h = conv("h3", h, 128);
  const auto flat = [&](TensorId t) {
    return b.op("reshape", {{"x", {t}}, {"shape", {b.ints({1, 128, 32, 128})}}});
  };
  auto m = moved({b.op("add", {{"x", {flat(h)}}, {"y", {flat(c)}}}, "sum")});
  EXPECT_EQ(m["a"].written, 128.0 * 64 * 64 * 2);
  EXPECT_EQ(m["sum"].read, m["a"].written);
}

TEST_F(JoinedMemory, APieceOfAnInputIsReadByItsSize) {
  const TensorId x = b.input("x", {1, 64, 64, 64});
  const auto piece = [&](std::int64_t from) {
    return b.op(
        "slice_by_size",
        {{"x", {x}}, {"begin", {b.ints({0, from, 0, 0})}}, {"size", {b.ints({1, 16, 64, 64})}}});
  };
  auto m = moved({conv("a", piece(0), 64), conv("b", piece(16), 64)});
  EXPECT_EQ(m["a"].read, 16.0 * 64 * 64 * 2);
  EXPECT_EQ(m["b"].read, 16.0 * 64 * 64 * 2);
}

/// Bytes that the last addition reads again because its operands and result exceed L2.
double overflow(Builder& b, TensorId sum) {
  Options o;
  o.engines = 1;
  o.force_engine = true;
  const Program p = compile(b.finish({sum}), models::chip("m4"), o);
  double bytes = 0;
  for (const auto& t : p.segments.at(0).engines.at(0)) bytes += t.overflow_bytes;
  return bytes;
}

// m6-study 2.8: two operands and a result beyond L2.
TEST_F(JoinedMemory, AnAdditionReadsAnOperandAgain) {
  const double map = 128.0 * 56 * 56 * 2;  // bytes; three of them exceed 2 MiB, two do not
  const TensorId x = b.input("x", {1, 32, 56, 56});
  const auto add = [&](TensorId left, TensorId right) {
    return b.op("add", {{"x", {left}}, {"y", {right}}}, "sum");
  };
  const TensorId left = conv("left", x, 128), right = conv("right", x, 128);
  EXPECT_DOUBLE_EQ(overflow(b, add(left, right)), map);
}

TEST_F(JoinedMemory, AnAdditionOfBytesFits) {
  const TensorId x = b.input("x", {1, 32, 56, 56});
  const auto small = [&](const char* name, std::int64_t channels) {
    return workloads::quantize_pair(b, conv(name, x, channels), std::string(name) + "_q");
  };
  const TensorId left = small("left", 128), right = small("right", 128);
  EXPECT_DOUBLE_EQ(overflow(b, b.op("add", {{"x", {left}}, {"y", {right}}}, "sum")), 0);
}

}  // namespace
}  // namespace anesim::compiler
