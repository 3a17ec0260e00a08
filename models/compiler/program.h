// What the compiler hands to the machine: per engine a linear list of task descriptors, in segments
// that run on the engine, the CPU or the GPU. Pure data, no SystemC.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/core/units.h"

namespace anesim::compiler {

enum class Unit : std::uint8_t { ne, planar, dma };
[[nodiscard]] const char* name(Unit);

/// How a weight stream passes the kernel DMA.
enum class Stream : std::uint8_t {
  none,        ///< resident or no weights
  native,      ///< plain FP16
  compressed,  ///< int8, palettes: stored bytes at a slightly lower rate
  sparse,      ///< mask and FP16 values
  decoded,     ///< rewritten kernels: limited by weights a second in the sparse decoder
  restream,    ///< the same weights once more for a further position tile
};
[[nodiscard]] const char* name(Stream);

/// Where the two engines meet before a descriptor may start.
enum class Meeting : std::uint8_t { none, sync, halo, merge };

/// One task descriptor: what one engine does between two points of its linear list.
struct TaskDescriptor {
  std::int32_t op = -1;  ///< index into Program::ops
  Unit unit = Unit::ne;
  // NE: how the output channels of one pass group lie on the cores.
  std::int32_t busy_cores = 0;  ///< cores with the larger share
  double cycles_large = 0;      ///< NE cycles of a core with the larger share
  double cycles_small = 0;      ///< of the others that have work; 0: they idle
  std::int64_t work_units = 1;
  std::int64_t passes = 1;
  double fill_cycles = 0;  ///< exposed before the first result
  double planar_cycles = 0;
  double planar_fixed_us = 0;
  double l2_cycles = 0;  ///< planar-clock cycles of L2 <-> core transfer
  // Weights.
  Stream stream = Stream::none;
  std::int64_t weight_bytes = 0;             ///< moved from DRAM by this descriptor
  double weight_seconds_per_byte_scale = 1;  ///< time of a byte relative to the native rate
  bool weights_in_sram = false;              ///< from the shared SRAM, not DRAM
  // Activations through the tile DMA.
  std::int64_t read_bytes = 0;
  std::int64_t write_bytes = 0;
  double cached_fraction = 0;  ///< of both, served by the shared SRAM
  double overflow_bytes = 0;   ///< planar operands beyond L2, at the overflow rate
  std::int64_t macs = 0;
  double zero_activations = 0;  ///< share of the MACs
  std::int64_t elements = 0;    ///< planar elements
  bool int8 = false;
  Meeting meeting = Meeting::none;
};

enum class Where : std::uint8_t { ane, cpu, gpu };
/// "ANE", "CPU", "GPU".
[[nodiscard]] const char* name(Where);

/// Estimated time of an operation on a unit that could execute it.
struct Alternative {
  Where where = Where::cpu;
  Seconds time{0};
};

/// A graph operation (or several fused ones) as the program executes it.
struct ProgramOp {
  std::string name;
  std::string type;
  std::string unit;    ///< "ANE", "CPU", "GPU", "-"
  std::string reason;  ///< placement and what the compiler did
  std::string level;   ///< "L2", "SRAM", "DRAM": where its activations live
  std::int64_t tiles = 1;
  std::int64_t weight_passes = 1;  ///< how often the weights are streamed a call
  bool weights_held = false;       ///< after the first time from the shared SRAM
  std::int64_t macs = 0;
  std::int64_t weight_bytes = 0;  ///< stored, once
  std::int64_t graph_ops = 1;     ///< operations of the graph this one covers
  bool approximated = false;
  Where where = Where::ane;               ///< of its segment; views too lie somewhere
  std::vector<Alternative> alternatives;  ///< the other units that could execute it
};

/// A stretch of the program on one backend.
struct Segment {
  Where where = Where::ane;
  std::vector<std::vector<TaskDescriptor>> engines;  ///< descriptors of each engine used (ane)
  // CPU and GPU: per op time is computed by the agent model from these.
  struct AgentWork {
    std::int32_t op = -1;
    double flops = 0;
    std::int64_t bytes = 0;
  };
  std::vector<AgentWork> agent;
};

struct Program {
  std::string name;
  std::vector<ProgramOp> ops;
  std::vector<Segment> segments;
  std::int64_t input_bytes = 0;
  std::int64_t output_bytes = 0;
  std::int64_t padded_output_bytes = 0;  ///< of these, in results whose rows are padded
  std::int64_t macs = 0;
  std::int64_t macs_on_engine = 0;
  std::int64_t weight_bytes = 0;
  std::vector<std::string> notes;

  [[nodiscard]] std::int64_t descriptors() const;
};

}  // namespace anesim::compiler
