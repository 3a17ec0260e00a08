// Sums of convolutions: who belongs to one, and that its partial sums stay on the chip.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "models/compiler/lower.h"
#include "models/compiler/passes.h"
#include "tests/models/fixture.h"
#include "traces/graph/builder.h"
#include "traces/workloads/pieces.h"

namespace anesim::compiler {
namespace {

using graph::Builder;
using graph::TensorId;
using ::testing::Each;
using ::testing::ElementsAre;

class Sums : public ::testing::Test {
 protected:
  Builder b{"sums"};
  TensorId x = b.input("x", {1, 32, 64, 64});

  TensorId conv() {
    const std::string name = "part" + std::to_string(++count_);
    return workloads::conv(b, x, b.weight(name + "_w", {512, 32, 1, 1}), std::nullopt, {}, name);
  }
  TensorId add(TensorId left, TensorId right) {
    return b.op("add", {{"x", {left}}, {"y", {right}}}, "sum" + std::to_string(++count_));
  }
  /// Partial results that wait at once, of every layer; 0: no member of a sum.
  std::vector<std::int64_t> live(const std::vector<TensorId>& outputs) {
    const graph::Graph g = b.finish(outputs);
    const auto layers = fuse(g, lower(g, models::chip("m4"), {}));
    std::vector<std::int64_t> list;
    for (const PartialSum& s : find_sums(g, layers, 0, layers.size())) list.push_back(s.live);
    return list;
  }
  /// Bytes written through the tile DMA, by operation, on an M4 (2 MiB of L2; a part has 4 MiB).
  std::map<std::string, std::int64_t> written(const std::vector<TensorId>& outputs) {
    Options o;
    o.engines = 1;
    o.force_engine = true;
    const Program p = compile(b.finish(outputs), models::chip("m4"), o);
    std::map<std::string, std::int64_t> bytes;
    for (const auto& t : p.segments.at(0).engines.at(0))
      bytes[p.ops.at(static_cast<std::size_t>(t.op)).name] += t.write_bytes;
    return bytes;
  }

 private:
  int count_ = 0;
};

constexpr std::int64_t map_bytes = 512 * 64 * 64 * 2;

TEST_F(Sums, ATreeHoldsOneResultALevel) {
  const TensorId one = add(conv(), conv()), two = add(conv(), conv());
  EXPECT_THAT(live({add(one, two)}), ElementsAre(3, 3, 3, 3, 3, 3, 3));
}

TEST_F(Sums, AChainHoldsTwo) {
  TensorId sum = conv();
  for (int i = 0; i < 5; ++i) sum = add(sum, conv());
  EXPECT_THAT(live({sum}), Each(2));
}

TEST_F(Sums, TwoTermsAreNone) { EXPECT_THAT(live({add(conv(), conv())}), Each(0)); }

TEST_F(Sums, OthersReadNoPartialSum) {
  const TensorId shared = add(conv(), conv());
  // The shared sum has two readers, so neither it nor what is above it is a sum of three.
  EXPECT_THAT(live({add(shared, conv()), b.op("relu", {{"x", {shared}}}, "reader")}), Each(0));
}

TEST_F(Sums, ATermThatIsNoConvolutionEndsIt) {
  const TensorId other = b.input("other", {1, 512, 64, 64});
  const TensorId three = add(add(conv(), conv()), conv());
  EXPECT_THAT(live({add(three, other)}), ElementsAre(2, 2, 2, 2, 2, 0));
}

TEST_F(Sums, PartialSumsStayOnTheChip) {
  const TensorId one = add(conv(), conv()), two = add(conv(), conv());
  const auto bytes = written({add(one, two)});
  ASSERT_EQ(bytes.size(), 7U);
  for (const auto& [name, count] : bytes) EXPECT_EQ(count, name == "sum7" ? map_bytes : 0) << name;
}

TEST_F(Sums, ResultsOfTwoTermsAreTooLarge) {
  const TensorId shared = conv();
  const auto bytes = written({add(shared, conv()), b.op("relu", {{"x", {shared}}}, "reader")});
  EXPECT_EQ(bytes.at("part1"), map_bytes);
}

}  // namespace
}  // namespace anesim::compiler
