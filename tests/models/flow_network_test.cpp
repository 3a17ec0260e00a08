// The network of shared links: finish times worked out by hand, to the picosecond.
#include "models/memory/flow_network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <random>

#include "models/clock.h"
#include "models/context.h"
#include "sim/core/error.h"

namespace anesim::models {
namespace {

using sc_core::sc_time_stamp;

/// Calls functions at given times, so that flows can start late.
class Script : public sc_core::sc_module {
 public:
  explicit Script(sc_core::sc_module_name name) : sc_module(name) {
    SC_HAS_PROCESS(Script);
    SC_THREAD(play);
  }
  void at(double ns, std::function<void()> what) { steps_[ns] = std::move(what); }

 private:
  void play() {
    for (auto& [ns, what] : steps_) {
      const auto when = to_sc_time(Seconds(ns * 1e-9));
      if (when > sc_time_stamp()) wait(when - sc_time_stamp());
      what();
    }
  }
  std::map<double, std::function<void()>> steps_;
};

class FlowNetworkTest : public testing::Test, protected Completion {
 protected:
  FlowNetworkTest() : network(std::make_unique<FlowNetwork>("network")) {}
  ~FlowNetworkTest() override { network.reset(); }

  LinkId link(double gigabytes) {
    return network->add_link("link", BytesPerSecond(gigabytes * 1e9));
  }
  /// Runs to the end; nanoseconds at which each tag was completed.
  const std::map<int, double>& finish() {
    sc_core::sc_start();
    return done;
  }
  void completed(int tag) override {
    EXPECT_EQ(done.count(tag), 0u) << "completed twice";
    done[tag] = static_cast<double>(sc_time_stamp().value()) * 1e-3;
    order.push_back(tag);
  }
  BytesPerSecond gb(double rate) { return BytesPerSecond(rate * 1e9); }

  static constexpr double ps = 1e-3 + 1e-9;  ///< rounding to whole picoseconds, in ns

