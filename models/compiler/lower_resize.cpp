// Lowering of interpolation. Enlarging by whole factors is an ordinary convolution with interleaved
// outputs (m6-study 2.4; on the M1 a deconvolution, ane-guide 6); the rest moves data.
#include <string>

#include "models/compiler/lowering.h"

namespace anesim::compiler {
namespace {

using graph::Op;
using graph::Shape;

enum class Interpolation : std::uint8_t { nearest, linear, other };

Interpolation interpolation(const Lowering& s, const Op& op) {
  if (op.type == "upsample_nearest_neighbor" || op.type == "resize_nearest_neighbor")
    return Interpolation::nearest;
  if (op.type == "upsample_bilinear" || op.type == "resize_bilinear") return Interpolation::linear;
  const std::string mode =
      graph::find_string(s.graph(), op, "interpolation_mode").value_or("LINEAR");
  return mode == "LINEAR"             ? Interpolation::linear
         : mode == "NEAREST_NEIGHBOR" ? Interpolation::nearest
                                      : Interpolation::other;
}

/// Whether every output of a phase has the same weights, which a convolution needs: corners that
/// are aligned stretch the grid by a little less than the factor.
bool even_grid(const Lowering& s, const Op& op) {
  if (op.type == "upsample_nearest_neighbor") return true;
  if (op.type == "upsample_bilinear")
    return !graph::find_bool(s.graph(), op, "align_corners").value_or(true);
  const std::string mode = graph::find_string(s.graph(), op, "sampling_mode").value_or("DEFAULT");
  return mode == "DEFAULT" || mode == "UNALIGN_CORNERS";
}

/// Factor by which an axis grows; 0 if it is not whole.
std::int64_t factor(std::int64_t from, std::int64_t to) {
  return from > 0 && to % from == 0 ? to / from : 0;
}

void moves(Lowering& s, const Op& op) { s.append(moved(s, op, Belief::resize)); }

void resize(Lowering& s, const Op& op) {
  const Shape& from = s.shape(s.need(op, "x"));
  const Shape& to = s.shape(op.outputs.at(0));
  const Interpolation how = interpolation(s, op);
  const bool maps = from.size() == 4 && to.size() == 4 && from[0] == to[0] && from[1] == to[1];
  if (!maps || how == Interpolation::other || !even_grid(s, op)) return moves(s, op);
  const std::int64_t high = factor(from[2], to[2]), wide = factor(from[3], to[3]);
  const auto& e = s.device().engine;
  const std::int64_t reach = how == Interpolation::linear ? 2 : 1;
  if (high < 1 || wide < 1 || high * wide == 1 || reach * high > e.max_kernel_height ||
      reach * wide > e.max_kernel_width)
    return moves(s, op);
  Layer l = s.base(op, LayerKind::convolution);
  l.belief = Belief::resize;
  l.batch = from[0];
  l.in_channels = l.out_channels = l.groups = from[1];
  l.in_h = from[2];
  l.in_w = from[3];
  l.out_h = to[2];
  l.out_w = to[3];
  l.transposed = true;
  // Taps of one output; a phase of the interleaved outputs has weights of its own.
  l.kernel_h = high > 1 ? reach : 1;
  l.kernel_w = wide > 1 ? reach : 1;
  l.weight_elements = from[1] * l.kernel_h * high * l.kernel_w * wide;
  l.int8_activations = s.is_int8(s.need(op, "x"));
  s.append(std::move(l));
}

}  // namespace

void add_resize_rules(LowerTable& t) {
  add_all(t, resize, "ne",
          {"resize_nearest_neighbor", "resize_bilinear", "upsample_nearest_neighbor",
           "upsample_bilinear", "resize"});
  add_all(t, moves, "dma", {"resample", "affine", "crop_resize"});
}

}  // namespace anesim::compiler
