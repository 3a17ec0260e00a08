#include "models/compiler/regions.h"

#include <algorithm>
#include <limits>
#include <unordered_map>

#include "models/compiler/passes.h"
#include "models/compiler/weight_stream.h"

namespace anesim::compiler {
namespace {

constexpr std::int64_t any_number = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

class Regions {
 public:
  Regions(std::span<const Layer> layers, std::span<const std::int64_t> tiles, int engines,
          const spec::DeviceSpec& d)
      : layers_(layers), tiles_(tiles), engines_(engines), device_(d) {
    std::unordered_map<std::int32_t, std::vector<std::size_t>> makers;  // of tensors, through views
    for (std::size_t i = 0; i < layers.size(); ++i) {
      const Layer& l = layers[i];
      std::vector<std::size_t> reads;
      bool input = false;
      for (const auto id : l.inputs) {
        const auto made = makers.find(id.index);
        input = input || made == makers.end();
        if (made != makers.end())
          reads.insert(reads.end(), made->second.begin(), made->second.end());
      }
      for (const auto id : l.outputs)
        makers[id.index] = computes(l) ? std::vector<std::size_t>{i} : reads;
      source_.push_back(source_of(i));
      // A second operand from memory ends the chain of tiles (m6-study 9.4.2: sums of three and
      // four large inputs move their partial sums through memory).
      begins_.push_back(l.kind == LayerKind::planar && l.live_inputs > 1 && input);
      if (!computes(l)) reads.clear();
      std::erase_if(reads,
                    [&](std::size_t m) { return fits_beside(layers[m].output_bytes, engines, d); });
      reads_.push_back(std::move(reads));
      seconds_.push_back(estimate_layer(l, d) / engines);
    }
  }

  /// The cheapest division of the layers before each, from that of the layers before its region.
  std::vector<Region> run() {
    best_.resize(layers_.size() + 1);
    for (std::size_t last = 1; last <= layers_.size(); ++last) extend(last);
    std::vector<Region> regions;
    for (std::size_t last = layers_.size(); last > 0; last = regions.back().first)
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
    if (tiles_[last - 1] == 1 && best_[last - 1].first == 0 && best_[last - 1].tiles == 1) {
      best.seconds = best_[last - 1].seconds + extra(last - 1, 1);  // nothing needs tiles so far
      return;
    }
    best.seconds = std::numeric_limits<double>::infinity();
    std::int64_t tiles = 1, most = any_number;
    int computing = 0;
    bool together = true;  // its layers can run tile by tile
    std::vector<std::size_t> loose_by(last, 0);
    std::size_t loose = 0;  // layers that read nothing of the region; by the last layer they read
    std::vector<double> arrive(last, -1);
    double arriving =
        0;              // seconds, of results from before the region; by the layers that make them
    double inside = 0;  // what its layers take longer for their tiles
    for (std::size_t first = last; first-- > 0;) {
      if (first + 1 < last) {
        together = together && !begins_[first + 1];
        ++loose;
        if (source_[first + 1] != none) ++loose_by[source_[first + 1]];
      }
      loose -= loose_by[first];
      const Layer& l = layers_[first];
      computing += computes(l);
      most = std::min(most, most_tiles(l));
      const bool finer = tiles_[first] > tiles;
      tiles = std::max(tiles, tiles_[first]);
      if (tiles > 1 && (!together || (computing > 1 && most < tiles))) break;
      if (finer) inside = 0;
      for (std::size_t i = first; i < (finer ? last : first + 1); ++i) inside += extra(i, tiles);
      arriving -= std::max(0.0, arrive[first]);
      for (const std::size_t maker : reads_[first]) {
        if (arrive[maker] >= 0) continue;
        arrive[maker] = spill_cost(maker, first);
        arriving += arrive[maker];
      }
      if (tiles > 1 && loose > 0) continue;
      const Best& before = best_[first];
      const bool spills = tiles > 1 || before.tiles > 1;
      const double seconds = before.seconds + inside + (spills ? std::max(0.0, arriving) : 0);
      if (seconds <= best.seconds + same) best = {seconds, first, tiles};
    }
  }

  /// The last layer before it whose result it reads.
  std::size_t source_of(std::size_t i) const {
    for (std::size_t before = i; before-- > 0;)
      for (const auto made : layers_[before].outputs)
        for (const auto read : layers_[i].inputs)
          if (made == read) return before;
    return none;
  }

  /// Tiles into which a layer can be cut along with others. Tiles of rows are common to all
  /// generations; without those of columns each layer of a wide map of height 1 passes its result
  /// through memory (ane-guide ch.33: 96 layers of 2 MB move 426 MB a call on M1; m6-conv1x1-call:
  /// nothing of the kind on M6).
  std::int64_t most_tiles(const Layer& l) const {
    if (!computes(l)) return any_number;
    if (!l.row_local) return 1;
    const std::int64_t positions = l.batch * l.positions();
    return device_.l2.column_chains ? positions : std::min(l.out_h, positions);
  }

  /// What a layer takes longer than with its data in L2 and its weights streamed once.
  double extra(std::size_t i, std::int64_t tiles) const {
    const Layer& l = layers_[i];
    // Every engine streams the weights, and computes its share.
    if (l.kind == LayerKind::convolution && tiles > 1) {
      const double once = stream_seconds(l, device_, false),
                   again = stream_seconds(l, device_, true);
      return std::max(once + static_cast<double>(tiles - 1) * again, seconds_[i]) -
             std::max(once, seconds_[i]);
    }
    const std::int64_t room = tiles * engines_ * device_.l2.size.value;
    if (l.kind == LayerKind::planar && l.live_inputs > 1 &&
        2 * l.operand_bytes + l.output_bytes > room)
      return static_cast<double>(l.operand_bytes) / device_.planar.overflow_rate.value / engines_;
    return 0;
  }

  /// Time that the DMA takes beyond what runs meanwhile if a result goes through memory.
  double spill_cost(std::size_t maker, std::size_t reader) const {
    const double moved =
        static_cast<double>(layers_[maker].output_bytes) / device_.tile_dma.rate.value / engines_;
    return std::max(0.0, moved - seconds_[maker]) + std::max(0.0, moved - seconds_[reader]);
  }

  std::span<const Layer> layers_;
  std::span<const std::int64_t> tiles_;
  int engines_;
  const spec::DeviceSpec& device_;
  std::vector<std::size_t> source_;              ///< last layer whose result it reads
  std::vector<bool> begins_;                     ///< no region of tiles reaches over its beginning
  std::vector<std::vector<std::size_t>> reads_;  ///< layers whose large results it reads
  std::vector<double> seconds_;                  ///< on its engine, alone
  std::vector<Best> best_;                       ///< of the layers before this one
};

}  // namespace

bool computes(const Layer& l) {
  return l.kind == LayerKind::convolution || l.kind == LayerKind::matmul ||
         l.kind == LayerKind::planar || l.kind == LayerKind::movement;
}

bool fits_beside(std::int64_t bytes, int engines, const spec::DeviceSpec& d) {
  return bytes / engines <= d.l2.size.value / 2;
}

std::vector<Region> best_regions(std::span<const Layer> layers, std::span<const std::int64_t> tiles,
                                 int engines, const spec::DeviceSpec& d) {
  return Regions(layers, tiles, engines, d).run();
}

}  // namespace anesim::compiler
