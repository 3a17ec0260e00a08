// One Neural Engine: task manager, 16 NE cores, planar engine, L2, kernel and tile DMA.
// Models: the blocks and their wiring; what they do together is the task manager's.
// Leaves out: queues (host/runtime.h), numerics.
// Parameters: DeviceSpec engine, planar, l2, kernel_dma, tile_dma. Source: MODEL.md 1-3.
#pragma once

#include <memory>
#include <systemc>
#include <vector>

#include "models/engine/task_manager.h"

namespace anesim::models {

class Engine : public sc_core::sc_module {
 public:
  /// `kernel` is the weight stream's port, which the engines of a die share.
  Engine(sc_core::sc_module_name name, std::size_t index, const spec::DeviceSpec& spec,
         Fabric& fabric, PortId kernel, Exchange& exchange, Recorder& recorder);

  /// As TaskManager::run.
  void run(const std::vector<compiler::TaskDescriptor>& list, Hertz clock, bool meetings,
           std::vector<OpRecord>* ops, const std::vector<int>* labels, Completion* client,
           int tag) {
    manager_.run(list, clock, meetings, ops, labels, client, tag);
  }
  [[nodiscard]] bool busy() const { return manager_.busy(); }

  using Statistics = TaskManager::Statistics;
  [[nodiscard]] const Statistics& statistics() const { return manager_.statistics(); }
  [[nodiscard]] const std::vector<std::unique_ptr<SerialUnit>>& cores() const { return cores_; }
  [[nodiscard]] const SerialUnit& planar() const { return planar_; }
  [[nodiscard]] const L2& l2() const { return l2_; }
  [[nodiscard]] const Dma& kernel_dma() const { return kernel_dma_; }
  [[nodiscard]] const Dma& tile_read() const { return tile_read_; }
  [[nodiscard]] const Dma& tile_write() const { return tile_write_; }

 private:
  std::vector<std::unique_ptr<SerialUnit>> cores_;
  SerialUnit planar_;
  L2 l2_;
  PortId tile_;
  Dma kernel_dma_, tile_read_, tile_write_, overflow_;
  TaskManager manager_;
};

}  // namespace anesim::models
