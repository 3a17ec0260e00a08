// Pieces of the YOLO detectors (ultralytics) that several versions share.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "traces/networks/net.h"

namespace anesim::networks::yolo {

/// Convolutions of 3 and of 1 with SiLU.
TensorId c3(Net&, TensorId x, std::int64_t out, std::int64_t stride = 1);
TensorId pw(Net&, TensorId x, std::int64_t out);
/// Three pools of 5 in a chain, all joined (SPPF).
TensorId pools(Net&, TensorId x);
/// Boxes and classes of one scale as [N, channels, positions].
TensorId positions(Net&, TensorId x);
/// Refuses a resolution that the strides do not divide.
void check_resolution(const Values&);

constexpr std::int64_t bins = 16;
/// Expected value over the bins, then centre and size from the anchors, and the sigmoid of the
/// classes: [N, 4 + classes, anchors].
TensorId decode(Net&, TensorId x, std::int64_t classes);

/// Widths of YOLO11 and YOLO26: a share of the full width, which ends at `most`; `deep` has a
/// second level of bottlenecks in every block.
struct Scale {
  std::int64_t parts;  ///< of four: the full width is 4
  std::int64_t most;
  bool deep;

  [[nodiscard]] std::int64_t of(std::int64_t full) const {
    return std::min(full, most) * parts / 4;
  }
};
constexpr Scale nano{1, 1024, false}, small{2, 1024, false}, medium{4, 512, true};

/// Maps for the head at strides 8, 16 and 32; with `newer` as in YOLO26: second levels in the
/// whole neck, attention in its last block, a skip over the pools.
std::array<TensorId, 3> body(Net&, const Scale&, bool newer);
/// Two depthwise-separable layers and the classes (YOLO11, YOLO26).
TensorId labels(Net&, TensorId x, std::int64_t inner, std::int64_t classes);
/// Of [N, anchors, 4 + classes + more] the best 300 anchors by their best class, then the best 300
/// pairs of those and a class: rows of box, score, class and more.
TensorId select_best(Net&, TensorId all, std::int64_t classes);

}  // namespace anesim::networks::yolo
