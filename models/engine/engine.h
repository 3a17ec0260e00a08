// One Neural Engine: 16 NE cores, planar engine, kernel and tile DMA, and the task manager that
// walks the linear list of descriptors.
// Models: no overlap between descriptors; inside one, weights and activations stream while the
//   cores work; the cores hold their own share of output channels; engines of a split program meet.
// Leaves out: queues (host/runtime.h), numerics.
// Parameters: DeviceSpec engine, planar, l2, kernel_dma, tile_dma. Source: MODEL.md 1-3.
#pragma once

#include <memory>
#include <systemc>
#include <vector>

#include "models/compiler/program.h"
#include "models/engine/descriptor_time.h"
#include "models/engine/dma.h"
#include "models/engine/exchange.h"
#include "models/engine/serial_unit.h"
#include "models/power/energy.h"

namespace anesim::models {

/// Links of the memory system that an engine's transfers pass.
struct EnginePaths {
  LinkId kernel;    ///< weight stream, shared by the engines of a die
  LinkId tile;      ///< this engine's tile DMA
  LinkId overflow;  ///< this engine's planar operand re-read
  LinkId sram;      ///< shared on-chip SRAM
  LinkId dram;
};

class Engine : public sc_core::sc_module, private Completion {
 public:
  Engine(sc_core::sc_module_name name, std::size_t index, const spec::DeviceSpec& spec,
         FlowNetwork& network, const EnginePaths& paths, Exchange& exchange, Recorder& recorder);

  /// Runs a list from the first to the last descriptor; client->completed(tag) at its end.
  /// `ops` collects where time went, `labels` maps an op to a timeline label. Must be idle.
  void run(const std::vector<compiler::TaskDescriptor>& list, Hertz clock, bool meetings,
           std::vector<OpRecord>* ops, const std::vector<int>* labels, Completion* client, int tag);
  [[nodiscard]] bool busy() const { return client_ != nullptr; }

  struct Statistics {
    double busy_s = 0;
    double bound_s[8] = {};  ///< descriptor time by Bound
    std::int64_t descriptors = 0;
    double core_stall_s = 0;  ///< cores started but waiting for data
    std::int64_t macs = 0;
    std::int64_t elements = 0;
    double l2_s = 0;
  };
  [[nodiscard]] const Statistics& statistics() const { return statistics_; }
  [[nodiscard]] const std::vector<std::unique_ptr<SerialUnit>>& cores() const { return cores_; }
  [[nodiscard]] const SerialUnit& planar() const { return planar_; }
  [[nodiscard]] const Dma& kernel_dma() const { return kernel_dma_; }
  [[nodiscard]] const Dma& tile_read() const { return tile_read_; }
  [[nodiscard]] const Dma& tile_write() const { return tile_write_; }

 private:
  enum Tag : int {
    met,
    weights_head,
    weights_all,
    read_head,
    read_all,
    overflow_head,
    overflow_all,
    cores_large_done,
    cores_small_done,
    planar_done,
    write_head,
    write_all,
  };
  void completed(int tag) override;
  void next();
  void begin(Seconds exchanged);
  void maybe_compute();
  void compute_done();
  void maybe_finish_compute();
  void on_timer();
  void start_write();
  void finish();
  [[nodiscard]] Path tile_path(const compiler::TaskDescriptor& t) const;

  std::size_t index_;
  const spec::DeviceSpec& spec_;
  EnginePaths paths_;
  Exchange& exchange_;
  Recorder& recorder_;
  std::vector<std::unique_ptr<SerialUnit>> cores_;
  SerialUnit planar_;
  Dma kernel_dma_, tile_read_, tile_write_, overflow_;
  sc_core::sc_event timer_;
  int track_;

  // The program being run.
  const std::vector<compiler::TaskDescriptor>* list_ = nullptr;
  std::size_t position_ = 0;
  Hertz clock_{1};
  bool meetings_ = false;
  std::vector<OpRecord>* ops_ = nullptr;
  const std::vector<int>* labels_ = nullptr;
  Completion* client_ = nullptr;
  int tag_ = 0;
  sc_core::sc_time run_start_;

  // The descriptor being run.
  DescriptorTimes times_;
  Seconds exchanged_;  ///< the engines' exchange before it
  sc_core::sc_time start_, compute_start_, last_input_;
  int heads_ = 0, inputs_ = 0, units_ = 0;
  double last_fraction_ = 0;  ///< of the compute time that follows the last input
  bool computing_ = false, computed_ = false, write_started_ = false, written_ = false;
  bool write_last_ = false;  ///< the final piece of the write has been started
  enum class Timer { none, write, compute } timer_for_ = Timer::none;

  Statistics statistics_;
};

}  // namespace anesim::models
