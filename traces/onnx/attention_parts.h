// What the attention operations of the standard and of onnxruntime share.
#pragma once

#include "traces/onnx/call.h"

namespace anesim::onnx {

/// [B, S, heads * E] to [B, heads, S, E], and back.
TensorId split_heads(const Call&, TensorId x, std::int64_t heads, const std::string& suffix);
TensorId merge_heads(const Call&, TensorId x, std::string_view suffix);
/// softmax(q k^T) v over [B, H, L, E] and [B, Hkv, S, E]; several query heads may share one of the
/// others. The result is like q, with the last dimension of v.
TensorId attend(const Call&, TensorId q, TensorId k, TensorId v, std::optional<TensorId> mask);
/// A cache [B, H, P, E] and what is new along P.
TensorId appended(const Call&, std::optional<TensorId> past, TensorId fresh,
                  const std::string& suffix);
/// Rotates pairs of x [B, H, S, E] by angles of shape [..., S, D/2], D <= E.
TensorId rotated(const Call&, TensorId x, TensorId cosine, TensorId sine,
                 const std::string& suffix);
/// Rows of a table of angles [M, D/2] as [B or 1, 1, S, D/2].
TensorId angles_at(const Call&, TensorId table, std::optional<TensorId> positions,
                   std::int64_t steps, const std::string& suffix);

}  // namespace anesim::onnx
