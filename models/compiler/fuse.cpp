#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "models/compiler/passes.h"

namespace anesim::compiler {
namespace {

bool one_of(std::string_view type, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), type) != names.end();
}

bool is_activation(const Layer& l) {
  return one_of(l.type, {"relu", "relu6", "leaky_relu", "prelu", "clamped_relu", "clip", "sigmoid",
                         "tanh", "silu", "gelu", "softplus", "softsign", "elu", "scaled_tanh",
                         "sigmoid_hard", "thresholded_relu", "linear_activation"});
}
/// Per-channel scale or shift by a constant: the post stage's gain and offset. A constant of the
/// map's size is no gain: the planar engine multiplies by it (m6-sparse, masked chains).
bool is_gain(const graph::Graph& g, const Layer& l) {
  if (l.live_inputs != 1 || l.ops.empty() ||
      !one_of(l.type, {"add", "sub", "mul", "batch_norm", "dequantize"}))
    return false;
  for (const auto& a : g.ops[static_cast<std::size_t>(l.ops[0])].arguments)
    for (const auto id : a.tensors) {
      const auto& t = g.at(id);
      if (t.constant && graph::element_count(t.shape) > l.out_channels) return false;
    }
  return true;
}
/// The last stage an NE layer absorbs (ane-guide 2.5).
bool is_requantize(const Layer& l) { return l.type == "quantize"; }

/// How far the post stage of an NE layer has been filled.
enum class Post { gain, activation, full };

/// quantize, dequantize, convolution with weights of at most 8 bits: the engine multiplies the
/// 8-bit numbers and scales afterwards (W8A8, A8W4); the dequantize disappears when no other layer
/// reads it (`readers`: how many are left).
void take_int8(Layer& l, std::vector<Layer>& out,
               const std::unordered_map<std::int32_t, std::size_t>& dequantized,
               std::vector<int>& readers) {
  const bool weights8 = l.kind == LayerKind::convolution && l.format.bits <= 8;
  if (!weights8 || l.inputs.size() != 1) return;
  const auto it = dequantized.find(l.inputs[0].index);
  if (it == dequantized.end()) return;
  Layer& d = out[it->second];
  if (--readers[static_cast<std::size_t>(it->first)] == 0) {
    d.kind = LayerKind::view;
    d.reason = "folded into the 8-bit convolution";
  }
  l.int8_activations = true;
  l.input_bytes = d.input_bytes;
}

/// An addition reads 8-bit operands as they are, half of the bytes, and scales them on the way in
/// (assumed: the planar engine writes such numbers when it quantises; no measurement shows it
/// alone).
void take_int8_operands(Layer& l, std::vector<Layer>& out,
                        const std::unordered_map<std::int32_t, std::size_t>& dequantized,
                        std::vector<int>& readers) {
  if (l.kind != LayerKind::planar || l.type != "add") return;
  std::size_t small = 0;
  std::int64_t largest = 0;
  for (const auto input : l.inputs) {
    const auto it = dequantized.find(input.index);
    if (it == dequantized.end()) continue;
    Layer& d = out[it->second];
    l.input_bytes -= d.output_bytes - d.input_bytes;
    largest = std::max(largest, d.input_bytes);
    if (++small == l.inputs.size()) l.operand_bytes = largest;
    if (--readers[static_cast<std::size_t>(it->first)] == 0) {
      d.kind = LayerKind::view;
      d.reason = "folded into its readers";
    }
  }
}

}  // namespace

std::vector<Layer> fuse(const graph::Graph& g, std::vector<Layer> layers) {
  std::vector<int> consumers(g.tensors.size(), 0);
  for (const auto& l : layers)
    for (const auto id : l.inputs) ++consumers[static_cast<std::size_t>(id.index)];
  for (const auto id : g.outputs) ++consumers[static_cast<std::size_t>(id.index)];
  std::vector<int> readers = consumers;  // of dequantised tensors, less the 8-bit convolutions
  auto only_consumer = [&](const Layer& from) {
    return from.outputs.size() == 1 &&
           consumers[static_cast<std::size_t>(from.outputs[0].index)] == 1;
  };

  std::vector<Layer> out;
  out.reserve(layers.size());
  std::unordered_map<std::int32_t, std::pair<std::size_t, Post>> post;  // tensor -> open NE layer
  std::unordered_map<std::int32_t, std::size_t> open_planar;            // tensor -> mergeable task
  std::unordered_map<std::int32_t, std::size_t> dequantized;  // tensor -> its dequantize layer
  for (auto& l : layers) {
    take_int8_operands(l, out, dequantized, readers);
    const bool simple_planar = l.kind == LayerKind::planar && l.live_inputs == 1 &&
                               l.planar_tasks == 1 && l.inputs.size() == 1 && l.outputs.size() == 1;
    if (simple_planar) {
      const auto it = post.find(l.inputs[0].index);
      if (it != post.end()) {
        auto [target, stage] = it->second;
        const bool fits = (stage == Post::gain && (is_gain(g, l) || is_activation(l))) ||
                          (stage == Post::activation && is_gain(g, l)) ||
                          (stage != Post::full && is_requantize(l));
        if (fits && only_consumer(out[target])) {
          Layer& t = out[target];
          t.ops.insert(t.ops.end(), l.ops.begin(), l.ops.end());
          t.outputs = l.outputs;
          t.output_bytes = l.output_bytes;
          post.erase(it);
          const Post next = is_activation(l)                                ? Post::activation
                            : is_requantize(l) || stage == Post::activation ? Post::full
                                                                            : Post::gain;
          post[l.outputs[0].index] = {target, next};
          continue;
        }
      }
      const auto pe = open_planar.find(l.inputs[0].index);
      // Two operations a task; the second may be the one that quantises (assumed, as MODEL.md 2 has
      // it for any two single-input operations).
      const bool merges = pe != open_planar.end() && only_consumer(out[pe->second]) &&
                          out[pe->second].elements == l.elements && l.element_passes <= 1 &&
                          l.type != "dequantize";
      if (merges) {
        Layer& t = out[pe->second];
        t.ops.insert(t.ops.end(), l.ops.begin(), l.ops.end());
        t.outputs = l.outputs;
        t.output_bytes = l.output_bytes;
        open_planar.erase(pe);
        continue;
      }
      if (l.element_passes <= 1 && !one_of(l.type, {"quantize", "dequantize"}))
        open_planar[l.outputs[0].index] = out.size();
    } else if (l.kind == LayerKind::convolution || l.kind == LayerKind::matmul) {
      take_int8(l, out, dequantized, readers);
      if (l.outputs.size() == 1) post[l.outputs[0].index] = {out.size(), Post::gain};
    }
    if (l.type == "dequantize" && l.outputs.size() == 1)
      dequantized[l.outputs[0].index] = out.size();
    out.push_back(std::move(l));
  }
  return out;
}

}  // namespace anesim::compiler
