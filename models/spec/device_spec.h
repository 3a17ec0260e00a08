// The resolved machine: every parameter a model may read, immutable after resolution.
// What it models: one chip with its Neural Engines, memory, CPU and GPU as parameters.
// What it leaves out: host software (stack_spec.h) and workloads.
// Parameters and sources: parameters.cpp describes each, configs/devices/*.yaml give values.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/spec/support_table.h"
#include "sim/core/error.h"
#include "sim/core/units.h"
#include "sim/result/result.h"

namespace anesim::spec {

/// A value with evidence `fitted`, as its file has it. Calibration may move it inside its range.
struct FittedValue {
  std::string path;
  Place place;  ///< of the value in its file
  double value = 0;
  double low = 0, high = 0;            ///< `range`, base units; equal: the file has none
  std::vector<std::string> fitted_on;  ///< the data: "FILE" or "FILE/ID", `*` for any part of an id
  std::string note;
  bool of_chip = false;  ///< in a stack file: of one chip's entry
  std::vector<std::pair<std::string, Place>>
      followers;  ///< values of the same file that follow this one
};

/// What the shared on-chip SRAM in front of DRAM may keep.
enum class SramPolicy { none, activations, weights };

struct EngineSpec {
  int count = 1;                   ///< engines (M6: 2 on one die)
  int dies = 1;                    ///< dies with `count` engines each; one program uses one die
  int cores = 16;                  ///< NE cores an engine
  Hertz clock{1e9};                ///< NE clock at full load
  double macs_fp16 = 256;          ///< MAC a cycle and core
  double macs_int8 = 512;          ///< with INT8 weights and activations
  double winograd_speedup = 1;     ///< 3x3 and 1x3, stride 1, dense; 1 = not used
  double array_efficiency = 1;     ///< share of MAC slots used in steady state
  int max_output_group = 16;       ///< output channels a core and pass
  int max_output_group_int8 = 16;  ///< the same with INT8 activations
  int winograd_output_group = 2;
  int work_unit_positions = 128;
  double fill_work_units = 0;      ///< part of a work unit exposed at the start of a task
  double task_cycles = 34;         ///< fixed cycles a task descriptor
  Bytes weight_buffer{64 * 1024};  ///< resident weights a core
  int native_kernel_width = 8;
  int max_kernel_width = 15;  ///< wider kernels leave the engine
  int max_kernel_height = 31;
  bool sparse_zero_skip = true;      ///< zeros of sparse-format weights cost no compute
  bool dense_zero_skip = false;      ///< exact zeros of weights in other formats cost less too
  double dense_zero_floor = 0.53;    ///< least share of the dense time that this reaches
  double zero_skip_floor = 0.36;     ///< least share of the dense time
  double zero_skip_overhead = 0.17;  ///< share of the dense time added to the non-zero share
  double dilated_efficiency = 0.67;  ///< array use of dilated kernels
  int position_granule = 16;         ///< positions are computed in groups of this many
  bool streams_int8 = true;          ///< int8 weights stay compressed on the way to the cores
  bool streams_palette = true;
  bool streams_sparse = true;
  bool streams_blockwise = false;
  bool one_copy = true;  ///< of a constant in a program: a property of the stack, see through()
};

struct PlanarSpec {
  Hertz clock{1e9};
  double elements_per_cycle = 32;
  Seconds task_time{0.35e-6};
  double conflict_factor = 2;  ///< two operands with planes of a multiple of the bank period
  BytesPerSecond overflow_rate{60e9};  ///< operands above the L2 limit
  double table_factor = 1;             ///< extra passes of functions read from a table
  double softmax_passes = 5;           ///< maximum, subtract, exponential, sum, scale
  std::int64_t softmax_tasks = 5;      ///< planar tasks of a softmax
  double norm_passes = 4;              ///< mean, centre, mean of squares, scale and shift
  std::int64_t norm_tasks = 5;         ///< planar tasks of a norm
  double pool_passes = 3;              ///< most passes of a pooling window (separable)
};

struct L2Spec {
  Bytes size{2 << 20};             ///< as the compiler uses it
  double elements_per_cycle = 64;  ///< to the cores, each way, at the planar clock
  double exposed = 0;              ///< share of the L2 time not hidden behind MACs
  Bytes bank_period{1024};
  bool column_chains = true;  ///< layers run tile by tile together on tiles of columns too
};

struct KernelDmaSpec {
  BytesPerSecond rate{60e9};           ///< DRAM to cores, all engines of a die together
  BytesPerSecond restream_rate{60e9};  ///< the same weights again for the next position tile
  double compressed_efficiency = 0.85;
  double sparse_efficiency = 1;
  double decode_rate = 75e9;    ///< weights a second in the sparse-format decoder
  double conflict_factor = 1;   ///< slowdown of streams whose rows conflict
  Bytes conflict_stride{8192};  ///< rows of this many bytes, or twice as many, conflict
};

struct TileDmaSpec {
  BytesPerSecond rate{38e9};         ///< read and write together, an engine
  BytesPerSecond cached_rate{38e9};  ///< data held by the shared SRAM
  double move_speed = 1;  ///< factor on `rate` where nothing computes: reads beside writes

