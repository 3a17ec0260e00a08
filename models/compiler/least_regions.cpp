// Dynamic programming over the linear order.
#include <algorithm>
#include <limits>
#include <unordered_map>

#include "models/compiler/passes.h"
#include "models/compiler/region_rules.h"

namespace anesim::compiler {
namespace {

constexpr std::size_t longest = 256;
constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

class Least {
 public:
  Least(const TiledLayers& run, const spec::DeviceSpec& d) : run_(run), device_(d) {
    Makers makers;
    std::unordered_map<std::int32_t, std::size_t> last_made;  // views too
    for (std::size_t i = 0; i < run.layers.size(); ++i) {
      const Layer& l = run.layers[i];
      std::size_t source = none;
      for (const auto id : l.inputs)
        if (const auto made = last_made.find(id.index); made != last_made.end())
          source = source == none ? made->second : std::max(source, made->second);
      for (const auto id : l.outputs) last_made[id.index] = i;
      source_.push_back(source);
      begins_.push_back(ends_chain(l, makers.reads_input(l)));
      std::vector<std::size_t> large;
      if (computes(l))
        for (const std::size_t maker : makers.sources(l))
          if (!fits_beside(run.layers[maker].output_bytes, run.engines, d)) large.push_back(maker);
      large_.push_back(std::move(large));
      makers.note(l, i);
      seconds_.push_back(estimate_layer(l, d) / run.engines);
    }
  }

  /// The cheapest division of the layers before each, from that of the layers before its region.
  std::vector<Region> run() {
    best_.resize(seconds_.size() + 1);
    for (std::size_t last = 1; last < best_.size(); ++last) extend(last);
    std::vector<Region> regions;
    for (std::size_t last = seconds_.size(); last > 0; last = regions.back().first)
      regions.push_back({best_[last].first, last, best_[last].tiles});
    std::reverse(regions.begin(), regions.end());
    return regions;
  }

 private:
  struct Best {
    double seconds = 0;
    std::size_t first = 0;
    std::int64_t tiles = 1;
  };

  /// The region that ends before `last`; of equally cheap ones the longest.
  void extend(std::size_t last) {
    constexpr double same = 1e-12;
    Best& best = best_[last];
    const Best& shorter = best_[last - 1];
    if (run_.tiles[last - 1] == 1 && shorter.first == 0 && shorter.tiles == 1) {
      best.seconds = shorter.seconds + extra(last - 1, 1);  // nothing needs tiles so far
      return;
    }
    best.seconds = std::numeric_limits<double>::infinity();
    const std::size_t lowest = last > longest ? last - longest : 0;
    std::int64_t tiles = 1, most = std::numeric_limits<std::int64_t>::max();
    int computing = 0;
    bool together = true;  // its layers can run tile by tile
    // Every layer of tiles but the first works on something that the region has made.
    std::size_t loose = 0;                                // layers that read nothing of the region
    std::vector<std::size_t> loose_by(last - lowest, 0);  // of them, by the last layer they read
    std::unordered_map<std::size_t, double> arrive;  // seconds, of results from before the region
    double arriving = 0;
    double inside = 0;  // what its layers take longer for their tiles
    for (std::size_t first = last; first-- > lowest;) {
      if (first + 1 < last) {
        together = together && !begins_[first + 1];
        ++loose;
        if (const std::size_t s = source_[first + 1]; s != none && s >= lowest)
          ++loose_by[s - lowest];
      }
      loose -= loose_by[first - lowest];
      const Layer& l = run_.layers[first];
      computing += computes(l);
      most = std::min(most, most_tiles(l, device_));
      const bool finer = run_.tiles[first] > tiles;
      tiles = std::max(tiles, run_.tiles[first]);
      if (tiles > 1 && (!together || (computing > 1 && most < tiles))) break;
      if (finer) inside = 0;
      for (std::size_t i = first; i < (finer ? last : first + 1); ++i) inside += extra(i, tiles);
      if (const auto own = arrive.find(first); own != arrive.end()) arriving -= own->second;
      for (const std::size_t maker : large_[first])
        if (const auto [it, added] = arrive.emplace(maker, spill_cost(maker, first)); added)
          arriving += it->second;
      if (tiles > 1 && loose > 0) continue;
      const Best& before = best_[first];
      const bool spills = tiles > 1 || before.tiles > 1;
      const double seconds = before.seconds + inside + (spills ? std::max(0.0, arriving) : 0);
      if (seconds <= best.seconds + same) best = {seconds, first, tiles};
    }
  }

  /// What a layer takes longer than with its data in L2 and its weights streamed once.
  double extra(std::size_t i, std::int64_t tiles) const {
    const Layer& l = run_.layers[i];
    if (l.kind == LayerKind::convolution) return restream_cost(l, tiles, run_.engines, device_);
    const std::int64_t room = tiles * run_.engines * device_.l2.size.value;
    if (l.kind == LayerKind::planar && l.live_inputs > 1 &&
        2 * l.operand_bytes + l.output_bytes > room)
      return static_cast<double>(l.operand_bytes) / device_.planar.overflow_rate.value /
             run_.engines;
    return 0;
  }

  /// Time that the DMA takes beyond what runs meanwhile if a result goes through memory.
  double spill_cost(std::size_t maker, std::size_t reader) const {
    const double moved = static_cast<double>(run_.layers[maker].output_bytes) /
                         device_.tile_dma.rate.value / run_.engines;
    return std::max(0.0, moved - seconds_[maker]) + std::max(0.0, moved - seconds_[reader]);
  }

  TiledLayers run_;
  const spec::DeviceSpec& device_;
  std::vector<std::size_t> source_;              ///< last layer whose result it reads
  std::vector<bool> begins_;                     ///< no region of tiles reaches over its beginning
  std::vector<std::vector<std::size_t>> large_;  ///< layers whose large results it reads
  std::vector<double> seconds_;                  ///< on its engine, alone
  std::vector<Best> best_;                       ///< of the layers before this one
};

}  // namespace

std::vector<Region> least_regions(const TiledLayers& run, const spec::DeviceSpec& d) {
  return Least(run, d).run();
}

}  // namespace anesim::compiler
