// Where the engines of a split program meet: each waits for the other, then rows or channel halves
// are exchanged. Models the wait (imbalance shows here) and a latency by kind of meeting.
// Leaves out: the bytes exchanged (their cost is in the latency). Parameters: spec dual.*.
#pragma once

#include <systemc>
#include <vector>

#include "models/compiler/program.h"
#include "models/memory/flow_network.h"
#include "models/spec/device_spec.h"

namespace anesim::models {

class Exchange : public sc_core::sc_module {
 public:
  Exchange(sc_core::sc_module_name name, const spec::DualSpec& spec, std::size_t engines);

  /// Engine `engine` has arrived; all are resumed by completed(tag) once everybody has.
  void arrive(std::size_t engine, compiler::Meeting kind, Completion* client, int tag);
  /// From the arrival of the last to the resumption of all.
  [[nodiscard]] Seconds latency(compiler::Meeting) const;
  [[nodiscard]] double waited_s() const { return waited_s_; }
  [[nodiscard]] std::int64_t meetings() const { return meetings_; }

 private:
  void on_release();
  const spec::DualSpec& spec_;
  std::size_t engines_;
  struct Waiting {
    std::size_t engine;
    Completion* client;
    int tag;
    sc_core::sc_time since;
  };
  std::vector<Waiting> waiting_;
  sc_core::sc_event release_;
  double waited_s_ = 0;
  std::int64_t meetings_ = 0;
};

}  // namespace anesim::models