  /// Path time of a byte outside and inside the shared SRAM, in units of 1 / rate.
  [[nodiscard]] double memory_weight(bool moves) const { return moves ? 1 / move_speed : 1; }
  [[nodiscard]] double cached_weight(bool moves) const {
    return std::min(rate.value / cached_rate.value, memory_weight(moves));
  }
};

struct DualSpec {
  Seconds start{0};  ///< starting a program on both engines instead of one
  Seconds sync{0};   ///< a layer boundary of a split program
  Seconds halo{0};   ///< rows exchanged at a layer boundary (kernel height over 1)
  Seconds merge{0};  ///< channel split: halves exchanged at a layer boundary
  BytesPerSecond estimate_rate{167.4e9};  ///< weight stream in the compiler's own estimate
  Seconds estimate_merge{1e-6};           ///< what it charges for a split by channel
  BytesPerSecond estimate_copy{2.93e9};   ///< and for activations copied between small tiles
  double channel_split_fill = 0.75;       ///< least fill of the weight buffers' last load
};

struct MemorySpec {
  Bytes sram_size{0};
  SramPolicy sram_allocate = SramPolicy::none;
  BytesPerSecond sram_bandwidth{0};
  int dram_channels = 8;
  double dram_channel_bits = 16;
  Bytes dram_interleave{256};  ///< consecutive bytes on one channel
  double dram_rate = 4266e6;   ///< transfers a second and pin
  double dram_efficiency = 0.9;
  [[nodiscard]] BytesPerSecond dram_peak() const {
    return BytesPerSecond(dram_channels * dram_channel_bits / 8 * dram_rate);
  }
};

struct GovernorSpec {
  Hertz lowest{0};           ///< lowest NE clock in use
  double planar_lowest = 1;  ///< lowest clock of planar engine and L2, share of planar.clock
  double busy_target = 0.8;
  Seconds time_constant{6.5e-3};
  Seconds ramp_up{0.18};
  Seconds ramp_down{0.15};
  Seconds idle_exit{0};  ///< extra time of the first call after the clock has come down in a pause
  Seconds power_off{5.68};
  Seconds cold_call{50e-3};
};

struct PowerSpec {
  double joules_per_mac = 0.6e-12;  ///< joules
  double int8_share = 0.75;         ///< energy of an INT8 MAC relative to FP16
  double joules_per_weight_byte = 42e-12;
  double joules_per_activation_byte = 42e-12;
  double joules_per_planar_element = 55e-12;
  double joules_per_dram_byte = 0;   ///< on the memory's own supply, beside the engine's
  double zero_activation_share = 1;  ///< energy of a MAC of a zero activation, relative
  Watts shared{1.0};                 ///< while any engine works
  Seconds hold{0};                   ///< so long after a task the shared part stays on
  double lowest_clock_share = 1;  ///< energy of a MAC at governor.lowest, relative to the top clock
  double joules_per_call = 0;     ///< on the CPU's supply: a synchronous call of the engine
  Watts idle{0};                  ///< the whole machine with nothing to do
  double supply_efficiency = 1;   ///< of what the whole machine draws, share that reaches the rails
  double joules_per_system_byte = 0;  ///< whole machine, of DRAM traffic, beyond the memory's rail
};

/// A CPU or GPU that executes what the engine does not.
struct AgentSpec {
  double flops = 1e12;
  BytesPerSecond bandwidth{60e9};
  Seconds start{0};      ///< per segment: command buffer to completion
  Seconds launch{5e-6};  ///< per operation
  /// Roofline of one operation: launch plus the larger of arithmetic and memory time.
  [[nodiscard]] Seconds operation_time(double work, std::int64_t bytes) const {
    return launch + std::max(Seconds(work / flops), Bytes(bytes) / bandwidth);
  }
};

/// What the segmenter believes when it decides; not what the machine takes.
struct PlacementSpec {
  Seconds segment_start{125e-6};        ///< an engine segment
  Seconds backend_switch{125e-6};       ///< a crossing between the engine and another unit
  Seconds engine_output{125e-6};        ///< a result of the graph that lies on the engine
  BytesPerSecond bandwidth{100e9};      ///< activations and CPU weights, every unit
  BytesPerSecond weight_rate{167.4e9};  ///< weights of the engine
  // By kind of operation (compiler::Belief), first of the CPU, then of the engine.
  double cpu_flops = 754.5e9;        ///< spatial convolutions and products
  double cpu_pointwise = 388e9;      ///< FLOP/s of 1x1 convolutions
  double cpu_transposed = 15.786e9;  ///< FLOP/s of transposed convolutions
  double cpu_resize = 524.7e6;       ///< results a second of interpolation
  BytesPerSecond cpu_movement{11.5e9};
  BytesPerSecond cpu_norm{60.82e9};  ///< softmax, norms, attention; the most of live products
  double engine_flops = 16.15e12;    ///< spatial convolutions; the most of a product
  double engine_pointwise = 7.18e12;
  double engine_transposed = 3.801e12;
  double engine_resize = 79.2e9;
  BytesPerSecond engine_norm{73e9};  ///< softmax, norms, attention, products of live tensors
};

struct DeviceSpec {
  std::string name;
  std::string chip;
  std::string generation;  ///< "h13".."h18": selects the op support table
  std::string extends;     ///< file of the device that this one is a variant of; or empty
  EngineSpec engine;
  PlanarSpec planar;
  L2Spec l2;
  KernelDmaSpec kernel_dma;
  TileDmaSpec tile_dma;
  DualSpec dual;
  MemorySpec memory;
  GovernorSpec governor;
  PowerSpec power;
  AgentSpec cpu;
  AgentSpec gpu;
  PlacementSpec placement;
  SupportTable support;  ///< of the generation

