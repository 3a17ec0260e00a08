// The host side: callers, the stack's path to the engine and back, and the firmware that hands
// waiting requests to free engines.
// Models: closed and open loops, requests in flight, copies, submission and completion, priorities,
//   programs with stretches on the CPU or GPU, work of the host between programs; an engine runs
//   one request at a time.
// Leaves out: preemption inside a request, the two-slot preload (its gain is `pipelined`).
// Parameters: StackSpec, DeviceSpec placement.*. Source: MODEL.md 4, m6-study 3.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <systemc>
#include <vector>

#include "models/compiler/program.h"
#include "models/engine/engine.h"
#include "models/power/energy.h"
#include "traces/scenario/scenario.h"

namespace anesim::models {

/// A program ready to run, with what is collected about it.
struct LoadedProgram {
  const compiler::Program* program = nullptr;
  std::vector<OpRecord> ops;  ///< of the call that returned last
  std::vector<int> labels;
};

class Runtime : public sc_core::sc_module, private Completion {
 public:
  Runtime(sc_core::sc_module_name name, const spec::DeviceSpec& device,
          const std::vector<spec::StackSpec>& stacks, const scenario::Scenario& scenario,
          std::vector<LoadedProgram>& programs, std::vector<Engine*> engines, Fabric& fabric,
          Recorder& recorder);

  [[nodiscard]] const std::vector<RequestResult>& requests() const { return results_; }
  /// All requests have returned.
  [[nodiscard]] bool finished() const;
  [[nodiscard]] double host_s() const { return host_s_; }
  [[nodiscard]] const PoweredTime& powered() const { return powered_; }
  /// No further call begins; `idle` tells when those under way have returned.
  void stop() { stopped_ = true; }
  [[nodiscard]] bool idle() const { return under_way_ == 0; }
  /// Calls that have returned, by stream.
  [[nodiscard]] const std::vector<std::int64_t>& returned() const { return done_; }

 private:
  struct Request {
    std::size_t stream = 0;
    std::int64_t index = 0;
    std::size_t segment = 0;
    Seconds last_task{0};    ///< of the engine segment that ended last
    double work_us[3] = {};  ///< of its segments, by compiler::Where
    sc_core::sc_time issued, queued, started, ended, segment_start;
    bool on_engine_before = false;
    int engines_left = 0;
    std::vector<std::size_t> engines;
    std::uint64_t order = 0;
    std::size_t agent_work = 0;
    std::int64_t agent_start_ps = 0;  ///< of the agent's work under way
    std::size_t lane = 0;             ///< its row of the timeline
    std::unique_ptr<std::vector<OpRecord>> ops;
  };
  struct Timed {  // own queue of pending host events, one sc_event wakes for the earliest
    sc_core::sc_time at;
    std::uint64_t order;
    std::size_t request;
    enum class What { issue, submit, finished, segment } what;
  };
  void completed(int tag) override;
  void on_wake();
  void later(sc_core::sc_time delay, std::size_t request, Timed::What what);
  void start_stream(std::size_t stream);
  void stream_done(std::size_t stream);
  void start_host_work(std::size_t request);
  /// The bytes of an agent's work at the rate that it needs when alone.
  void pass_memory(std::size_t request, std::int64_t bytes, Seconds alone);
  void issue(std::size_t stream, std::int64_t index, sc_core::sc_time delay);
  void submitted(std::size_t request);
  void start_segment(std::size_t request);
  void dispatch();
  void agent_step(std::size_t request);
  void agent_done(std::size_t request);
  /// Draws a stretch of host time from now on.
  void draw_host(int label, Seconds);
  void segment_done(std::size_t request);
  void returned(std::size_t request);
  [[nodiscard]] const compiler::Program& program_of(const Request&) const;
  [[nodiscard]] const spec::StackSpec& stack_of(const Request& r) const {
    return stacks_[r.stream];
  }

  const spec::DeviceSpec& device_;
  const std::vector<spec::StackSpec>& stacks_;  ///< one a stream
  const scenario::Scenario& scenario_;
  std::vector<LoadedProgram>& programs_;
  std::vector<Engine*> engines_;
  Fabric& fabric_;
  Recorder& recorder_;
  Recorder::Lanes host_rows_, cpu_rows_, gpu_rows_;
  int submit_label_, complete_label_;

  std::vector<Request> requests_;
  std::vector<std::size_t> waiting_;         ///< requests for the engine, in firmware order
  std::vector<std::int64_t> issued_, done_;  ///< by stream
  std::vector<char> started_;
  std::vector<int> waits_for_;  ///< by stream: streams that must finish before it starts
  std::vector<std::vector<std::size_t>> followers_;  ///< by stream: who waits for it
  std::vector<Timed> timed_;                         ///< a heap, earliest first
  sc_core::sc_event wake_;
  std::vector<RequestResult> results_;
  std::vector<std::unique_ptr<std::vector<OpRecord>>> spare_;  ///< of calls that have returned
  std::uint64_t order_ = 0;
  double host_s_ = 0;
  PoweredTime powered_{device_.power.hold};
  std::int64_t under_way_ = 0;
  bool stopped_ = false;
};

}  // namespace anesim::models
