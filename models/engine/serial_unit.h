// A unit that does one piece of work after the other: NE core, planar engine.
// Models: busy for a given time, then tells its owner. One event a piece of work.
// Leaves out: what happens inside the piece.
#pragma once

#include <cstdint>
#include <systemc>

#include "models/memory/flow_network.h"
#include "models/recorder.h"

namespace anesim::models {

class SerialUnit : public sc_core::sc_module {
 public:
  SerialUnit(sc_core::sc_module_name name, Recorder& recorder, const std::string& track);

  /// Works for `time` from now; then client->completed(tag). Must be idle.
  void start(sc_core::sc_time time, int label, Completion* client, int tag);
  /// Counts work that an identical unit does in the same time (one event for all of them).
  void follow(sc_core::sc_time time, int label);

  [[nodiscard]] bool busy() const { return client_ != nullptr; }
  struct Statistics {
    double busy_s = 0;
    std::int64_t pieces = 0;
  };
  [[nodiscard]] const Statistics& statistics() const { return statistics_; }

 private:
  void on_done();
  Recorder& recorder_;
  int track_;
  sc_core::sc_event done_;
  Completion* client_ = nullptr;
  int tag_ = 0;
  Statistics statistics_;
};

}  // namespace anesim::models
