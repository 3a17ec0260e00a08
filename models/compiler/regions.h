// Regions: neighbours in the linear order that run tile by tile together. Their activations stay in
// L2, and their weights are streamed for every tile (MODEL.md 2, position tiles).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/compiler/layer.h"
#include "models/spec/device_spec.h"

namespace anesim::compiler {

/// Layers `first` to before `last`.
struct Region {
  std::size_t first = 0, last = 0;
  std::int64_t tiles = 1;
};

/// Regions in which spilled activations and weights streamed again cost the least time together, by
/// the same rates the descriptors are made with. `tiles`: position tiles that each layer needs.
[[nodiscard]] std::vector<Region> best_regions(std::span<const Layer>,
                                               std::span<const std::int64_t> tiles, int engines,
                                               const spec::DeviceSpec&);

/// Whether a layer has work on the engine.
[[nodiscard]] bool computes(const Layer&);

/// Whether a tensor can wait in L2 while other layers run in tiles.
[[nodiscard]] bool fits_beside(std::int64_t bytes, int engines, const spec::DeviceSpec&);

}  // namespace anesim::compiler
