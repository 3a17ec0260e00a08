// Which activations stay in L2, which go through the tile DMA, and in how many position tiles each
// layer runs (regions.h).
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "models/compiler/passes.h"
#include "models/compiler/region_rules.h"
#include "models/compiler/regions.h"
#include "models/compiler/rules.h"

namespace anesim::compiler {
namespace {

using graph::element_count;
using graph::TensorId;

std::int64_t bytes_of(const graph::Graph& g, TensorId id) {
  const auto& t = g.at(id);
  return element_count(t.shape) * std::clamp(bit_width(t.dtype), 8, 16) / 8;
}

/// Bytes the layer occupies in L2 while it runs: its input and its output. Planar results replace
/// an operand (what two operands and a result exceed is in emit: overflow).
std::int64_t block_bytes(const Layer& l) {
  if (l.kind == LayerKind::planar) return std::max(l.input_bytes, l.output_bytes);
  if (l.kind == LayerKind::matmul) return l.input_bytes + l.output_bytes - l.weight_elements * 2;
  return l.input_bytes + l.output_bytes;
}

class Planner {
 public:
  Planner(const graph::Graph& g, const std::vector<Layer>& layers, std::size_t first,
          std::size_t last, int engines, const spec::DeviceSpec& d)
      : graph_(g),
        layers_(layers),
        first_(first),
        last_(last),
        engines_(engines),
        device_(d),
        limit_(d.l2.size.value) {}

  std::vector<LayerPlan> run(RegionRule rule) {
    plans_.resize(last_ - first_);
    sums_ = find_sums(graph_, layers_, first_, last_);
    for (std::size_t i = 0; i < plans_.size(); ++i)
      plans_[i].channel_blocks =
          std::max<std::int64_t>(1, (sums_[i].live * layer(i).output_bytes + limit_ - 1) / limit_);
    find_uses();
    form_regions(rule);
    move_boundaries();
    return std::move(plans_);
  }

 private:
  const Layer& layer(std::size_t i) const { return layers_[first_ + i]; }

  void find_uses() {
    constexpr auto outside = std::numeric_limits<std::size_t>::max();
    for (std::size_t i = 0; i < plans_.size(); ++i) {
      for (const auto id : layer(i).inputs) last_use_[id.index] = i;
      for (const auto id : layer(i).outputs) producer_[id.index] = i;
    }
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      if (i >= first_ && i < last_) continue;
      for (const auto id : layers_[i].inputs)
        if (producer_.count(id.index)) last_use_[id.index] = outside;
    }
    for (const auto id : graph_.outputs) last_use_[id.index] = outside;
    // A view is another name of what it reads: that lives, and leaves, with the view. Tensors at
    // the edge of the program keep their width there (fp32 is converted on the way).
    const auto width = [&](TensorId id) {
      return std::clamp(bit_width(graph_.at(id).dtype), 8, 32);
    };
    for (const auto id : graph_.outputs) edge_bits_[id.index] = width(id);
    for (std::size_t i = plans_.size(); i-- > 0;) {
      if (computes(layer(i)) || layer(i).kind == LayerKind::host) continue;
      for (const auto out : layer(i).outputs)
        for (const auto in : layer(i).inputs) {
          const auto use = last_use_.find(out.index);
          if (use == last_use_.end()) continue;
          last_use_[in.index] = std::max(last_use_[in.index], use->second);
          if (const auto bits = edge_bits_.find(out.index); bits != edge_bits_.end())
            edge_bits_.emplace(in.index, bits->second);
        }
    }
    for (const auto id : graph_.inputs) edge_bits_[id.index] = width(id);
    for (std::size_t i = 0; i < plans_.size(); ++i) {
      if (computes(layer(i)) || layer(i).kind == LayerKind::host || layer(i).inputs.empty())
        continue;
      const auto bits = edge_bits_.find(layer(i).inputs[0].index);
      if (bits == edge_bits_.end() || producer_.count(layer(i).inputs[0].index)) continue;
      for (const auto out : layer(i).outputs) edge_bits_[out.index] = bits->second;
    }
  }

  /// Bytes of a tensor in memory as its outside wants it.
  std::int64_t memory_bytes(TensorId id) const {
    const auto bits = edge_bits_.find(id.index);
    return bits == edge_bits_.end() ? bytes_of(graph_, id)
                                    : element_count(graph_.at(id).shape) * bits->second / 8;
  }

  bool leaves(TensorId id) const {
    const auto use = last_use_.find(id.index);
    return use != last_use_.end() && use->second >= plans_.size();
  }