  FreshContext context;
  std::unique_ptr<FlowNetwork> network;
  std::map<int, double> done;
  std::vector<int> order;
};

struct Demand {
  Path path;
  double limit = 1e18;
  double rate = -1;
  bool held = false;
};

/// Rates of these flows over links of 6 and 10.
std::vector<Demand> shared(std::vector<Demand> flows, int watched = -1) {
  FairScratch scratch;
  const double capacity[]{6, 10};
  share_fairly(std::span<Demand>(flows), capacity, watched, scratch);
  return flows;
}

TEST(FairShare, ByHand) {
  const LinkId a{0}, b{1};
  EXPECT_TRUE(shared({}).empty());
  EXPECT_DOUBLE_EQ(shared({{{{a, 1}, {b, 1}}}})[0].rate, 6);
  EXPECT_DOUBLE_EQ(shared({{{{a, 2}}}})[0].rate, 3);
  // Two on a get 3 each; what is left of b is the third's.
  const auto three = shared({{{{a, 1}}}, {{{a, 1}, {b, 1}}}, {{{b, 1}}}}, 1);
  EXPECT_DOUBLE_EQ(three[0].rate, 3);
  EXPECT_DOUBLE_EQ(three[1].rate, 3);
  EXPECT_DOUBLE_EQ(three[2].rate, 7);
  EXPECT_FALSE(three[1].held);
  EXPECT_TRUE(three[2].held);
  // One that wants less than its share leaves the rest; one that rests takes nothing.
  const auto modest = shared({{{{a, 1}}, 1}, {{{a, 1}}}, {{{a, 1}}, 0}});
  EXPECT_DOUBLE_EQ(modest[0].rate, 1);
  EXPECT_DOUBLE_EQ(modest[1].rate, 5);
  EXPECT_DOUBLE_EQ(modest[2].rate, 0);
  // A full link of which a flow takes nothing does not stop it.
  const auto beside = shared({{{{a, 1}}}, {{{a, 0}, {b, 1}}}});
  EXPECT_DOUBLE_EQ(beside[0].rate, 6);
  EXPECT_DOUBLE_EQ(beside[1].rate, 10);
}

TEST_F(FlowNetworkTest, OneFlow) {
  network->start({{link(2), 1}}, 1000, this, 1);
  sc_core::sc_start(to_sc_time(Picoseconds(499'999)));
  EXPECT_TRUE(done.empty());  // a picosecond early: not there
  finish();
  EXPECT_NEAR(done[1], 500, ps);
}

TEST_F(FlowNetworkTest, SlowestLinkOfTheWay) {
  network->start({{link(8), 1}, {link(2), 1}, {link(4), 1}}, 1000, this, 1);
  finish();
  EXPECT_NEAR(done[1], 500, ps);
}

TEST_F(FlowNetworkTest, TwoFlowsShareThenOneIsAlone) {
  const auto l = link(1);
  network->start({{l, 1}}, 1000, this, 1);
  network->start({{l, 1}}, 500, this, 2);
  finish();
  EXPECT_NEAR(done[2], 1000, ps);  // 500 B at half the rate
  EXPECT_NEAR(done[1], 1500, ps);  // 500 B left, alone
}

TEST_F(FlowNetworkTest, EqualFlowsFinishTogetherInStartOrder) {
  const auto l = link(3);
  for (int i = 0; i < 3; ++i) network->start({{l, 1}}, 1000, this, i);
  finish();
  for (int i = 0; i < 3; ++i) EXPECT_NEAR(done[i], 1000, ps);
  EXPECT_THAT(order, testing::ElementsAre(0, 1, 2));
}

TEST_F(FlowNetworkTest, ThreeFlowsWithACap) {
  const auto l = link(6);
  network->start({{l, 1}}, 1000, this, 1, gb(1));  // never above 1
  network->start({{l, 1}}, 5000, this, 2);         // 2.5, later 3
  network->start({{l, 1}}, 8500, this, 3);
  finish();
  EXPECT_NEAR(done[1], 1000, ps);
  // 2500 B left at 3 B/ns; then the third has 8500 - 2500 - 2500 = 3500 B left at 6 B/ns.
  EXPECT_NEAR(done[2], 1000 + 2500 / 3.0, ps);
  EXPECT_NEAR(done[3], 1000 + 2500 / 3.0 + 3500 / 6.0, 2 * ps);
}

TEST_F(FlowNetworkTest, MaxMinOverTwoLinks) {
  const auto narrow = link(1), wide = link(10);
  network->start({{narrow, 1}, {wide, 1}}, 1000, this, 1);  // 1 B/ns
  network->start({{wide, 1}}, 9000, this, 2);               // the other 9
  finish();
  EXPECT_NEAR(done[1], 1000, ps);
  EXPECT_NEAR(done[2], 1000, ps);
}

TEST_F(FlowNetworkTest, AWeightTakesMoreOfTheLink) {
  const auto l = link(2);
  network->start({{l, 2}}, 1000, this, 1);
  finish();
  EXPECT_NEAR(done[1], 1000, ps);
}

TEST_F(FlowNetworkTest, WeightedBesidePlain) {
  const auto l = link(3);
  network->start({{l, 2}}, 1000, this, 1);  // both at 1 B/ns: 2 + 1 = 3
  network->start({{l, 1}}, 4000, this, 2);
  finish();
  EXPECT_NEAR(done[1], 1000, ps);
  EXPECT_NEAR(done[2], 2000, ps);  // 3000 B left at 3 B/ns
}

TEST_F(FlowNetworkTest, AFractionalWeightIsFaster) {
  const auto l = link(1);
  network->start({{l, 0.5}}, 1000, this, 1);
  finish();
  EXPECT_NEAR(done[1], 500, ps);
}

TEST_F(FlowNetworkTest, LateStart) {
  const auto l = link(1);
  Script script("script");
  script.at(0, [&] { network->start({{l, 1}}, 1000, this, 1); });
  script.at(500, [&] { network->start({{l, 1}}, 1000, this, 2); });
  script.at(5000, [&] { network->start({{l, 1}}, 100, this, 3); });
  finish();
  EXPECT_NEAR(done[1], 1500, ps);  // 500 alone, 500 B at half the rate
  EXPECT_NEAR(done[2], 2000, ps);
  EXPECT_NEAR(done[3], 5100, ps);  // after a pause nothing is left behind
}

TEST_F(FlowNetworkTest, ASlowedFlowIsNotCompletedAtItsOldTime) {
  const auto l = link(1);
  Script script("script");
  script.at(0, [&] { network->start({{l, 1}}, 1000, this, 1); });
  script.at(999, [&] {
    for (int i = 2; i < 11; ++i) network->start({{l, 1}}, 1000, this, i);
  });
  finish();
  EXPECT_NEAR(done[1], 999 + 10, ps);  // one byte at a tenth
  EXPECT_NEAR(done[2], 10000, 2 * ps);
}

TEST_F(FlowNetworkTest, ZeroBytesArriveAtOnce) {
  const auto l = link(1);
  network->start({{l, 1}}, 0, this, 1);
  network->start({{l, 1}}, 1000, this, 2);
  finish();
  EXPECT_EQ(done[1], 0);
  EXPECT_NEAR(done[2], 1000, ps);
}

TEST_F(FlowNetworkTest, HeadIsReportedOnItsWay) {
  const auto l = link(1);
  network->start({{l, 1}}, 1000, 250, this, 1, 2);
  network->start({{l, 1}}, 1000, 1000, this, 3, 4);  // the head is everything
  finish();
  EXPECT_NEAR(done[1], 500, ps);  // 250 B at half the rate
  EXPECT_NEAR(done[2], 2000, ps);
  EXPECT_NEAR(done[3], 2000, ps);
  EXPECT_THAT(order, testing::ElementsAre(1, 3, 2, 4));
  EXPECT_NEAR(network->statistics()[0].bytes, 2000, 1e-9);  // a head counts once
}

TEST_F(FlowNetworkTest, HeadOfASlowedFlow) {
  const auto l = link(1);
  Script script("script");
  script.at(0, [&] { network->start({{l, 1}}, 1000, 500, this, 1, 2); });
  script.at(400, [&] { network->start({{l, 1}}, 10'000, this, 3); });
  finish();
  EXPECT_NEAR(done[1], 600, ps);  // the last 100 B of the head at half the rate
  EXPECT_NEAR(done[2], 1600, ps);
}

TEST_F(FlowNetworkTest, AtMostFourLinks) {
  Path path;
  for (int i = 0; i < 4; ++i) path.push_back({link(1), 1});
  EXPECT_THROW(path.push_back({link(1), 1}), InternalError);
}

/// Starts the next flow from inside the completion of the one before.
class Relay : public Completion {
 public:
  Relay(FlowNetwork& n, LinkId l, int flows) : network_(n), link_(l), left_(flows) { next(); }
  void completed(int) override { next(); }
  double last_ns = -1;

 private:
  void next() {
    if (left_-- > 0)
      network_.start({{link_, 1}}, 100, this, 0);
    else
      last_ns = static_cast<double>(sc_time_stamp().value()) * 1e-3;
  }
  FlowNetwork& network_;
  LinkId link_;
  int left_;
};

TEST_F(FlowNetworkTest, TimeHeldByTheWatchedLink) {
  const LinkId own = network->add_link("own", BytesPerSecond(3e9));
  const LinkId shared = network->add_link("shared", BytesPerSecond(4e9));
  network->watch(shared);
  double first = 0, second = 0;
  // 2 and 2 bytes a nanosecond over the shared link for 1000 ns; then the first is alone with 3,
  // which its own link gives.
  network->start({{own, 1}, {shared, 1}}, 5000, this, 1, BytesPerSecond(1e18), &first);
  network->start({{shared, 1}}, 2000, this, 2, BytesPerSecond(1e18), &second);
  sc_core::sc_start();
  EXPECT_NEAR(first * 1e9, 1000, 0.1);
  EXPECT_NEAR(second * 1e9, 1000, 0.1);
}

TEST_F(FlowNetworkTest, RestartFromACompletion) {
  const auto l = link(1);
  Relay a(*network, l, 1000), b(*network, l, 500);
  finish();
  // 50,000 B each at half the rate, then 50,000 B alone; a picosecond may round away at each piece.
  EXPECT_NEAR(b.last_ns, 100'000, 2);
  EXPECT_NEAR(a.last_ns, 150'000, 2);
}

TEST_F(FlowNetworkTest, ConservesBytesAndWork) {
  // A busy link never rests: whatever the sizes, caps above the share and start times (all before
  // the link runs dry), the last byte arrives at the sum of bytes over the capacity.
  std::mt19937 random(7);
  const auto l = link(1);
  Script script("script");
  double total = 0;
  for (int i = 0; i < 60; ++i) {
    const double bytes = 100 + random() % 5000;
    total += bytes;
    script.at(i * 50.0, [this, l, bytes, i] { network->start({{l, 1}}, bytes, this, i); });
  }
  finish();
  EXPECT_EQ(done.size(), 60u);
  double last = 0;
  for (const auto& [tag, ns] : done) last = std::max(last, ns);
  EXPECT_NEAR(last, total, 60 * ps);
  const auto s = network->statistics().at(0);
  EXPECT_NEAR(s.bytes, total, 1e-6);
  EXPECT_NEAR(s.moved, total, 1e-3);
  EXPECT_NEAR(s.busy_s * 1e9, total, 60 * ps);
}

TEST_F(FlowNetworkTest, StatisticsOfEachLink) {
  const auto a = network->add_link("a", gb(1));
  const auto b = network->add_link("b", gb(4));
  network->add_link("idle", gb(4));
  network->start({{a, 1}, {b, 2}}, 1000, this, 1);
  sc_core::sc_start(to_sc_time(Seconds(250e-9)));
  auto s = network->statistics();  // in the middle: a quarter has moved
  EXPECT_NEAR(s[0].moved, 250, 1e-6);
  EXPECT_NEAR(s[1].moved, 500, 1e-6);
  finish();
  s = network->statistics();
  EXPECT_EQ(s[0].name, "a");
  EXPECT_NEAR(s[0].bytes, 1000, 1e-9);
  EXPECT_NEAR(s[1].moved, 2000, 1e-6);
  EXPECT_NEAR(s[0].busy_s, 1e-6, 1e-12);
  EXPECT_NEAR(s[1].busy_s, 1e-6, 1e-12);
  EXPECT_EQ(s[2].busy_s, 0);
}

}  // namespace
}  // namespace anesim::models
