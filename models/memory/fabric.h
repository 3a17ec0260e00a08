// The fabric: the way of the DMA engines, the CPU and the GPU to on-chip SRAM and DRAM.
// Models: a port with its own rate for each DMA engine; the ways behind it, and their sharing among
//   everything under way (flow_network.h).
// Leaves out: latency of a request, order among requests of one agent.
// Parameters: rates of the ports, memory.*. Source: MODEL.md 1, m6-study 6.5.
#pragma once

#include <string>
#include <systemc>
#include <vector>

#include "models/memory/dram.h"
#include "models/memory/flow_network.h"
#include "models/memory/system_cache.h"

namespace anesim::models {

/// Where an agent enters the fabric.
using PortId = LinkId;

/// Bytes to be moved between an agent and memory.
struct Transfer {
  PortId port;  ///< none: an agent whose rate `limit` gives
  double bytes = 0;
  double port_cost = 1;  ///< bytes of the port's rate that a byte takes
  double cached = 0;     ///< share that the on-chip SRAM serves; the rest is DRAM's
  bool memory = true;    ///< false: the port alone is passed
  BytesPerSecond limit{1e18};
  double* held_s = nullptr;  ///< grows by the time in which the DRAM alone holds it back
};

class Fabric : public sc_core::sc_module, private Completion {
 public:
  Fabric(sc_core::sc_module_name name, const spec::MemorySpec& spec, Recorder& recorder);

  /// A port of this rate; `name` is that of its statistics.
  PortId add_port(std::string name, BytesPerSecond rate);
  /// Starts a transfer now: client->completed(tag) after its last byte, before that
  /// completed(head_tag) after `head` (0..1) of it.
  void start(const Transfer&, double head, Completion* client, int head_tag, int tag);
  void start(const Transfer&, Completion* client, int tag);

  [[nodiscard]] const Dram& dram() const { return dram_; }
  [[nodiscard]] const SystemCache& cache() const { return cache_; }
  /// Accounts progress up to now.
  [[nodiscard]] std::vector<FlowNetwork::LinkStatistics> links() { return network_.statistics(); }
  void add_rows() { dram_.add_rows(); }
  /// Ends what is still open in the DRAM's timeline; at the end of a run.
  void finish() { dram_.finish(); }

 private:
  struct UnderWay {
    Completion* client = nullptr;
    int head_tag = 0, tag = 0;
    Interleaved channels;
  };
  void completed(int tag) override;
  /// Books the channels and makes the way; the slot in `under_way_`.
  std::size_t admit(const Transfer&, Completion* client, int head_tag, int tag);
  [[nodiscard]] Path path(const Transfer&) const;
  [[nodiscard]] BytesPerSecond limit(const Transfer&) const;

  const spec::MemorySpec& spec_;
  FlowNetwork network_;
  Dram dram_;
  SystemCache cache_;
  std::vector<UnderWay> under_way_;
  std::vector<std::size_t> free_;
};

}  // namespace anesim::models
