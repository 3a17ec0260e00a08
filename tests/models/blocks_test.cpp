// The machine as SystemC sees it: each block of the chip is a module of its own.
#include <fmt/format.h>

#include <set>
#include <string>

#include "tests/models/fixture.h"

namespace anesim::models {
namespace {

/// Names of the SystemC modules of a replay on this chip.
std::set<std::string> modules(const spec::DeviceSpec& d) {
  std::set<std::string> found;
  ReplayOptions options;
  options.go_on = [&](const ReplayProgress&) {
    auto objects = sc_core::sc_get_top_level_objects();
    while (!objects.empty()) {
      const auto* o = objects.back();
      objects.pop_back();
      if (std::string(o->kind()) == "sc_module") found.insert(o->name());
      const auto& children = o->get_child_objects();
      objects.insert(objects.end(), children.begin(), children.end());
    }
    return true;
  };
  const FreshContext context;
  EXPECT_TRUE(replay(calls_of(workload("conv_chain,layers=2,in_channels=64"), 50), d,
                     {plain_stack()}, options)
                  .complete);
  return found;
}

TEST(Blocks, EachIsAModuleOfItsOwn) {
  const auto found = modules(m6());
  for (const std::string ane : {"ane0", "ane1"}) {
    for (int core = 0; core < 16; ++core)
      EXPECT_TRUE(found.contains(fmt::format("{}.ne_core_{}", ane, core)));
    EXPECT_FALSE(found.contains(ane + ".ne_core_16"));
    for (const char* block :
         {"task_manager", "planar_engine", "l2", "kernel_dma", "tile_dma_read", "tile_dma_write"})
      EXPECT_TRUE(found.contains(ane + "." + block)) << ane << "." << block;
  }
  for (int channel = 0; channel < 8; ++channel)
    EXPECT_TRUE(found.contains(fmt::format("fabric.dram.channel_{}", channel)));
  EXPECT_FALSE(found.contains("fabric.dram.channel_8"));
  for (const char* block : {"fabric", "fabric.system_cache", "fabric.dram", "exchange", "host"})
    EXPECT_TRUE(found.contains(block)) << block;
}

TEST(Blocks, FollowTheDevice) {
  const auto one = modules(m6({"engine.count=1", "engine.cores=4", "memory.dram.channels=9"}));
  EXPECT_TRUE(one.contains("ane0.ne_core_3"));
  EXPECT_FALSE(one.contains("ane0.ne_core_4"));
  EXPECT_FALSE(one.contains("ane1"));
  EXPECT_TRUE(one.contains("fabric.dram.channel_8"));
  EXPECT_FALSE(one.contains("fabric.dram.channel_9"));
  const auto ultra = modules(chip("m1-ultra"));
  EXPECT_TRUE(ultra.contains("exchange_die0"));
  EXPECT_TRUE(ultra.contains("exchange_die1"));
}

/// What the DRAM moves is what its channels move, and no channel is busy longer than the whole.
TEST(Blocks, ChannelsMoveWhatTheDramMoves) {
  const auto d = m6();
  const auto r = run("mlp_pairs,pairs=3,width=1000,hidden=3001,tokens=77", d, 1);
  double bytes = 0;
  for (int c = 0; c < d.memory.dram_channels; ++c) {
    bytes += statistic(r, fmt::format("memory.dram.channel{}.bytes", c));
    EXPECT_LE(statistic(r, fmt::format("memory.dram.channel{}.busy", c)),
              statistic(r, "memory.dram.busy") * 1.001);
  }
  EXPECT_NEAR(bytes, statistic(r, "memory.dram.bytes"), 1e-6 * bytes);
  EXPECT_EQ(statistic(r, "memory.sram.miss_bytes"), statistic(r, "memory.dram.bytes"));
  EXPECT_EQ(statistic(r, "memory.sram.hit_bytes"), statistic(r, "memory.sram.bytes"));
}

}  // namespace
}  // namespace anesim::models
