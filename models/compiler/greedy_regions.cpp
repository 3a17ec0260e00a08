#include <algorithm>

#include "models/compiler/passes.h"
#include "models/compiler/region_rules.h"

namespace anesim::compiler {
namespace {

class Greedy {
 public:
  Greedy(const TiledLayers& run, const spec::DeviceSpec& d) : run_(run), device_(d) {}

  std::vector<Region> run() {
    for (std::size_t i = 0; i < run_.layers.size(); ++i) {
      if (regions_.empty() || !joins(i)) regions_.push_back({i, i, 1});
      Region& region = regions_.back();
      region.last = i + 1;
      region.tiles = std::max(region.tiles, run_.tiles[i]);
      makers_.note(run_.layers[i], i);
    }
    return std::move(regions_);
  }

 private:
  /// Whether layer `i` runs in the tiles of the region before it.
  bool joins(std::size_t i) const {
    const Region& region = regions_.back();
    const Layer& now = run_.layers[i];
    const std::int64_t own = run_.tiles[i], together = std::max(own, region.tiles);
    if (together == 1) return true;
    const std::vector<std::size_t> read = makers_.sources(now);
    const auto last = std::max_element(read.begin(), read.end());
    if (last == read.end() || *last < region.first) return false;
    if (!computes(now)) return true;
    if (most_tiles(now, device_) < together || ends_chain(now, makers_.reads_input(now)) ||
        most_tiles(run_.layers[*last], device_) < together)
      return false;
    double more = restream(now, together) - restream(now, own);
    if (together > region.tiles)
      for (std::size_t j = region.first; j < region.last; ++j)
        more += restream(run_.layers[j], together) - restream(run_.layers[j], region.tiles);
    return more <= spill_cost(run_.layers[*last], now);
  }

  double restream(const Layer& l, std::int64_t tiles) const {
    return restream_cost(l, tiles, run_.engines, device_);
  }

  /// Time that the DMA takes beyond what runs meanwhile if a result goes through memory.
  double spill_cost(const Layer& maker, const Layer& reader) const {
    if (fits_beside(maker.output_bytes, run_.engines, device_)) return 0;
    const double moved =
        2.0 * static_cast<double>(maker.output_bytes) / device_.tile_dma.rate.value;
    const double computed = estimate_layer(maker, device_) + estimate_layer(reader, device_);
    return std::max(0.0, (moved - computed) / run_.engines);
  }

  TiledLayers run_;
  const spec::DeviceSpec& device_;
  std::vector<Region> regions_;
  Makers makers_;
};

}  // namespace

std::vector<Region> greedy_regions(const TiledLayers& run, const spec::DeviceSpec& d) {
  return Greedy(run, d).run();
}

}  // namespace anesim::compiler
