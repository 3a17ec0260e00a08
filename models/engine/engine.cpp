#include "models/engine/engine.h"

#include <fmt/format.h>

namespace anesim::models {
namespace {

std::vector<std::unique_ptr<SerialUnit>> make_cores(int count, std::size_t engine,
                                                    Recorder& recorder) {
  std::vector<std::unique_ptr<SerialUnit>> cores;
  for (int c = 0; c < count; ++c)
    cores.push_back(std::make_unique<SerialUnit>(fmt::format("ne_core_{}", c).c_str(), recorder,
                                                 fmt::format("ANE{} core {}", engine, c)));
  return cores;
}

}  // namespace

Engine::Engine(sc_core::sc_module_name name, std::size_t index, const spec::DeviceSpec& spec,
               Fabric& fabric, PortId kernel, Exchange& exchange, Recorder& recorder)
    : sc_module(name),
      cores_(make_cores(spec.engine.cores, index, recorder)),
      planar_("planar_engine", recorder, fmt::format("ANE{} planar engine", index)),
      l2_("l2", recorder, fmt::format("ANE{} L2", index)),
      tile_(fabric.add_port(fmt::format("ane{}_tile_dma", index), spec.tile_dma.rate)),
      kernel_dma_("kernel_dma", fabric, kernel, recorder, fmt::format("ANE{} kernel DMA", index)),
      tile_read_("tile_dma_read", fabric, tile_, recorder,
                 fmt::format("ANE{} tile DMA read", index)),
      tile_write_("tile_dma_write", fabric, tile_, recorder,
                  fmt::format("ANE{} tile DMA write", index)),
      overflow_("l2_overflow", fabric,
                fabric.add_port(fmt::format("ane{}_l2_overflow", index), spec.planar.overflow_rate),
                recorder, fmt::format("ANE{} L2 overflow", index)),
      manager_("task_manager", index, spec,
               {cores_, planar_, l2_, kernel_dma_, tile_read_, tile_write_, overflow_}, exchange,
               recorder) {}

}  // namespace anesim::models
