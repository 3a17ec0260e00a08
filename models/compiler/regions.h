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

/// The layers of a run, with the position tiles that each needs.
struct TiledLayers {
  std::span<const Layer> layers;
  std::span<const std::int64_t> tiles;
  int engines = 1;
};

/// Along the linear order: a layer joins the region before it unless streaming weights again costs
/// more than passing its input through memory.
[[nodiscard]] std::vector<Region> greedy_regions(const TiledLayers&, const spec::DeviceSpec&);

/// The regions with which weights streamed again, results that pass through memory and operands
/// beyond L2 cost least in all, each layer seen alone: maps that wait in L2 for a later layer are
/// not seen. Regions of at most 256 layers, unless no layer before them needs tiles.
[[nodiscard]] std::vector<Region> least_regions(const TiledLayers&, const spec::DeviceSpec&);

}  // namespace anesim::compiler
