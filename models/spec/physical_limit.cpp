#include "models/spec/physical_limit.h"

#include <algorithm>
#include <array>

namespace anesim::spec {
namespace {

bool is_one_of(std::string_view path, const auto& paths) {
  return std::find(paths.begin(), paths.end(), path) != paths.end();
}

constexpr std::array<std::string_view, 6> from_dram{"kernel_dma.rate",      "tile_dma.rate",
                                                    "planar.overflow_rate", "cpu.bandwidth",
                                                    "gpu.bandwidth",        "weight_rate"};
constexpr std::array<std::string_view, 4> from_memory{
    "kernel_dma.restream_rate", "tile_dma.cached_rate", "input_copy", "output_copy"};
constexpr double winograd_saving = 36.0 / 16;

}  // namespace

std::optional<PhysicalLimit> physical_limit(const DeviceSpec& d, std::string_view path) {
  const double dram = d.memory.dram_peak().value;
  if (is_one_of(path, from_dram)) return PhysicalLimit{dram, "the DRAM peak (memory.dram.*)"};
  if (is_one_of(path, from_memory))
    return PhysicalLimit{std::max(dram, d.memory.sram_bandwidth.value),
                         "the peak of DRAM and shared SRAM (memory.*)"};
  if (path == "engine.macs_int8")
    return PhysicalLimit{2 * d.engine.macs_fp16, "twice engine.macs_fp16"};
  if (path == "engine.winograd_speedup")
    return PhysicalLimit{winograd_saving, "what Winograd can save"};
  return std::nullopt;
}

}  // namespace anesim::spec
