// The task manager of one engine: walks the linear list of descriptors and drives the blocks.
// Models: no overlap between descriptors; inside one, weights and activations stream while the
//   cores work; the cores hold their own share of output channels; engines of a split program meet.
// Leaves out: queues (host/runtime.h), numerics.
// Parameters: DeviceSpec engine, planar, l2, tile_dma. Source: MODEL.md 1-3.
#pragma once

#include <memory>
#include <systemc>
#include <vector>

#include "models/compiler/program.h"
#include "models/engine/descriptor_time.h"
#include "models/engine/dma.h"
#include "models/engine/exchange.h"
#include "models/engine/l2.h"
#include "models/engine/serial_unit.h"

namespace anesim::models {

class TaskManager : public sc_core::sc_module, private Completion {
 public:
  /// What it drives: the blocks of one engine.
  struct Blocks {
    const std::vector<std::unique_ptr<SerialUnit>>& cores;
    SerialUnit& planar;
    L2& l2;
    Dma& kernel_dma;
    Dma& tile_read;
    Dma& tile_write;
    Dma& overflow;
  };
  TaskManager(sc_core::sc_module_name name, std::size_t index, const spec::DeviceSpec& spec,
              const Blocks& blocks, Exchange& exchange, Recorder& recorder);

  /// Runs a list from the first to the last descriptor; client->completed(tag) at its end.
  /// `ops` collects where time went, `labels` maps an op to a timeline label. Must be idle.
  void run(const std::vector<compiler::TaskDescriptor>& list, Hertz clock, bool meetings,
           std::vector<OpRecord>* ops, const std::vector<int>* labels, Completion* client, int tag);
  [[nodiscard]] bool busy() const { return client_ != nullptr; }

  struct Statistics {
    double busy_s = 0;
    double bound_s[8] = {};  ///< descriptor time by Bound
    std::int64_t descriptors = 0;
    double core_stall_s = 0;  ///< descriptors begun whose first data is not there
    std::int64_t macs = 0;
    std::int64_t elements = 0;
  };
  [[nodiscard]] const Statistics& statistics() const { return statistics_; }

 private:
  enum Tag : int {
    met,
    weights_head,
    weights_all,
    read_head,
    read_all,
    overflow_head,
    overflow_all,
    l2_first,
    l2_done,
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
  void start_cores();
  void compute_done();
  void maybe_finish_compute();
  void on_timer();
  void start_write();
  void finish();
  /// Activations of the present descriptor.
  [[nodiscard]] Transfer tile_transfer(double bytes) const;

  std::size_t index_;
  const spec::DeviceSpec& spec_;
  Blocks blocks_;
  Exchange& exchange_;
  Recorder& recorder_;
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
  sc_core::sc_time start_, compute_start_;
  sc_core::sc_time earliest_end_;  ///< of the computation, as the inputs have arrived
  int heads_ = 0, inputs_ = 0, units_ = 0;
  bool computing_ = false, computed_ = false, write_started_ = false, written_ = false;
  bool write_last_ = false;  ///< the final piece of the write has been started
  enum class Timer { none, write, compute } timer_for_ = Timer::none;

  Statistics statistics_;
  /// Time of the DMA engines before the descriptor.
  struct Streams {
    double weights_s = 0, weights_held_s = 0, activations_s = 0, activations_held_s = 0;
  };
  [[nodiscard]] Streams streams() const;
  /// What bounded the descriptor: its largest part, or the DRAM that held its streams back.
  [[nodiscard]] Bound bound() const;
  Streams before_;
};

}  // namespace anesim::models
