// DRAM channels, on-chip SRAM and the fabric before them: exact times and bytes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "models/context.h"
#include "models/memory/fabric.h"
#include "sim/core/error.h"

namespace anesim::models {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

/// Four channels of a byte a nanosecond, blocks of 100 bytes; an SRAM of 10 bytes a nanosecond.
spec::MemorySpec round_memory() {
  spec::MemorySpec m;
  m.sram_bandwidth = BytesPerSecond(10e9);
  m.dram_channels = 4;
  m.dram_channel_bits = 8;
  m.dram_rate = 1e9;
  m.dram_efficiency = 1;
  m.dram_interleave = Bytes(100);
  return m;
}

/// Bytes by channel, the channels in their own order.
std::vector<double> spread(std::int64_t block, double bytes) {
  const auto m = round_memory();
  const Interleaved lies = interleaved(block, bytes, m);
  std::vector<double> out(4, 0);
  for (int k = 0; k < lies.count; ++k)
    out[static_cast<std::size_t>((lies.first + k) % 4)] = lies.bytes(k, 4, 100);
  return out;
}

TEST(Interleaving, BlocksInTurn) {
  EXPECT_THAT(spread(0, 0), ElementsAre(0, 0, 0, 0));
  EXPECT_THAT(spread(0, 1), ElementsAre(1, 0, 0, 0));
  EXPECT_THAT(spread(0, 100), ElementsAre(100, 0, 0, 0));
  EXPECT_THAT(spread(0, 250), ElementsAre(100, 100, 50, 0));
  EXPECT_THAT(spread(0, 400), ElementsAre(100, 100, 100, 100));
  EXPECT_THAT(spread(0, 390), ElementsAre(100, 100, 100, 90));
  EXPECT_THAT(spread(0, 950), ElementsAre(300, 250, 200, 200));
  EXPECT_THAT(spread(3, 250), ElementsAre(100, 50, 0, 100));
  EXPECT_THAT(spread(7, 250), spread(3, 250));
}

TEST(Interleaving, ConservesBytes) {
  for (std::int64_t block = 0; block < 5; ++block)
    for (double bytes = 0; bytes < 1300; bytes += 7) {
      const auto s = spread(block, bytes);
      EXPECT_NEAR(std::accumulate(s.begin(), s.end(), 0.0), bytes, 1e-9) << bytes;
    }
}

TEST(Interleaving, FewBlocksDrawTheBandwidthOfTheirChannels) {
  const auto m = round_memory();
  EXPECT_DOUBLE_EQ(dram_rate(1, m).value, 1e9);
  EXPECT_DOUBLE_EQ(dram_rate(100, m).value, 1e9);
  EXPECT_DOUBLE_EQ(dram_rate(101, m).value, 2e9);
  EXPECT_DOUBLE_EQ(dram_rate(300, m).value, 3e9);
  EXPECT_DOUBLE_EQ(dram_rate(1e12, m).value, 4e9);
}

class FabricTest : public testing::Test, protected Completion {
 protected:
  void completed(int tag) override {
    log.emplace_back(tag, static_cast<double>(sc_core::sc_time_stamp().value()) * 1e-3);
  }
  static Transfer bytes(double n) {
    Transfer t;
    t.bytes = n;
    return t;
  }
  double busy_ns(std::size_t channel) const {
    return fabric.dram().channels()[channel]->statistics().busy_s * 1e9;
  }
  double channel_bytes(std::size_t channel) const {
    return fabric.dram().channels()[channel]->statistics().bytes;
  }

