// The on-chip SRAM between the fabric and DRAM, which all agents share.
// Models: its bandwidth and what it serves. Which bytes it holds is decided by the compiler's
//   memory plan (TaskDescriptor::cached_fraction, weights_in_sram) from memory.sram.size.
// Leaves out: replacement by other agents, latency.
// Parameters: memory.sram.*. Source: MODEL.md 1.
#pragma once

#include <algorithm>
#include <systemc>

#include "models/memory/flow_network.h"
#include "models/spec/device_spec.h"

namespace anesim::models {

class SystemCache : public sc_core::sc_module {
 public:
  SystemCache(sc_core::sc_module_name name, const spec::MemorySpec& spec, FlowNetwork& network)
      : sc_module(name),
        link_(network.add_link("sram", BytesPerSecond(std::max(spec.sram_bandwidth.value, 1.0)))) {}

  [[nodiscard]] LinkId link() const { return link_; }
  /// A transfer of which the cache serves `hit` bytes and DRAM `miss` bytes has started.
  void count(double hit, double miss) {
    statistics_.hit_bytes += hit;
    statistics_.miss_bytes += miss;
  }
  struct Statistics {
    double hit_bytes = 0;
    double miss_bytes = 0;
  };
  [[nodiscard]] const Statistics& statistics() const { return statistics_; }

 private:
  LinkId link_;
  Statistics statistics_;
};

}  // namespace anesim::models
