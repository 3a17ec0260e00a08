// Who calls which program when, beside which other traffic: the form ane-trace/1 resolves to.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "traces/graph/graph.h"

namespace anesim::scenario {

/// What all calls of a scenario may last: beyond 1.8e7 s picoseconds would not fit into 64 bits,
/// and waiting for memory takes its share.
constexpr double longest_s = 1e6;

struct Program {
  std::string name;
  graph::Graph graph;
};

/// Work that the host does by itself between programs, on the CPU: norms, copies, compilation.
struct HostWork {
  double flops = 0;
  std::int64_t bytes = 0;          ///< of memory, read and written
  double fixed_us = 0;             ///< time that neither arithmetic nor memory explains
  std::int64_t compiled = 0;       ///< programs compiled
  std::int64_t reloaded = 0;       ///< compiled programs given new weights
  std::int64_t baked_weights = 0;  ///< of each program compiled
  double rate = 0;  ///< bytes a second that its code reaches; 0: as fast as the CPU moves memory
};

/// A caller. Its calls are issued by the first rule that is set: `arrivals_us` (explicit times),
/// `period_us` (open loop), else closed loop with `depth` calls in flight.
struct Stream {
  std::string name;
  std::size_t program = 0;  ///< index into Scenario::programs
  std::int64_t count = 1;   ///< calls
  std::int64_t depth = 1;   ///< calls in flight: 1 is synchronous
  double gap_us = 0;        ///< caller sleeps this long between completion and its next call
  std::optional<double> period_us;
  std::vector<double> arrivals_us;
  double start_us = 0;
  std::string after;                    ///< starts when that stream has finished
  std::vector<std::string> also_after;  ///< and these have
  int priority = 0;                     ///< lower runs first, 0..7
  std::string stack;                    ///< host path; empty: the run's
  std::optional<HostWork> host;         ///< work of the host instead of calls of a program
  std::string part;                     ///< of a step: what its time counts as; empty: by operation
  std::size_t phase = 0;                ///< of a step
};

/// All streams of the scenario together are one step of something larger: a token, a prompt, a
/// training step. It runs in phases, one after the other; equal ones are simulated once.
struct Step {
  std::string unit = "token";               ///< what is counted
  double units = 1;                         ///< how many a step yields
  std::vector<std::int64_t> repeats = {1};  ///< by phase: how often it runs in the step
};

/// Memory traffic of the CPU, GPU or another agent beside the engine.
struct BackgroundTraffic {
  std::string agent;  ///< "cpu", "gpu", ...
  double read_bytes_per_second = 0;
  double write_bytes_per_second = 0;
  double start_us = 0;
  std::optional<double> end_us;
};

/// Work of the host that the scenario leaves out and a parameter of its input adds.
struct LeftOut {
  std::string what;       ///< "recompiling 60 programs"
  std::string parameter;  ///< "update=recompile"
  std::vector<Stream> streams;
};

struct Scenario {
  std::string name;
  std::vector<Program> programs;
  std::vector<Stream> streams;
  std::vector<BackgroundTraffic> traffic;
  std::optional<std::string> device;  ///< device asked for by the file
  std::optional<double> idle_s;       ///< engine idle that long before the first call
  std::optional<Step> step;
  std::vector<std::string> notes;  ///< what the input left to its reader
  std::vector<LeftOut> left_out;   ///< alternatives
};

/// A scenario of one synchronous call of one program.
[[nodiscard]] Scenario single_call(graph::Graph graph);

}  // namespace anesim::scenario
