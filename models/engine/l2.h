// L2: the activation store of one engine, seen as the way between it and the NE cores.
// Models: the time that input and results take between L2 and the cores; a first part of it passes
//   before the cores have data, the rest beside their work.
// Leaves out: single banks and their conflicts (the elements a cycle stand for them); what it holds
//   is the compiler's memory plan.
// Parameters: l2.*. Source: MODEL.md 1, m6-study 9.2.
#pragma once

#include <string>
#include <systemc>

#include "models/memory/flow_network.h"
#include "models/recorder.h"

namespace anesim::models {

class L2 : public sc_core::sc_module {
 public:
  L2(sc_core::sc_module_name name, Recorder& recorder, const std::string& track);

  /// Serves a descriptor from now: client->completed(first_tag) after `exposed`, and `transfer`
  /// later completed(all_tag) if somebody waits for that. Must be idle.
  void start(sc_core::sc_time exposed, sc_core::sc_time transfer, bool awaited, int label,
             Completion* client, int first_tag, int all_tag);
  [[nodiscard]] bool busy() const { return sc_core::sc_time_stamp() < until_; }

  struct Statistics {
    double busy_s = 0;
    std::int64_t transfers = 0;
  };
  [[nodiscard]] const Statistics& statistics() const { return statistics_; }

 private:
  void on_event();
  Recorder& recorder_;
  int track_;
  sc_core::sc_event event_;
  sc_core::sc_time until_;
  Completion* client_ = nullptr;
  bool first_due_ = false, awaited_ = false;
  int first_tag_ = 0, all_tag_ = 0;
  Statistics statistics_;
};

}  // namespace anesim::models
