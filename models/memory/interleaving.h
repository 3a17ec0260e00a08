// How bytes lie on the DRAM channels, as pure rules: consecutive blocks in turn.
#pragma once

#include <cstdint>

#include "models/spec/device_spec.h"

namespace anesim::models {

/// How a transfer lies on the channels: whole blocks in turn, the last one partly.
struct Interleaved {
  int first = 0;           ///< channel of the first block
  int count = 0;           ///< channels touched, from the first on and around the end
  std::int64_t each = 0;   ///< blocks on every channel
  std::int64_t extra = 0;  ///< so many of the first channels have one more
  double unused = 0;       ///< bytes of the last block that are not moved

  /// Bytes on the k-th channel touched.
  [[nodiscard]] double bytes(int k, int channels, double block) const;
};
/// `bytes` from the start of block `block` on.
[[nodiscard]] Interleaved interleaved(std::int64_t block, double bytes, const spec::MemorySpec&);
/// Bandwidth that so many bytes can draw: that of the channels they touch.
[[nodiscard]] BytesPerSecond dram_rate(double bytes, const spec::MemorySpec&);

}  // namespace anesim::models