  FreshContext context;
  spec::MemorySpec memory = round_memory();
  Recorder recorder{true};
  Fabric fabric{"fabric", memory, recorder};
  std::vector<std::pair<int, double>> log;  ///< tags with their nanoseconds
};

TEST_F(FabricTest, AllChannelsTogether) {
  fabric.start(bytes(4000), this, 1);
  sc_core::sc_start();
  fabric.finish();
  EXPECT_THAT(log, ElementsAre(Pair(1, 1000)));
  for (std::size_t c = 0; c < 4; ++c) {
    EXPECT_EQ(channel_bytes(c), 1000);
    EXPECT_DOUBLE_EQ(busy_ns(c), 1000);
  }
}

TEST_F(FabricTest, AShortTransferUsesItsChannelsOnly) {
  fabric.start(bytes(200), this, 1);
  sc_core::sc_start();
  fabric.finish();
  EXPECT_THAT(log, ElementsAre(Pair(1, 100)));  // two channels, 100 bytes each
  EXPECT_DOUBLE_EQ(busy_ns(0), 100);
  EXPECT_DOUBLE_EQ(busy_ns(1), 100);
  EXPECT_EQ(busy_ns(2), 0);
  EXPECT_EQ(busy_ns(3), 0);
}

TEST_F(FabricTest, TheNextTransferLiesBehind) {
  fabric.start(bytes(250), this, 1);  // three blocks
  fabric.start(bytes(200), this, 2);  // channels 3 and 0
  sc_core::sc_start();
  EXPECT_EQ(channel_bytes(0), 200);
  EXPECT_EQ(channel_bytes(1), 100);
  EXPECT_EQ(channel_bytes(2), 50);
  EXPECT_EQ(channel_bytes(3), 100);
}

TEST_F(FabricTest, AbuttingTransfersAreOneStretchOfTheTimeline) {
  fabric.add_rows();
  fabric.start(bytes(4000), this, 1);
  sc_core::sc_start();
  fabric.start(bytes(4000), this, 2);
  sc_core::sc_start();
  sc_core::sc_start(sc_core::sc_time(500, sc_core::SC_NS));
  fabric.start(bytes(100), this, 3);
  sc_core::sc_start();
  fabric.finish();
  std::map<std::string, std::vector<std::pair<std::int64_t, std::int64_t>>> slices;
  for (const auto& s : recorder.slices)
    slices[recorder.tracks[static_cast<std::size_t>(s.track)]].emplace_back(s.start_ps / 1000,
                                                                            s.end_ps / 1000);
  EXPECT_THAT(slices["DRAM channel 0"], ElementsAre(Pair(0, 2000), Pair(2500, 2600)));
  EXPECT_THAT(slices["DRAM channel 1"], ElementsAre(Pair(0, 2000)));
}

TEST_F(FabricTest, APortHasItsOwnRate) {
  Transfer t = bytes(4000);
  t.port = fabric.add_port("port", BytesPerSecond(2e9));
  fabric.start(t, this, 1);
  sc_core::sc_start();
  EXPECT_THAT(log, ElementsAre(Pair(1, 2000)));
  log.clear();
  t.port_cost = 1.5;
  fabric.start(t, 0.25, this, 2, 3);
  sc_core::sc_start();
  EXPECT_THAT(log, ElementsAre(Pair(2, 2000 + 750), Pair(3, 2000 + 3000)));
}

TEST_F(FabricTest, ALimitIsTheAgentsOwn) {
  Transfer t = bytes(4000);
  t.limit = BytesPerSecond(1e9);
  fabric.start(t, this, 1);
  fabric.start(bytes(6000), this, 2);  // 3 bytes a nanosecond are left
  sc_core::sc_start();
  EXPECT_THAT(log, ElementsAre(Pair(2, 2000), Pair(1, 4000)));
}

TEST_F(FabricTest, TheSramServesItsShare) {
  Transfer t = bytes(8000);
  t.cached = 0.75;
  fabric.start(t, this, 1);
  sc_core::sc_start();
  // 2000 bytes over the DRAM in 500 ns; the SRAM's 6000 would take 600.
  EXPECT_THAT(log, ElementsAre(Pair(1, 600)));
  EXPECT_EQ(fabric.cache().statistics().hit_bytes, 6000);
  EXPECT_EQ(fabric.cache().statistics().miss_bytes, 2000);
  EXPECT_EQ(fabric.links()[0].name, "dram");
  EXPECT_EQ(fabric.links()[0].bytes, 2000);
  EXPECT_EQ(fabric.links()[1].name, "sram");
  EXPECT_EQ(fabric.links()[1].bytes, 6000);
}

TEST_F(FabricTest, AllFromTheSramTouchesNoChannel) {
  Transfer t = bytes(1000);
  t.cached = 1;
  fabric.start(t, this, 1);
  sc_core::sc_start();
  EXPECT_THAT(log, ElementsAre(Pair(1, 100)));
  for (std::size_t c = 0; c < 4; ++c) EXPECT_EQ(channel_bytes(c), 0);
}

TEST_F(FabricTest, WithinTheEngineOnlyThePortCounts) {
  Transfer t = bytes(1000);
  t.memory = false;
  t.port = fabric.add_port("port", BytesPerSecond(20e9));
  fabric.start(t, this, 1);
  sc_core::sc_start();
  EXPECT_THAT(log, ElementsAre(Pair(1, 50)));
  EXPECT_EQ(fabric.links()[0].bytes, 0);
  EXPECT_EQ(fabric.cache().statistics().miss_bytes, 0);
}

TEST_F(FabricTest, ManyAtOnceKeepTheirTags) {
  for (int k = 0; k < 20; ++k) fabric.start(bytes(400), this, k);
  sc_core::sc_start();
  fabric.start(bytes(400), this, 20);
  sc_core::sc_start();
  ASSERT_EQ(log.size(), 21u);
  for (int k = 0; k < 21; ++k) {
    EXPECT_EQ(log[static_cast<std::size_t>(k)].first, k);
    EXPECT_NEAR(log[static_cast<std::size_t>(k)].second, k < 20 ? 2000 : 2100, 0.01);
  }
}

TEST(DramChannel, ReleasedMoreOftenThanTaken) {
  const FreshContext context;
  Recorder recorder{false};
  DramChannel channel("channel", recorder);
  channel.begin(1, 0);
  channel.end(5);
  EXPECT_THROW(channel.end(5), InternalError);
}

}  // namespace
}  // namespace anesim::models
