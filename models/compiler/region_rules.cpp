#include "models/compiler/region_rules.h"

#include <algorithm>
#include <limits>

#include "models/compiler/passes.h"
#include "models/compiler/weight_stream.h"

namespace anesim::compiler {

std::vector<std::size_t> Makers::sources(const Layer& l) const {
  std::vector<std::size_t> found;
  for (const auto id : l.inputs)
    if (const auto made = makers_.find(id.index); made != makers_.end())
      found.insert(found.end(), made->second.begin(), made->second.end());
  return found;
}

bool Makers::reads_input(const Layer& l) const {
  return std::any_of(l.inputs.begin(), l.inputs.end(),
                     [&](graph::TensorId id) { return !makers_.contains(id.index); });
}

void Makers::note(const Layer& l, std::size_t index) {
  const auto made = computes(l) ? std::vector<std::size_t>{index} : sources(l);
  for (const auto id : l.outputs) makers_[id.index] = made;
}

bool computes(const Layer& l) {
  return l.kind == LayerKind::convolution || l.kind == LayerKind::matmul ||
         l.kind == LayerKind::planar || l.kind == LayerKind::movement;
}

bool fits_beside(std::int64_t bytes, int engines, const spec::DeviceSpec& d) {
  return bytes / engines <= d.l2.size.value / 2;
}

bool ends_chain(const Layer& l, bool reads_input) {
  return l.kind == LayerKind::planar && l.live_inputs > 1 && reads_input;
}

std::int64_t most_tiles(const Layer& l, const spec::DeviceSpec& d) {
  if (!computes(l)) return std::numeric_limits<std::int64_t>::max();
  if (!l.row_local) return 1;
  // Tiles of rows are common to all generations; without those of columns each layer of a wide map
  // of height 1 passes its result through memory (ane-guide ch.33: 96 layers of 2 MB move 426 MB a
  // call on M1; m6-conv1x1-call: nothing of the kind on M6).
  const std::int64_t positions = l.batch * l.positions();
  return d.l2.column_chains ? positions : std::min(l.out_h, positions);
}

double restream_cost(const Layer& l, std::int64_t tiles, int engines, const spec::DeviceSpec& d) {
  if (l.kind != LayerKind::convolution || tiles <= 1) return 0;
  // Every engine streams the weights, and computes its share.
  const double once = stream_seconds(l, d, false), again = stream_seconds(l, d, true);
  const double compute = estimate_layer(l, d) / engines;
  return std::max(once + static_cast<double>(tiles - 1) * again, compute) - std::max(once, compute);
}

}  // namespace anesim::compiler
