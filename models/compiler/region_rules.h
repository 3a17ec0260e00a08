// What the plan of the memory and both ways to form regions ask of a layer.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "models/compiler/regions.h"

namespace anesim::compiler {

/// Whether a layer has work on the engine.
[[nodiscard]] bool computes(const Layer&);

/// Whether a tensor can wait in L2 while other layers run in tiles.
[[nodiscard]] bool fits_beside(std::int64_t bytes, int engines, const spec::DeviceSpec&);

/// Who made the tensors so far. A view is another name of what it reads.
class Makers {
 public:
  /// The computing layers whose results a layer reads.
  [[nodiscard]] std::vector<std::size_t> sources(const Layer&) const;
  /// Whether it reads what no layer before it made.
  [[nodiscard]] bool reads_input(const Layer&) const;
  void note(const Layer&, std::size_t index);

 private:
  std::unordered_map<std::int32_t, std::vector<std::size_t>> makers_;
};

/// A second operand from memory ends the chain of tiles (m6-study 9.4.2: sums of three and four
/// large inputs move their partial sums through memory).
[[nodiscard]] bool ends_chain(const Layer&, bool reads_input);

/// Tiles into which a layer can be cut along with others.
[[nodiscard]] std::int64_t most_tiles(const Layer&, const spec::DeviceSpec&);

/// Extra seconds if the layer's weights are streamed once a tile instead of once.
[[nodiscard]] double restream_cost(const Layer&, std::int64_t tiles, int engines,
                                   const spec::DeviceSpec&);

}  // namespace anesim::compiler
