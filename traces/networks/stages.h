// Four stages of blocks behind a stem of two strided convolutions; a strided convolution before
// each further stage. Shared by the families that differ in their blocks only.
#pragma once

#include <array>
#include <string>

#include "traces/networks/net.h"

namespace anesim::networks {

/// `block` makes block `i` of `stage` (both from 0) and returns its result.
inline TensorId stages(Net& net, const std::array<std::int64_t, 4>& depths,
                       const std::array<std::int64_t, 4>& widths, auto block) {
  const Conv halve{.kernel = 3, .stride = 2, .activation = "relu"};
  TensorId x = net.conv(net.image(), widths[0] / 2, halve);
  x = net.conv(x, widths[0], halve);
  for (std::size_t stage = 0; stage < depths.size(); ++stage) {
    const std::string place = "stage" + std::to_string(stage + 1) + ".";
    net.at(place);
    if (stage > 0) x = net.conv(x, widths[stage], {.kernel = 3, .stride = 2});
    for (std::int64_t i = 0; i < depths[stage]; ++i) {
      net.at(place + "block" + std::to_string(i + 1) + ".");
      x = block(x, stage, i);
    }
  }
  return x;
}

}  // namespace anesim::networks
