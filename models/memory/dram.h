// DRAM: channels that share the address space in interleaved blocks.
// Models: how many bytes pass each channel and when it is busy; a transfer of fewer blocks than
//   there are channels gets only the bandwidth of those it touches.
// Leaves out: banks, rows, refresh (memory.dram.efficiency stands for them); two short transfers
//   that meet on one channel while others rest.
// Parameters: memory.dram.*. Source: m6-study 9.5 (8 channels x 16 bit), socs.md.
#pragma once

#include <cstdint>
#include <memory>
#include <systemc>
#include <vector>

#include "models/memory/flow_network.h"
#include "models/memory/interleaving.h"
#include "models/recorder.h"
#include "models/spec/device_spec.h"

namespace anesim::models {

class DramChannel : public sc_core::sc_module {
 public:
  DramChannel(sc_core::sc_module_name name, Recorder& recorder);
  /// Its row of the timeline.
  void add_row(const std::string& name) { track_ = recorder_.track(name); }
  void begin(double bytes, std::int64_t now_ps);
  void end(std::int64_t now_ps);
  /// Draws and counts what is still open; at the end of a run.
  void finish();

  struct Statistics {
    double bytes = 0;
    double busy_s = 0;  ///< time with at least one transfer
  };
  [[nodiscard]] const Statistics& statistics() const { return statistics_; }

 private:
  void close();  ///< draws and counts the stretch
  Recorder& recorder_;
  int track_ = 0, label_;
  int open_ = 0;
  std::int64_t since_ps_ = 0, until_ps_ = 0;  ///< the stretch being extended
  Statistics statistics_;
};

class Dram : public sc_core::sc_module {
 public:
  Dram(sc_core::sc_module_name name, const spec::MemorySpec& spec, FlowNetwork& network,
       Recorder& recorder);

  [[nodiscard]] LinkId link() const { return link_; }
  /// A transfer has started; its bytes lie behind those of the one before.
  [[nodiscard]] Interleaved begin(double bytes);
  void end(const Interleaved&);
  void finish();
  /// Rows of the timeline, below those that exist.
  void add_rows();
  [[nodiscard]] const std::vector<std::unique_ptr<DramChannel>>& channels() const {
    return channels_;
  }

 private:
  [[nodiscard]] DramChannel& channel(const Interleaved&, int k);
  const spec::MemorySpec& spec_;
  LinkId link_;
  std::vector<std::unique_ptr<DramChannel>> channels_;
  std::int64_t next_block_ = 0;
};

}  // namespace anesim::models
