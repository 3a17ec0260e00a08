// A DMA engine: turns the transfers of one descriptor into flows with a head and a tail, so that
// what consumes the data can start with the first piece.
// Models: kernel DMA (weights) and tile DMA (activations) of one engine; they differ in their port.
// Leaves out: address generation, alignment padding.
#pragma once

#include <string>
#include <systemc>

#include "models/memory/fabric.h"
#include "models/recorder.h"

namespace anesim::models {

class Dma : public sc_core::sc_module, private Completion {
 public:
  Dma(sc_core::sc_module_name name, Fabric& fabric, PortId port, Recorder& recorder,
      const std::string& track);

  /// Moves the bytes through this engine's port, whatever port they name:
  /// client->completed(head_tag) after `head` of them (0..1), then completed(tail_tag) after the
  /// last. One transfer at a time.
  void start(Transfer, double head, int label, Completion* client, int head_tag, int tail_tag);
  [[nodiscard]] bool busy() const { return client_ != nullptr; }

  struct Statistics {
    double busy_s = 0;
    double held_s = 0;  ///< of it, kept from its own rate by the DRAM
    std::int64_t bytes = 0;
    std::int64_t transfers = 0;
  };
  [[nodiscard]] const Statistics& statistics() const { return statistics_; }

 private:
  void completed(int tag) override;

  Fabric& fabric_;
  PortId port_;
  Recorder& recorder_;
  int track_;
  Completion* client_ = nullptr;
  int label_ = 0, head_tag_ = 0, tail_tag_ = 0;
  sc_core::sc_time started_;
  Statistics statistics_;
};

}  // namespace anesim::models