  /// Bytes a tile of the layer needs in L2. A result that leaves for memory is written in channel
  /// blocks while it grows, and takes no more room than the input (a lone 2560 -> 10240 product of
  /// 1024 positions re-streams its weights five times, not sixteen: cadamcat-m5pro-e4b; inside an
  /// MLP, where the result stays, sixteen times).
  std::int64_t tile_bytes(const Layer& l) const {
    if (l.kind == LayerKind::planar)
      return std::max(l.output_bytes, l.input_bytes / std::max(1, l.live_inputs));
    const std::int64_t block = block_bytes(l);
    if (l.kind != LayerKind::convolution) return block;
    return std::all_of(l.outputs.begin(), l.outputs.end(), [&](TensorId id) { return leaves(id); })
               ? std::min(block, 2 * l.input_bytes)
               : block;
  }

  std::int64_t tiles_of(std::size_t i) const {
    const Layer& l = layer(i);
    if (!computes(l)) return 1;
    const std::int64_t positions =
        std::max<std::int64_t>(1, l.kind == LayerKind::planar || l.kind == LayerKind::movement
                                      ? l.batch * l.out_h * l.out_w
                                      : l.batch * l.positions());
    const std::int64_t share = std::max<std::int64_t>(1, positions / engines_);
    const std::int64_t bytes = sums_[i].live > 0 ? bytes_of_sum(i) : tile_bytes(l);
    const std::int64_t per_position = std::max<std::int64_t>(1, bytes / positions);
    return position_tiles(share, per_position, Bytes(limit_));
  }

  /// Bytes that a member of a sum needs in L2: of its results, a block of channels at a time.
  std::int64_t bytes_of_sum(std::size_t i) const {
    const Layer& l = layer(i);
    const std::int64_t block = sums_[i].live * l.output_bytes / plans_[i].channel_blocks;
    return l.kind == LayerKind::convolution ? std::max(l.input_bytes, block) : block;
  }

  void form_regions(RegionRule rule) {
    std::vector<std::int64_t> tiles(plans_.size());
    for (std::size_t i = 0; i < plans_.size(); ++i) tiles[i] = tiles_of(i);
    const TiledLayers run{std::span(layers_).subspan(first_, plans_.size()), tiles, engines_};
    const std::vector<Region> regions =
        rule == RegionRule::greedy ? greedy_regions(run, device_) : least_regions(run, device_);
    for (std::size_t r = 0; r < regions.size(); ++r)
      for (std::size_t i = regions[r].first; i < regions[r].last; ++i) {
        plans_[i].region = static_cast<std::int32_t>(r);
        plans_[i].tiles = regions[r].tiles;
      }
  }

  bool fits_beside(std::int64_t bytes) const {
    return compiler::fits_beside(bytes, engines_, device_);
  }

  /// What a tensor consists of: itself, what a view renames, or the parts that a concatenation
  /// without work puts side by side. A piece of a tensor (a slice) is a part of its own, cut out of
  /// `sources_`.
  const std::vector<std::int32_t>& parts_of(TensorId id) {
    const auto known = parts_.find(id.index);
    return known != parts_.end() ? known->second : parts_[id.index] = {id.index};
  }
  void find_parts() {
    for (std::size_t i = 0; i < plans_.size(); ++i) {
      const Layer& view = layer(i);
      if (works(i) || view.inputs.empty()) continue;
      std::vector<std::int32_t> below, sources;
      std::int64_t elements = 0;
      for (const auto in : view.inputs) {
        const auto& parts = parts_of(in);
        below.insert(below.end(), parts.begin(), parts.end());
        elements += element_count(graph_.at(in).shape);
      }
      for (const std::int32_t part : below) {
        const auto cut = sources_.find(part);
        if (cut == sources_.end())
          sources.push_back(part);
        else
          sources.insert(sources.end(), cut->second.begin(), cut->second.end());
      }
      for (const auto id : view.outputs) {
        if (elements == element_count(graph_.at(id).shape)) {
          parts_[id.index] = below;
        } else {
          parts_[id.index] = {id.index};
          sources_[id.index] = sources;
        }
      }
    }
  }
  bool works(std::size_t i) const { return computes(layer(i)) || layer(i).kind == LayerKind::host; }
  /// The layer that computes a part; nothing for what comes from outside, or is cut out of another.
  std::optional<std::size_t> maker(std::int32_t part) const {
    const auto made = producer_.find(part);
    if (made == producer_.end() || !works(made->second)) return std::nullopt;
    return made->second;
  }
  bool lies_in_memory(std::int32_t part) const {
    if (const auto it = in_memory_.find(part); it != in_memory_.end()) return it->second;
    const auto from = sources_.find(part);
    if (from == sources_.end()) return !maker(part);
    return std::any_of(from->second.begin(), from->second.end(),
                       [&](std::int32_t source) { return lies_in_memory(source); });
  }
  /// Its maker writes it to memory, if it does not anyway.
  void write_once(std::int32_t part) {
    in_memory_[part] = true;
    const auto made = maker(part);
    if (!made || leaves(TensorId{part}) || std::exchange(written_[part], true)) return;
    plans_[*made].write_bytes += bytes_of(graph_, TensorId{part});
  }
  /// A part from another region that is too large to wait in L2 goes through memory.
  void cross(std::int32_t part, const LayerPlan& p) {
    if (const auto made = maker(part); made && sums_[*made].within) return;
    if (const auto from = sources_.find(part); from != sources_.end()) {
      for (const std::int32_t source : from->second)
        if (!lies_in_memory(source)) cross(source, p);
      return;
    }
    const auto made = maker(part);
    if (made && plans_[*made].region != p.region && (p.tiles > 1 || plans_[*made].tiles > 1) &&
        !fits_beside(bytes_of(graph_, TensorId{part})))
      write_once(part);
  }

