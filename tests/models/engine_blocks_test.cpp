// Serial units, DMA engines and the meeting point of two engines: exact times.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "models/clock.h"
#include "models/context.h"
#include "models/engine/dma.h"
#include "models/engine/exchange.h"
#include "models/engine/l2.h"
#include "models/engine/serial_unit.h"
#include "sim/core/error.h"

namespace anesim::models {
namespace {

using sc_core::sc_time_stamp;
using ::testing::ElementsAre;
using ::testing::Pair;

sc_core::sc_time ns(double t) { return to_sc_time(Seconds(t * 1e-9)); }

/// Tags in the order of their completion, with the time in picoseconds.
class Log : public Completion {
 public:
  void completed(int tag) override {
    entries.emplace_back(tag, static_cast<std::int64_t>(sc_time_stamp().value()));
  }
  std::vector<std::pair<int, std::int64_t>> entries;
};

struct SerialUnitTest : testing::Test {
  FreshContext context;
  Recorder recorder{true};
  Log log;
};

TEST_F(SerialUnitTest, ReadyOnTimeAndNotBefore) {
  SerialUnit unit("unit", recorder, "unit");
  EXPECT_FALSE(unit.busy());
  unit.start(ns(100), 3, &log, 7);
  EXPECT_TRUE(unit.busy());
  sc_core::sc_start(to_sc_time(Picoseconds(99'999)));
  EXPECT_TRUE(log.entries.empty());
  EXPECT_TRUE(unit.busy());
  sc_core::sc_start(to_sc_time(Picoseconds(2)));  // a run stops before the events of its end
  EXPECT_THAT(log.entries, ElementsAre(Pair(7, 100'000)));
  EXPECT_FALSE(unit.busy());
  unit.start(ns(50), 3, &log, 8);
  sc_core::sc_start();
  EXPECT_THAT(log.entries, ElementsAre(Pair(7, 100'000), Pair(8, 150'001)));
  EXPECT_EQ(unit.statistics().pieces, 2);
  EXPECT_DOUBLE_EQ(unit.statistics().busy_s, 150e-9);
  ASSERT_EQ(recorder.slices.size(), 2u);
  EXPECT_EQ(recorder.slices[1].start_ps, 100'001);
  EXPECT_EQ(recorder.slices[1].end_ps, 150'001);
  EXPECT_EQ(recorder.slices[1].label, 3);
}

TEST_F(SerialUnitTest, RefusesWorkWhileBusy) {
  SerialUnit unit("unit", recorder, "unit");
  unit.start(ns(100), 0, &log, 1);
  EXPECT_THROW(unit.start(ns(100), 0, &log, 2), InternalError);
}

TEST_F(SerialUnitTest, FollowersCountWithoutAnEvent) {
  SerialUnit unit("unit", recorder, "unit");
  unit.follow(ns(100), 0);
  EXPECT_FALSE(unit.busy());
  sc_core::sc_start(ns(200));
  EXPECT_TRUE(log.entries.empty());
  EXPECT_DOUBLE_EQ(unit.statistics().busy_s, 100e-9);
}

/// A transfer that passes nothing but the port.
Transfer within(double bytes) {
  Transfer t;
  t.bytes = bytes;
  t.memory = false;
  return t;
}

struct DmaTest : testing::Test {
  FreshContext context;
  spec::MemorySpec memory;
  Recorder recorder{true};
  Fabric fabric{"fabric", memory, recorder};
  PortId port = fabric.add_port("port", BytesPerSecond(1e9));
  Log log;
  enum { head, tail };
};

TEST_F(DmaTest, HeadThenTail) {
  Dma dma("dma", fabric, port, recorder, "dma");
  dma.start(within(1000), 0.25, 0, &log, head, tail);
  EXPECT_TRUE(dma.busy());
  sc_core::sc_start();
  EXPECT_THAT(log.entries, ElementsAre(Pair(head, 250'000), Pair(tail, 1'000'000)));
  EXPECT_FALSE(dma.busy());
  EXPECT_DOUBLE_EQ(dma.statistics().busy_s, 1e-6);
  EXPECT_EQ(dma.statistics().bytes, 1000);
  EXPECT_EQ(dma.statistics().transfers, 1);
  ASSERT_EQ(recorder.slices.size(), 1u);
  EXPECT_EQ(recorder.slices[0].end_ps, 1'000'000);
}

TEST_F(DmaTest, OnePieceIsHeadAndTail) {
  Dma dma("dma", fabric, port, recorder, "dma");
  dma.start(within(1000), 1, 0, &log, head, tail);
  sc_core::sc_start();
  EXPECT_THAT(log.entries, ElementsAre(Pair(head, 1'000'000), Pair(tail, 1'000'000)));
}

TEST_F(DmaTest, TwoShareALink) {
  Dma a("a", fabric, port, recorder, "a"), b("b", fabric, port, recorder, "b");
  Log other;
  a.start(within(1000), 0.5, 0, &log, head, tail);
  b.start(within(500), 0.5, 0, &other, head, tail);
  sc_core::sc_start();
  // b: 250 B at half rate, again 250 B: 1000 ns; a: 500 B by then, the rest alone.
  EXPECT_THAT(other.entries, ElementsAre(Pair(head, 500'000), Pair(tail, 1'000'000)));
  EXPECT_THAT(log.entries, ElementsAre(Pair(head, 1'000'000), Pair(tail, 1'500'000)));
}

TEST_F(DmaTest, RefusesASecondTransfer) {
  Dma dma("dma", fabric, port, recorder, "dma");
  dma.start(within(1000), 1, 0, &log, head, tail);
  EXPECT_THROW(dma.start(within(1), 1, 0, &log, head, tail), InternalError);
}

struct L2Test : testing::Test {
  FreshContext context;
  Recorder recorder{true};
  Log log;
  L2 l2{"l2", recorder, "L2"};
  enum { first, all };
};

TEST_F(L2Test, FirstThenAll) {
  l2.start(ns(12), ns(100), true, 3, &log, first, all);
  EXPECT_TRUE(l2.busy());
  sc_core::sc_start(to_sc_time(Picoseconds(111'999)));
  EXPECT_THAT(log.entries, ElementsAre(Pair(first, 12'000)));
  EXPECT_TRUE(l2.busy());
  sc_core::sc_start();
  EXPECT_THAT(log.entries, ElementsAre(Pair(first, 12'000), Pair(all, 112'000)));
  EXPECT_FALSE(l2.busy());
  EXPECT_DOUBLE_EQ(l2.statistics().busy_s, 112e-9);
  EXPECT_EQ(l2.statistics().transfers, 1);
  ASSERT_EQ(recorder.slices.size(), 1u);
  EXPECT_EQ(recorder.slices[0].end_ps, 112'000);
  EXPECT_EQ(recorder.slices[0].label, 3);
}

TEST_F(L2Test, NobodyWaitsForItsEnd) {
  l2.start(ns(12), ns(100), false, 0, &log, first, all);
  sc_core::sc_start(ns(50));
  EXPECT_TRUE(l2.busy());
  EXPECT_THROW(l2.start(ns(1), ns(1), false, 0, &log, first, all), InternalError);
  sc_core::sc_start(ns(62));
  EXPECT_FALSE(l2.busy());
  EXPECT_THAT(log.entries, ElementsAre(Pair(first, 12'000)));
}

TEST_F(L2Test, NothingExposed) {
  l2.start(ns(0), ns(100), true, 0, &log, first, all);
  sc_core::sc_start();
  EXPECT_THAT(log.entries, ElementsAre(Pair(first, 0), Pair(all, 100'000)));
}

struct ExchangeTest : testing::Test {
  ExchangeTest() {
    spec.sync = Seconds(100e-9);
    spec.halo = Seconds(2600e-9);
    spec.merge = Seconds(800e-9);
  }
  FreshContext context;
  spec::DualSpec spec;
  Log log;
};

TEST_F(ExchangeTest, WaitsForTheLaterEngine) {
  Exchange exchange("exchange", spec, 2);
  exchange.arrive(1, compiler::Meeting::merge, &log, 11);
  sc_core::sc_start(ns(300));
  EXPECT_TRUE(log.entries.empty());
  exchange.arrive(0, compiler::Meeting::merge, &log, 10);
  sc_core::sc_start();
  // 300 + 800 ns, the first engine before the second whoever came first.
  EXPECT_THAT(log.entries, ElementsAre(Pair(10, 1'100'000), Pair(11, 1'100'000)));
  EXPECT_DOUBLE_EQ(exchange.waited_s(), 300e-9);
  EXPECT_EQ(exchange.meetings(), 1);
}

TEST_F(ExchangeTest, LatencyByKind) {
  for (const auto& [kind, ps] : {std::pair{compiler::Meeting::sync, 100'000},
                                 {compiler::Meeting::halo, 2'600'000},
                                 {compiler::Meeting::merge, 800'000},
                                 {compiler::Meeting::none, 0}}) {
    const FreshContext own;
    Exchange exchange("exchange", spec, 2);
    Log mine;
    exchange.arrive(0, kind, &mine, 0);
    exchange.arrive(1, kind, &mine, 1);
    sc_core::sc_start();
    EXPECT_THAT(mine.entries, ElementsAre(Pair(0, ps), Pair(1, ps)));
  }
}

TEST_F(ExchangeTest, MeetsAgain) {
  Exchange exchange("exchange", spec, 2);
  for (int round = 0; round < 3; ++round) {
    exchange.arrive(0, compiler::Meeting::sync, &log, 0);
    exchange.arrive(1, compiler::Meeting::sync, &log, 1);
    sc_core::sc_start();
  }
  EXPECT_EQ(exchange.meetings(), 3);
  EXPECT_EQ(log.entries.back().second, 300'000);
}

}  // namespace
}  // namespace anesim::models
