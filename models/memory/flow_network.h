// The arbitration of the fabric: its ports, on-chip SRAM and DRAM as links that flows divide.
// Models: transfers as fluid flows; every link shares its capacity max-min fairly among the flows
//   that pass it, so contention is exact whatever the transfer sizes, and an event is spent only
//   when a flow starts or ends (cost grows with descriptors, not with bytes).
// Leaves out: single bursts, banks and rows (memory.dram.efficiency stands for them).
// Parameters: link capacities. Source: MODEL.md 1, m6-study 6.5 and T9-6 (engine and GPU together
//   reach little more than one alone, and share it).
#pragma once

#include <cstdint>
#include <string>
#include <systemc>
#include <vector>

#include "models/memory/fair_share.h"
#include "sim/core/units.h"

namespace anesim::models {

/// Told when something of its own has finished; `tag` is what it gave at the start.
class Completion {
 public:
  virtual ~Completion() = default;
  virtual void completed(int tag) = 0;
};

class FlowNetwork : public sc_core::sc_module {
 public:
  explicit FlowNetwork(sc_core::sc_module_name name);

  LinkId add_link(std::string name, BytesPerSecond capacity);
  /// The link whose holding flows back is counted (`held_s` of a flow).
  void watch(LinkId link) { watched_ = link.index; }

  /// Starts a transfer now; `client->completed(tag)` is called when its last byte has arrived.
  /// Zero bytes complete in the next delta cycle. `limit` caps the flow's own rate. `held_s` grows
  /// by the time in which the watched link alone keeps the flow from going faster.
  void start(const Path& path, double bytes, Completion* client, int tag,
             BytesPerSecond limit = BytesPerSecond(1e18), double* held_s = nullptr);
  /// The same with two calls: `head_tag` after the first `head` bytes, `tag` after the last.
  void start(const Path& path, double bytes, double head, Completion* client, int head_tag, int tag,
             BytesPerSecond limit = BytesPerSecond(1e18), double* held_s = nullptr);

  struct LinkStatistics {
    std::string name;
    double capacity = 0;
    double bytes = 0;
    double busy_s = 0;  ///< time with at least one flow
    double moved = 0;   ///< weighted bytes: moved / (capacity * busy) is the utilisation
  };
  /// Accounts progress up to now.
  [[nodiscard]] std::vector<LinkStatistics> statistics();

 private:
  struct Flow {
    Path path;
    double remaining = 0;
    double milestone = -1;  ///< bytes remaining at which head_tag is due; below 0: none
    int head_tag = 0;
    double rate = 0;
    double limit = 0;
    double* held_s = nullptr;
    bool held = false;  ///< by the watched link
    Completion* client = nullptr;
    int tag = 0;
    std::uint64_t order = 0;
  };
  void on_change();
  void on_wake();
  void settle();
  void share();
  void schedule();

  std::vector<LinkStatistics> links_;
  std::vector<Flow> flows_;
  sc_core::sc_time settled_;
  sc_core::sc_event change_, wake_;
  std::uint64_t order_ = 0;
  int watched_ = -1;
  std::vector<double> capacity_;
  FairScratch scratch_;
  std::vector<char> counted_;       // scratch of settle()
  std::vector<Flow> heads_, done_;  // scratch of on_wake()
};

}  // namespace anesim::models
