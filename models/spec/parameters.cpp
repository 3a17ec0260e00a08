#include "models/spec/parameters.h"

#include "models/spec/parameter.h"

namespace anesim::spec {
namespace {

using config::Dimension;

const std::vector<std::string> sram_policies{"none", "activations", "weights"};

std::vector<Parameter<DeviceSpec>> make_device_parameters() {
  using D = DeviceSpec;
  std::vector<Parameter<D>> t;
  auto add = [&t](std::string path, Dimension d, double low, double high, auto member,
                  std::string text, std::vector<std::string> choices = {}) {
    t.push_back(
        parameter<D>(std::move(path), d, low, high, member, std::move(text), std::move(choices)));
  };
  constexpr auto count = Dimension::count;
  constexpr auto hz = Dimension::frequency;
  constexpr auto rate = Dimension::rate;
  constexpr auto time = Dimension::time;
  constexpr auto bytes = Dimension::bytes;
  constexpr auto none = Dimension::none;
  constexpr auto cycles = Dimension::cycles;

  add(
      "engine.count", count, 1, 8, [](D & s) -> auto& { return s.engine.count; },
      "engines a die; one program can be split over them");
  add(
      "engine.dies", count, 1, 4, [](D & s) -> auto& { return s.engine.dies; },
      "dies, each with its engines; a program uses one die");
  add(
      "engine.cores", count, 1, 256, [](D & s) -> auto& { return s.engine.cores; },
      "NE cores an engine; output channels are spread over them");
  add(
      "engine.clock", hz, 1e6, 1e10, [](D & s) -> auto& { return s.engine.clock; },
      "NE clock at full load");
  add(
      "engine.macs_fp16", none, 1, 65536, [](D & s) -> auto& { return s.engine.macs_fp16; },
      "FP16 multiply-accumulates a cycle and core");
  add(
      "engine.macs_int8", none, 1, 65536, [](D & s) -> auto& { return s.engine.macs_int8; },
      "multiply-accumulates a cycle and core with INT8 weights and activations");
  add(
      "engine.winograd_speedup", none, 1, 4,
      [](D & s) -> auto& { return s.engine.winograd_speedup; },
      "gain on dense stride-1 3x3 and 1x3 kernels; 1 where the generation does not use it");
  add(
      "engine.array_efficiency", none, 0.05, 1,
      [](D & s) -> auto& { return s.engine.array_efficiency; },
      "share of the MAC slots used in steady state");
  add(
      "engine.max_output_group", count, 1, 256,
      [](D & s) -> auto& { return s.engine.max_output_group; },
      "output channels a core computes in one pass at most");
  add(
      "engine.max_output_group_int8", count, 1, 256,
      [](D & s) -> auto& { return s.engine.max_output_group_int8; },
      "the same with INT8 activations");
  add(
      "engine.winograd_output_group", count, 1, 256,
      [](D & s) -> auto& { return s.engine.winograd_output_group; },
      "the same for Winograd kernels");
  add(
      "engine.work_unit_positions", count, 1, 65536,
      [](D & s) -> auto& { return s.engine.work_unit_positions; },
      "output positions of one work unit");
  add(
      "engine.fill_work_units", none, 0, 4, [](D & s) -> auto& { return s.engine.fill_work_units; },
      "part of a work unit's time that a task exposes while its pipeline fills");
  add(
      "engine.task_cycles", cycles, 0, 1e6, [](D & s) -> auto& { return s.engine.task_cycles; },
      "fixed NE cycles a task descriptor");
  add(
      "engine.weight_buffer", bytes, 1, 1e12, [](D & s) -> auto& { return s.engine.weight_buffer; },
      "weights a core keeps resident; more are streamed on every use");
  add(
      "engine.native_kernel_width", count, 1, 64,
      [](D & s) -> auto& { return s.engine.native_kernel_width; },
      "widest kernel computed directly; wider ones are rewritten to the sparse format");
  add(
      "engine.max_kernel_width", count, 1, 64,
      [](D & s) -> auto& { return s.engine.max_kernel_width; }, "widest kernel the engine takes");
  add(
      "engine.max_kernel_height", count, 1, 64,
      [](D & s) -> auto& { return s.engine.max_kernel_height; }, "tallest kernel the engine takes");
  add(
      "engine.sparse_zero_skip", none, 0, 1,
      [](D & s) -> auto& { return s.engine.sparse_zero_skip; },
      "zeros of sparse-format weights cost no compute", no_yes);
  add(
      "engine.dense_zero_skip", none, 0, 1, [](D & s) -> auto& { return s.engine.dense_zero_skip; },
      "exact zeros of weights outside the sparse format cost less compute too", no_yes);
  add(
      "engine.dense_zero_floor", none, 0, 1,
      [](D & s) -> auto& { return s.engine.dense_zero_floor; },
      "least share of the dense compute time that this reaches");
  add(
      "engine.zero_skip_floor", none, 0, 1, [](D & s) -> auto& { return s.engine.zero_skip_floor; },
      "least share of the dense compute time that skipping reaches");
  add(
      "engine.zero_skip_overhead", none, 0, 1,
      [](D & s) -> auto& { return s.engine.zero_skip_overhead; },
      "share of the dense compute time added to the non-zero share");
  add(
      "engine.dilated_efficiency", none, 0.05, 1,
      [](D & s) -> auto& { return s.engine.dilated_efficiency; },
      "share of the MAC slots that dilated kernels use");
  add(
      "engine.position_granule", count, 1, 4096,
      [](D & s) -> auto& { return s.engine.position_granule; },
      "positions are computed in groups of this many");
  add(
      "engine.streams_int8", none, 0, 1, [](D & s) -> auto& { return s.engine.streams_int8; },
      "int8 weights travel compressed", no_yes);
  add(
      "engine.streams_palette", none, 0, 1, [](D & s) -> auto& { return s.engine.streams_palette; },
      "palette indices travel compressed", no_yes);
  add(
      "engine.streams_sparse", none, 0, 1, [](D & s) -> auto& { return s.engine.streams_sparse; },
      "sparse weights travel as mask and values", no_yes);
  add(
      "engine.streams_blockwise", none, 0, 1,
      [](D & s) -> auto& { return s.engine.streams_blockwise; },
      "block-wise quantised weights travel compressed", no_yes);

  add(
      "planar.clock", hz, 1e6, 1e10, [](D & s) -> auto& { return s.planar.clock; },
      "clock of the planar engine and L2");
  add(
      "planar.elements_per_cycle", none, 1, 4096,
      [](D & s) -> auto& { return s.planar.elements_per_cycle; }, "FP16 elements a cycle");
  add(
      "planar.task_time", time, 0, 1e-3, [](D & s) -> auto& { return s.planar.task_time; },
      "fixed time a planar task");
  add(
      "planar.conflict_factor", none, 1, 8, [](D & s) -> auto& { return s.planar.conflict_factor; },
      "slowdown of two operands whose planes start in the same bank");
  add(
      "planar.overflow_rate", rate, 1e6, 1e13,
      [](D & s) -> auto& { return s.planar.overflow_rate; },
      "rate for operands that do not fit L2 together");
  add(
      "planar.softmax_passes", none, 1, 64, [](D & s) -> auto& { return s.planar.softmax_passes; },
      "planar operations on each element of a softmax");
  add(
      "planar.softmax_tasks", count, 1, 64, [](D & s) -> auto& { return s.planar.softmax_tasks; },
      "planar tasks of a softmax");
  add(
      "planar.norm_passes", none, 1, 64, [](D & s) -> auto& { return s.planar.norm_passes; },
      "planar operations on each element of a norm");
  add(
      "planar.norm_tasks", count, 1, 64, [](D & s) -> auto& { return s.planar.norm_tasks; },
      "planar tasks of a norm");
  add(
      "planar.pool_passes", none, 1, 64, [](D & s) -> auto& { return s.planar.pool_passes; },
      "most planar operations on each result of a pooling");

  add(
      "l2.size", bytes, 1024, 1e12, [](D & s) -> auto& { return s.l2.size; },
      "activation store of one engine as the compiler uses it");
  add(
      "l2.elements_per_cycle", none, 1, 4096,
      [](D & s) -> auto& { return s.l2.elements_per_cycle; },
      "FP16 elements a planar-clock cycle to the cores, and as many back");
  add(
      "l2.exposed", none, 0, 1, [](D & s) -> auto& { return s.l2.exposed; },
      "share of the L2 transfer that MACs do not hide");
  add(
      "l2.bank_period", bytes, 16, 1e9, [](D & s) -> auto& { return s.l2.bank_period; },
      "addresses this far apart share a bank");
  add(
      "l2.column_chains", none, 0, 1, [](D & s) -> auto& { return s.l2.column_chains; },
      "chains of layers share tiles of columns (maps of height 1), not only of rows", no_yes);

  add(
      "kernel_dma.rate", rate, 1e6, 1e13, [](D & s) -> auto& { return s.kernel_dma.rate; },
      "weight stream from DRAM to the cores, all engines of a die together");
  add(
      "kernel_dma.restream_rate", rate, 1e6, 1e13,
      [](D & s) -> auto& { return s.kernel_dma.restream_rate; },
      "the same weights read again for further position tiles");
  add(
      "kernel_dma.compressed_efficiency", none, 0.05, 1,
      [](D & s) -> auto& { return s.kernel_dma.compressed_efficiency; },
      "stored bytes of INT8 and palette weights move at this share of the rate");
  add(
      "kernel_dma.sparse_efficiency", none, 0.05, 1,
      [](D & s) -> auto& { return s.kernel_dma.sparse_efficiency; },
      "stored bytes of sparse weights with FP16 values move at this share of the rate");
  add(
      "kernel_dma.decode_rate", Dimension::elements_per_second, 1e6, 1e15,
      [](D & s) -> auto& { return s.kernel_dma.decode_rate; },
      "weights a second through the decoder of rewritten and sparse kernels");
  add(
      "kernel_dma.conflict_factor", none, 1, 16,
      [](D & s) -> auto& { return s.kernel_dma.conflict_factor; },
      "slowdown of a stream whose rows start in the same bank");
  add(
      "kernel_dma.conflict_stride", bytes, 1, 1e9,
      [](D & s) -> auto& { return s.kernel_dma.conflict_stride; },
      "rows of exactly this many bytes, or twice as many, conflict");
  add(
      "tile_dma.rate", rate, 1e6, 1e13, [](D & s) -> auto& { return s.tile_dma.rate; },
      "activations between DRAM and L2, read and write together, an engine");
  add(
      "tile_dma.cached_rate", rate, 1e6, 1e13,
      [](D & s) -> auto& { return s.tile_dma.cached_rate; },
      "the same for data that the shared SRAM holds");
  add(
      "tile_dma.move_speed", none, 1, 4, [](D & s) -> auto& { return s.tile_dma.move_speed; },
      "factor on tile_dma.rate where nothing computes on the data: reads go on beside writes");

  add(
      "dual.start", time, 0, 1e-3, [](D & s) -> auto& { return s.dual.start; },
      "a program on both engines starts this much later than one on a single engine");
  add(
      "dual.sync", time, 0, 1e-3, [](D & s) -> auto& { return s.dual.sync; },
      "layer boundary of a program split over two engines");
  add(
      "dual.halo", time, 0, 1e-3, [](D & s) -> auto& { return s.dual.halo; },
      "exchange of neighbouring rows at a layer boundary (row split, kernel height over 1)");
  add(
      "dual.merge", time, 0, 1e-3, [](D & s) -> auto& { return s.dual.merge; },
      "exchange of channel halves at a layer boundary (channel split)");
  add(
      "dual.estimate_rate", rate, 1e6, 1e13, [](D & s) -> auto& { return s.dual.estimate_rate; },
      "weight stream in the compiler's own estimate of a split");
  add(
      "dual.estimate_merge", time, 0, 1e-3, [](D & s) -> auto& { return s.dual.estimate_merge; },
      "what that estimate charges for splitting by channel");
  add(
      "dual.estimate_copy", rate, 1e6, 1e13, [](D & s) -> auto& { return s.dual.estimate_copy; },
      "rate at which that estimate charges activations copied between tiles of one work unit");
  add(
      "dual.channel_split_fill", none, 0, 1,
      [](D & s) -> auto& { return s.dual.channel_split_fill; },
      "a small map is split by channel if the last load of the weight buffers is fuller than this");

  add(
      "memory.sram.size", bytes, 0, 1e12, [](D & s) -> auto& { return s.memory.sram_size; },
      "shared on-chip SRAM (system cache) in front of DRAM");
  add(
      "memory.sram.allocate", none, 0, 2, [](D & s) -> auto& { return s.memory.sram_allocate; },
      "what the engine's traffic may keep there", sram_policies);
  add(
      "memory.sram.bandwidth", rate, 0, 1e13,
      [](D & s) -> auto& { return s.memory.sram_bandwidth; }, "its bandwidth");
  add(
      "memory.dram.channels", count, 1, 256, [](D & s) -> auto& { return s.memory.dram_channels; },
      "DRAM channels");
  add(
      "memory.dram.channel_bits", none, 8, 1024,
      [](D & s) -> auto& { return s.memory.dram_channel_bits; }, "width of a channel");
  add(
      "memory.dram.interleave", bytes, 1, 1e9,
      [](D & s) -> auto& { return s.memory.dram_interleave; },
      "consecutive bytes on one channel, then the next follows");
  add(
      "memory.dram.rate", Dimension::elements_per_second, 1e6, 1e12,
      [](D & s) -> auto& { return s.memory.dram_rate; }, "transfers a second and pin");
  add(
      "memory.dram.efficiency", none, 0.05, 1,
      [](D & s) -> auto& { return s.memory.dram_efficiency; },
      "share of the peak that long streams reach");

  add(
      "governor.lowest", hz, 0, 1e10, [](D & s) -> auto& { return s.governor.lowest; },
      "lowest NE clock in use");
  add(
      "governor.planar_lowest", none, 0.01, 1,
      [](D & s) -> auto& { return s.governor.planar_lowest; },
      "lowest clock of planar engine and L2, a domain of their own, as a share of planar.clock");
  add(
      "governor.busy_target", none, 0.05, 1, [](D & s) -> auto& { return s.governor.busy_target; },
      "share of time the governor keeps the engine busy");
  add(
      "governor.time_constant", time, 1e-6, 10,
      [](D & s) -> auto& { return s.governor.time_constant; }, "averaging time of the busy share");
  add(
      "governor.ramp_up", time, 0, 10, [](D & s) -> auto& { return s.governor.ramp_up; },
      "from the lowest clock to the highest under continuous load; with the square root of time");
  add(
      "governor.ramp_down", time, 0, 10, [](D & s) -> auto& { return s.governor.ramp_down; },
      "highest to lowest clock");
  add(
      "governor.idle_exit", time, 0, 10, [](D & s) -> auto& { return s.governor.idle_exit; },
      "extra time of the first call after the clock has come down in a pause");
  add(
      "governor.power_off", time, 0, 1e4, [](D & s) -> auto& { return s.governor.power_off; },
      "idle time after which the engine is switched off");
  add(
      "governor.cold_call", time, 0, 10, [](D & s) -> auto& { return s.governor.cold_call; },
      "extra time of the first call after power-off");

  add(
      "power.mac", Dimension::energy, 0, 1e-6,
      [](D & s) -> auto& { return s.power.joules_per_mac; }, "dynamic energy of one FP16 MAC");
  add(
      "power.int8_share", none, 0, 2, [](D & s) -> auto& { return s.power.int8_share; },
      "energy of an INT8 MAC relative to FP16");
  add(
      "power.weight_byte", Dimension::energy, 0, 1e-6,
      [](D & s) -> auto& { return s.power.joules_per_weight_byte; },
      "weight byte from DRAM, on the engine's supply");
  add(
      "power.activation_byte", Dimension::energy, 0, 1e-6,
      [](D & s) -> auto& { return s.power.joules_per_activation_byte; },
      "activation byte between DRAM and L2, on the engine's supply");
  add(
      "power.dram_byte", Dimension::energy, 0, 1e-6,
      [](D & s) -> auto& { return s.power.joules_per_dram_byte; },
      "byte read or written, on the memory's supply");
  add(
      "power.zero_activation_share", none, 0, 1,
      [](D & s) -> auto& { return s.power.zero_activation_share; },
      "energy of a MAC whose activation is zero relative to another");
  add(
      "power.planar_element", Dimension::energy, 0, 1e-6,
      [](D & s) -> auto& { return s.power.joules_per_planar_element; },
      "element through the planar engine");
  add(
      "power.shared", Dimension::power, 0, 1e3, [](D & s) -> auto& { return s.power.shared; },
      "static and shared power while an engine works");
  add(
      "power.hold", time, 0, 1e4, [](D & s) -> auto& { return s.power.hold; },
      "time after a task for which the shared power stays on");
  add(
      "power.lowest_clock_share", none, 0.01, 1,
      [](D & s) -> auto& { return s.power.lowest_clock_share; },
      "energy of a MAC at governor.lowest relative to that at the top clock");
  add(
      "power.call", Dimension::energy, 0, 1, [](D & s) -> auto& { return s.power.joules_per_call; },
      "energy of the CPU for a call of the engine");
  add(
      "power.idle", Dimension::power, 0, 1e3, [](D & s) -> auto& { return s.power.idle; },
      "the whole machine with nothing to do");
  add(
      "power.supply_efficiency", none, 0.1, 1,
      [](D & s) -> auto& { return s.power.supply_efficiency; },
      "share of what the whole machine draws beyond power.idle that reaches engine, CPU and "
      "memory");
  add(
      "power.system_byte", Dimension::energy, 0, 1e-6,
      [](D & s) -> auto& { return s.power.joules_per_system_byte; },
      "energy of the whole machine for a byte of DRAM traffic, beyond power.dram_byte");

  add(
      "cpu.flops", Dimension::elements_per_second, 1e6, 1e16,
      [](D & s) -> auto& { return s.cpu.flops; }, "arithmetic rate of fallback operations");
  add(
      "cpu.bandwidth", rate, 1e6, 1e13, [](D & s) -> auto& { return s.cpu.bandwidth; },
      "memory bandwidth of fallback operations");
  add(
      "cpu.launch", time, 0, 1, [](D & s) -> auto& { return s.cpu.launch; },
      "fixed time an operation on the CPU");
  add(
      "gpu.flops", Dimension::elements_per_second, 1e6, 1e16,
      [](D & s) -> auto& { return s.gpu.flops; }, "arithmetic rate on the GPU");
  add(
      "gpu.bandwidth", rate, 1e6, 1e13, [](D & s) -> auto& { return s.gpu.bandwidth; },
      "memory bandwidth on the GPU");
  add(
      "gpu.launch", time, 0, 1, [](D & s) -> auto& { return s.gpu.launch; },
      "fixed time an operation on the GPU");
  add(
      "gpu.start", time, 0, 1, [](D & s) -> auto& { return s.gpu.start; },
      "fixed time a segment on the GPU, command buffer to completion");
  add(
      "placement.segment_start", time, 0, 1,
      [](D & s) -> auto& { return s.placement.segment_start; },
      "start of an engine segment; a further one inside a call costs it too");
  add(
      "placement.backend_switch", time, 0, 1,
      [](D & s) -> auto& { return s.placement.backend_switch; },
      "hand-over between the engine and another unit inside a call");
  add(
      "placement.engine_output", time, 0, 1,
      [](D & s) -> auto& { return s.placement.engine_output; },
      "what the segmenter charges for a result of the graph that lies on the engine");
  add(
      "placement.bandwidth", rate, 1e6, 1e13, [](D & s) -> auto& { return s.placement.bandwidth; },
      "bytes of activations, and of weights on the CPU, in the segmenter's estimate");
  add(
      "placement.weight_rate", rate, 1e6, 1e13,
      [](D & s) -> auto& { return s.placement.weight_rate; },
      "weights of the engine in the segmenter's estimate");
  add(
      "placement.cpu_flops", Dimension::elements_per_second, 1e6, 1e16,
      [](D & s) -> auto& { return s.placement.cpu_flops; },
      "spatial convolutions and products on the CPU, in the segmenter's estimate");
  add(
      "placement.cpu_pointwise", Dimension::elements_per_second, 1e6, 1e16,
      [](D & s) -> auto& { return s.placement.cpu_pointwise; },
      "1x1 convolutions on the CPU, in the segmenter's estimate");
  add(
      "placement.cpu_transposed", Dimension::elements_per_second, 1e6, 1e16,
      [](D & s) -> auto& { return s.placement.cpu_transposed; },
      "transposed convolutions on the CPU, in the segmenter's estimate");
  add(
      "placement.cpu_resize", Dimension::elements_per_second, 1e6, 1e16,
      [](D & s) -> auto& { return s.placement.cpu_resize; },
      "results of interpolation on the CPU, in the segmenter's estimate");
  add(
      "placement.cpu_movement", rate, 1e6, 1e13,
      [](D & s) -> auto& { return s.placement.cpu_movement; },
      "bytes that the CPU moves (concat, transpose, gather, padding), in the segmenter's estimate");
  add(
      "placement.cpu_norm", rate, 1e6, 1e13, [](D & s) -> auto& { return s.placement.cpu_norm; },
      "bytes of softmax, norms and attention on the CPU, and the most of a product of live "
      "tensors, in the segmenter's estimate");
  add(
      "placement.engine_flops", Dimension::elements_per_second, 1e6, 1e16,
      [](D & s) -> auto& { return s.placement.engine_flops; },
      "spatial convolutions on the engine, and the most of a product, in the segmenter's estimate");
  add(
      "placement.engine_pointwise", Dimension::elements_per_second, 1e6, 1e16,
      [](D & s) -> auto& { return s.placement.engine_pointwise; },
      "1x1 convolutions on the engine, in the segmenter's estimate");
  add(
      "placement.engine_transposed", Dimension::elements_per_second, 1e6, 1e16,
      [](D & s) -> auto& { return s.placement.engine_transposed; },
      "transposed convolutions on the engine, in the segmenter's estimate");
  add(
      "placement.engine_resize", Dimension::elements_per_second, 1e6, 1e16,
      [](D & s) -> auto& { return s.placement.engine_resize; },
      "results of interpolation on the engine, in the segmenter's estimate");
  add(
      "placement.engine_norm", rate, 1e6, 1e13,
      [](D & s) -> auto& { return s.placement.engine_norm; },
      "bytes of softmax, norms, attention and products of live tensors on the engine, in the "
      "segmenter's estimate");
  return t;
}

}  // namespace

const std::vector<Parameter<DeviceSpec>>& device_parameters() {
  static const auto table = make_device_parameters();
  return table;
}

}  // namespace anesim::spec
