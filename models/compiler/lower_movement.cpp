// Lowering of operations that move or rename data. Source: m6-study 2.9, 8.1.
#include <fmt/format.h>

#include "models/compiler/lowering.h"

namespace anesim::compiler {
namespace {

using graph::Op;

void view(Lowering& s, const Op& op) { s.append(s.base(op, LayerKind::view)); }

/// The tile DMA moves rows of the last axis padded to 64 bytes (m6-study 2.6).
double row_padding(const Lowering& s, const std::vector<graph::TensorId>& ids) {
  constexpr std::int64_t granule = 64;
  double bytes = 0, padded = 0;
  for (const auto id : ids) {
    const graph::Tensor& t = s.graph().at(id);
    if (t.shape.empty() || t.constant) continue;
    const std::int64_t row = t.shape.back() * bit_width(t.dtype) / 8;
    if (row <= 0) continue;
    const auto rows = static_cast<double>(graph::element_count(t.shape) / t.shape.back());
    bytes += rows * static_cast<double>(row);
    padded += rows * static_cast<double>((row + granule - 1) / granule * granule);
  }
  return bytes > 0 ? padded / bytes : 1;
}

void movement(Lowering& s, const Op& op) { s.append(moved(s, op, Belief::movement)); }

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

Layer moved(const Lowering& s, const Op& op, Belief belief) {
  Layer l = s.base(op, LayerKind::movement);
  l.belief = belief;
  l.input_padding = row_padding(s, l.inputs);
  l.output_padding = row_padding(s, l.outputs);
  l.row_local = false;
  if (l.inputs.empty()) l.kind = LayerKind::view;
  return l;
}

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