  /// Tensors that cross a region boundary, or the segment's, go through memory when too large.
  void move_boundaries() {
    find_parts();
    for (std::size_t i = 0; i < plans_.size(); ++i) {
      LayerPlan& p = plans_[i];
      const Layer& l = layer(i);
      if (!computes(l)) continue;
      for (const auto id : l.inputs) {
        const std::vector<std::int32_t>& parts = parts_of(id);
        for (const std::int32_t part : parts) {
          if (!lies_in_memory(part)) cross(part, p);
          if (!lies_in_memory(part)) continue;
          p.reads_memory = true;
          p.read_bytes += memory_bytes(parts.size() == 1 ? id : TensorId{part});
          // Now it is in L2, and stays for later uses while there is room.
          const auto use = last_use_.find(part);
          if (use != last_use_.end() && use->second > i) {
            in_memory_[part] = false;
            live_.push_back(part);
          }
        }
      }
      for (const auto id : l.outputs) {
        if (leaves(id)) p.write_bytes += memory_bytes(id);
        in_memory_[id.index] = false;
      }
      spill_long_lived(i);
    }
  }

  /// Tensors that must survive while others run: the oldest spill when a layer's block, the live
  /// ones included, does not fit.
  void spill_long_lived(std::size_t i) {
    const Layer& l = layer(i);
    for (const auto id : l.outputs) {
      if (sums_[i].within) break;
      const auto use = last_use_.find(id.index);
      if (use != last_use_.end() && use->second < plans_.size() && use->second > i + 1)
        live_.push_back(id.index);
    }
    std::erase_if(live_, [&](std::int32_t id) { return last_use_[id] <= i || in_memory_[id]; });
    std::sort(live_.begin(), live_.end());
    live_.erase(std::unique(live_.begin(), live_.end()), live_.end());
    const std::int64_t tiles = plans_[i].tiles * engines_;
    std::int64_t total = (sums_[i].live > 0 ? bytes_of_sum(i) : block_bytes(l)) / tiles;
    std::set<std::int32_t> own;  // part of the layer's block already
    for (const auto id : l.inputs) own.insert(parts_of(id).begin(), parts_of(id).end());
    for (const auto id : l.outputs) own.insert(id.index);
    for (const auto id : live_)
      if (!own.contains(id)) total += bytes_of(graph_, TensorId{id}) / tiles;
    while (total > limit_ && !live_.empty()) {
      // The one needed last gives way (Belady). What came from memory is there still.
      const auto victim = std::max_element(
          live_.begin(), live_.end(), [&](auto a, auto b) { return last_use_[a] < last_use_[b]; });
      write_once(*victim);
      if (!own.contains(*victim)) total -= bytes_of(graph_, TensorId{*victim}) / tiles;
      live_.erase(victim);
    }
  }

  const graph::Graph& graph_;
  const std::vector<Layer>& layers_;
  std::size_t first_, last_;
  int engines_;
  const spec::DeviceSpec& device_;
  std::int64_t limit_;
  std::vector<LayerPlan> plans_;
  std::vector<PartialSum> sums_;
  std::unordered_map<std::int32_t, std::size_t> last_use_, producer_;
  std::unordered_map<std::int32_t, int> edge_bits_;  ///< an element's, of inputs and outputs
  std::vector<std::int32_t> live_;                   ///< tensors in L2 that are wanted later
  std::unordered_map<std::int32_t, bool>
      in_memory_;                                   ///< of parts: where it lies, once that is known
  std::unordered_map<std::int32_t, bool> written_;  ///< a copy is in memory
  std::unordered_map<std::int32_t, std::vector<std::int32_t>> parts_, sources_;
};

}  // namespace

std::vector<LayerPlan> plan_memory(const graph::Graph& g, const std::vector<Layer>& layers,
                                   std::size_t first, std::size_t last, int engines,
                                   const spec::DeviceSpec& d, RegionRule rule) {
  return Planner(g, layers, first, last, engines, d).run(rule);
}

}  // namespace anesim::compiler