  std::vector<ResolvedParameter> parameters;  ///< every value with origin and evidence
  std::vector<FittedValue> fitted;            ///< followers of another value are not among them
  /// Rows that a fitted or measured value was read from: "FILE" or "FILE/ID", `*` for any part.
  std::vector<std::string> read_from;
  std::vector<std::string> notes;

  /// Peak direct-convolution rate of one engine, MAC/s.
  [[nodiscard]] double peak_macs() const {
    return engine.cores * engine.macs_fp16 * engine.clock.value;
  }
};

/// The software between the caller and the engine.
struct StackSpec {
  std::string name;
  Seconds submit{30e-6};             ///< caller to firmware task start
  Seconds driver_submit{22e-6};      ///< part of `submit` after the driver's own submit event
  Seconds completion_short{130e-6};  ///< task end to caller, short tasks
  Seconds completion_long{320e-6};   ///< after long tasks the waiting CPU sleeps deeper
  Seconds short_task{350e-6};        ///< up to this task time
  Seconds long_task{660e-6};         ///< from this task time on; linear between
  Seconds pipelined{10e-6};          ///< per call when the next request already waits in the queue
  double sleep_leeway = 0;           ///< a caller that sleeps wakes later by this share of it
  Seconds sleep_wake{0};             ///< extra time of a call after its caller slept
  BytesPerSecond input_copy{0};      ///< host copy into the engine's buffers; 0 = none
  BytesPerSecond output_copy{0};
  double padded_copy = 1;          ///< rate of a result with padded rows, relative to output_copy
  Seconds compile{25e-3};          ///< of a program without weights
  double compile_weights = 110e6;  ///< baked weights compiled a second
  Seconds reload{8.2e-3};          ///< new weights for a compiled program
  BytesPerSecond weight_rate{0};   ///< ceiling of the weight stream on this path; 0 = none
  bool engine_split = true;        ///< may use both engines for one program
  bool one_copy = true;            ///< of a constant in a program, however many operations use it
  bool segmenter = true;           ///< moves what does not pay on the engine to another unit
  std::vector<ResolvedParameter> parameters;
  std::vector<FittedValue> fitted;
  std::vector<std::string> read_from;  ///< as those of the device
  std::vector<std::string> notes;
};

/// The chip as programs of that path meet it: its weight stream under the path's ceiling, constants
/// as that path's programs hold them.
[[nodiscard]] inline DeviceSpec through(const StackSpec& stack, DeviceSpec chip) {
  if (stack.weight_rate.value > 0) {
    chip.kernel_dma.rate = std::min(chip.kernel_dma.rate, stack.weight_rate);
    chip.kernel_dma.restream_rate = std::min(chip.kernel_dma.restream_rate, stack.weight_rate);
  }
  chip.engine.one_copy = stack.one_copy;
  return chip;
}

}  // namespace anesim::spec
