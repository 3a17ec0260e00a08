// The outcome of one replay as a value: what reporters, timeline, validation and sweeps read.
// Schema: anesim-result/1 (DESIGN.md). Units stand in the names.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace anesim {

/// What limits an operation or a program.
enum class Bound { compute, weights, activations, planar, l2, dram, dispatch, host };
[[nodiscard]] const char* name(Bound);

/// One resolved device or stack parameter, for --print-config and the JSON.
struct ResolvedParameter {
  std::string path;       ///< e.g. "memory.sram.size"
  std::string value;      ///< with unit, e.g. "32 MiB"
  std::string origin;     ///< file:line, "--set" or "default"
  std::string evidence;   ///< measured, published, fitted, assumed or override
  std::string source;     ///< where the number comes from
  std::string range{};    ///< of a fitted value, e.g. "0.02 to 0.3"; else empty
  std::string follows{};  ///< path of the value that this one always equals; else empty
};

struct OpResult {
  std::string name;  ///< hostile text
  std::string type;
  std::string unit;  ///< "ANE0", "ANE0+1", "PE", "CPU", "GPU", "-" for no work
  double start_us = 0;
  double end_us = 0;
  /// Time its descriptors ran, where that is not end - start: position tiles of several operations
  /// take turns.
  std::optional<double> busy_us;
  Bound bound = Bound::compute;
  std::int64_t macs = 0;
  std::map<std::string, std::int64_t> bytes;  ///< by path: weights, activations_read, ...
  std::optional<double> energy_mj;
  std::string reason;  ///< why placed and bound so; notes such as "weights streamed 4 times"
};

[[nodiscard]] inline double duration_us(const OpResult& op) {
  return op.busy_us.value_or(op.end_us - op.start_us);
}

struct RequestResult {
  std::string stream;
  std::int64_t index = 0;
  double issued_us = 0;
  double start_us = 0;  ///< first task on the engine (or CPU)
  double end_us = 0;    ///< last task end
  double done_us = 0;   ///< back in the caller
  // Of start to end: what each unit worked; the rest are changes of unit and waiting.
  double engine_us = 0;
  double cpu_us = 0;
  double gpu_us = 0;
};

/// A slice of the timeline: one serial resource busy with something.
struct TimelineSlice {
  std::int32_t track = 0;  ///< index into Result::tracks
  std::int32_t label = 0;  ///< index into Result::labels
  std::int64_t start_ps = 0;
  std::int64_t end_ps = 0;
};

/// A statistic of a block: hierarchical name ("ane0.kernel_dma.bytes"), unit, sentence, value.
struct Statistic {
  std::string name;
  std::string unit;
  std::string description;
  double value = 0;
};

struct Slowdown {  ///< wall time over simulated time
  double simulation = 0;
  double pipeline = 0;
  double process = 0;
};

struct Totals {
  double simulated_us = 0;  ///< one call as the user sees it (mean of the steady requests)
  std::optional<double> interval_low_us, interval_high_us;  ///< 90 % interval, if calibrated
  double wall_us = 0;
  Slowdown slowdown;
  std::int64_t macs = 0;
  std::map<std::string, std::int64_t> bytes;  ///< by path
  std::optional<double> energy_mj;            ///< of the engine; nothing if it does not work
  std::optional<double> memory_energy_mj;     ///< of the DRAM traffic of the engine
  std::optional<double> call_energy_mj;       ///< of the CPU, for the calls of the engine
  std::optional<double> machine_energy_mj;    ///< of the whole machine, idle_energy_mj included
  std::optional<double> idle_energy_mj;  ///< what the machine draws meanwhile with nothing to do
  std::optional<double> energy_low_mj, energy_high_mj;    ///< 90 % interval, if calibrated
  std::optional<double> machine_low_mj, machine_high_mj;  ///< that of machine_energy_mj
  std::map<std::string, double> unit_us;         ///< a call, by "engine", "cpu", "gpu": its work
  std::map<std::string, double> utilisation;     ///< by resource, 0..1 of the engine's task time
  std::map<std::string, double> share_by_bound;  ///< 0..1 of the call, by Bound name
  double share_on_engine = 0;                    ///< MACs executed on the engine, 0..1
  std::int64_t events = 0;                       ///< simulation events
};

/// Work of that unit ("engine", "cpu", "gpu") in a call, microseconds.
[[nodiscard]] double unit_us(const Totals&, const std::string& unit);
/// Of CPU and GPU together.
[[nodiscard]] double off_engine_us(const Totals&);
/// "CPU", "GPU", "CPU and GPU" or "": who works beside the engine.
[[nodiscard]] std::string off_engine_units(const Totals&);

/// A part of a step (a token, a prompt, a training step), by what its time was spent on.
struct StepPart {
  std::string name;
  double us = 0;
  std::int64_t calls = 0;         ///< of programs, or pieces of host work
  std::int64_t weight_bytes = 0;  ///< moved to the cores
  bool host = false;              ///< work of the CPU between programs
};

/// A step made of several calls and host work.
struct StepResult {
  std::string unit;             ///< "token", "step"
  double units = 1;             ///< how many the step yields
  double us = 0;                ///< of the whole step
  double engine_us = 0;         ///< of it, tasks on the engine
  double engine_call_us = 0;    ///< calls of programs, their host part included
  double bytes_read = 0;        ///< from memory by the engine: weights, caches, activations
  std::vector<StepPart> parts;  ///< by falling time
};

struct Result {
  std::string version;
  std::string device;
  std::string stack;
  std::vector<ResolvedParameter> parameters;
  std::string input;
  Totals totals;
  std::optional<StepResult> step;  ///< if the input is a step of several calls
  std::vector<RequestResult> requests;
  std::vector<OpResult> ops;
  std::vector<Statistic> statistics;
  std::vector<std::string> notes;  ///< approximations, unmodelled things, unmeasured ops
  std::string headline;            ///< time, what bounds it, share on the engine, what would help
  bool complete = true;            ///< false after Ctrl-C

  std::vector<std::string> tracks;
  std::vector<std::string> labels;
  std::vector<TimelineSlice> slices;  ///< empty unless a timeline was asked for
};

}  // namespace anesim
