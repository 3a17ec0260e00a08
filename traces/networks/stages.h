// Four stages of blocks, for the families that differ in these and in the way from one to the next.
#pragma once

#include <array>
#include <string>

#include "traces/networks/net.h"

namespace anesim::networks {

/// Stages of a network: `halve` makes the way into `stage` from the one before, `block` its block
/// `i` (all from 0). Both take what came before and return their result.
inline TensorId stages(Net& net, TensorId x, const std::array<std::int64_t, 4>& depths, auto halve,
                       auto block) {
  for (std::size_t stage = 0; stage < depths.size(); ++stage) {
    const std::string place = "stage" + std::to_string(stage + 1) + ".";
    net.at(place);
    if (stage > 0) x = halve(x, stage);
    for (std::int64_t i = 0; i < depths[stage]; ++i) {
      net.at(place + "block" + std::to_string(i + 1) + ".");
      x = block(x, stage, i);
    }
  }
  return x;
}

/// Those behind a stem of two strided convolutions, with a strided convolution into each stage.
inline TensorId stages(Net& net, const std::array<std::int64_t, 4>& depths,
                       const std::array<std::int64_t, 4>& widths, auto block) {
  const Conv strided{.kernel = 3, .stride = 2, .activation = "relu"};
  const TensorId stem = net.conv(net.conv(net.image(), widths[0] / 2, strided), widths[0], strided);
  const auto halve = [&](TensorId x, std::size_t stage) {
    return net.conv(x, widths[stage], {.kernel = 3, .stride = 2});
  };
  return stages(net, stem, depths, halve, block);
}

}  // namespace anesim::networks
