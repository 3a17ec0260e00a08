#include "models/memory/interleaving.h"

#include <algorithm>
#include <cmath>

namespace anesim::models {
namespace {

std::int64_t blocks_of(double bytes, const spec::MemorySpec& m) {
  return static_cast<std::int64_t>(std::ceil(bytes / static_cast<double>(m.dram_interleave.value)));
}

}  // namespace

Interleaved interleaved(std::int64_t block, double bytes, const spec::MemorySpec& m) {
  const std::int64_t blocks = blocks_of(bytes, m);
  Interleaved i;
  i.first = static_cast<int>(block % m.dram_channels);
  i.count = static_cast<int>(std::min<std::int64_t>(blocks, m.dram_channels));
  i.each = blocks / m.dram_channels;
  i.extra = blocks % m.dram_channels;
  i.unused = static_cast<double>(blocks * m.dram_interleave.value) - bytes;
  return i;
}

double Interleaved::bytes(int k, int channels, double block) const {
  const bool has_last = k == (extra > 0 ? extra : channels) - 1;
  return static_cast<double>(each + (k < extra ? 1 : 0)) * block - (has_last ? unused : 0);
}

BytesPerSecond dram_rate(double bytes, const spec::MemorySpec& m) {
  const double all = m.dram_peak().value * m.dram_efficiency;
  return BytesPerSecond(all * interleaved(0, bytes, m).count / m.dram_channels);
}

}  // namespace anesim::models
