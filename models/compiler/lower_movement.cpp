// Lowering of operations that move or rename data. Source: m6-study 2.9, 8.1.
#include <fmt/format.h>

#include "models/compiler/lowering.h"

namespace anesim::compiler {
namespace {

using graph::Op;

void view(Lowering& s, const Op& op) { s.append(s.base(op, LayerKind::view)); }

void movement(Lowering& s, const Op& op) {
  Layer l = s.base(op, LayerKind::movement);
  l.row_local = false;
  if (l.inputs.empty()) l.kind = LayerKind::view;
  s.append(std::move(l));
}

void cast(Lowering& s, const Op& op) {
  Layer l = s.base(op, LayerKind::view);
  if (!op.outputs.empty() && !l.inputs.empty()) {
    const auto from = s.graph().at(l.inputs[0]).dtype, to = s.graph().at(op.outputs[0]).dtype;
    auto integer = [](graph::DType t) {
      return t == graph::DType::int32 || t == graph::DType::int64 || t == graph::DType::boolean;
    };
    if (integer(from) || integer(to)) {
      l.kind = LayerKind::host;
      l.reason = fmt::format("cast {} to {} runs on the CPU", name(from), name(to));
    }
  }
  s.append(std::move(l));
}

}  // namespace

void add_movement_rules(LowerTable& t) {
  add_all(t, view, "view",
          {"reshape", "squeeze", "expand_dims", "split", "slice_by_index", "slice_by_size",
           "read_state", "shape", "tensor_buffer_to_tensor", "tensor_to_tensor_buffer"});
  add_all(t, movement, "dma",
          {"transpose",
           "concat",
           "stack",
           "pad",
           "tile",
           "gather",
           "gather_along_axis",
           "gather_nd",
           "pixel_shuffle",
           "pixel_unshuffle",
           "depth_to_space",
           "space_to_depth",
           "batch_to_space",
           "space_to_batch",
           "resize_nearest_neighbor",
           "resize_bilinear",
           "upsample_nearest_neighbor",
           "upsample_bilinear",
           "resize",
           "resample",
           "affine",
           "crop_resize",
           "crop",
           "reverse",
           "slice_update",
           "write_state",
           "coreml_update_state",
           "fill",
           "fill_like",
           "sliding_windows"});
  add_all(t, cast, "view", {"cast"});
}

}  // namespace anesim::compiler
