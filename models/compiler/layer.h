// A layer: graph operations as the engine sees them, after lowering and fusion, before tiling.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/compiler/program.h"
#include "traces/graph/graph.h"

namespace anesim::compiler {

enum class LayerKind : std::uint8_t {
  convolution,  ///< constant weights: conv, linear, constant matmul
  matmul,       ///< two live tensors; one is loaded as weights
  planar,       ///< elementwise, pooling, reductions, norms, softmax, quantise
  movement,     ///< data moved by DMA: transposes, gathers, non-qualifying concats
  view,         ///< no work: reshape, squeeze, contiguous slices
  host,         ///< not for the engine
};

/// The kind of operation by which Core ML's segmenter estimates a layer (estimate.h).
enum class Belief : std::uint8_t {
  elementwise,    ///< arithmetic, activations, reductions, pooling
  pointwise,      ///< 1x1 convolution
  spatial,        ///< convolution with a larger kernel
  transposed,     ///< transposed convolution
  product,        ///< linear layer, matmul
  resize,         ///< interpolation
  movement,       ///< concat, transpose, gather, padding
  normalisation,  ///< softmax, norms, attention as a whole
  nothing,        ///< counted with another layer of the same operation
};

struct Layer {
  LayerKind kind = LayerKind::view;
  Belief belief = Belief::elementwise;
  std::string type;  ///< op type of the main operation
  std::string name;
  std::string reason;
  std::vector<std::int32_t> ops;  ///< indices into Graph::ops, main one first
  // Convolution and matmul geometry.
  std::int64_t batch = 1;  ///< images, or independent matrices (heads)
  std::int64_t in_channels = 0;
  std::int64_t out_channels = 0;
  std::int64_t groups = 1;
  std::int64_t kernel_h = 1, kernel_w = 1, kernel_d = 1;
  std::int64_t stride_h = 1, stride_w = 1;
  std::int64_t dilation_h = 1, dilation_w = 1;
  std::int64_t in_h = 1, in_w = 1;  ///< depth folded into height
  std::int64_t out_h = 1, out_w = 1;
  bool transposed = false;
  bool int8_activations = false;
  // Weights.
  graph::TensorId weight;  ///< identity for sharing; index -1: none
  std::int64_t weight_elements = 0;
  graph::StorageFormat format;
  // Planar and movement work.
  std::int64_t elements = 0;  ///< elements through the unit, once
  double element_passes = 1;  ///< planar operations an element
  int live_inputs = 1;
  std::int64_t planar_tasks = 1;  ///< descriptors it becomes (pairs merge by half)
  bool needs_table = false;
  // Tensors.
  std::vector<graph::TensorId> inputs;  ///< live ones
  std::vector<graph::TensorId> outputs;
  std::int64_t input_bytes = 0;
  std::int64_t operand_bytes = 0;  ///< of the largest input
  std::int64_t output_bytes = 0;
  double input_padding = 1;  ///< of movement: bytes with padded rows over bytes without
  double output_padding = 1;
  // Placement.
  Where other = Where::cpu;      ///< unit of a layer that is not for the engine
  Where view_unit = Where::ane;  ///< where a view lies: its source's unit, else its reader's
  bool gpu_able = true;
  std::vector<Alternative> estimates;  ///< alone, on each unit that could execute it
  // CPU and GPU estimate.
  double flops = 0;
  std::int64_t host_macs = 0;   ///< of operations without convolution geometry (lstm, ...)
  double zero_activations = 0;  ///< share of its input that is zero, 0..1; decides energy alone
  bool row_local = true;  ///< output rows depend only on nearby input rows (can be position-tiled)
  bool approximated = false;

  [[nodiscard]] Where where() const {
    return kind == LayerKind::host ? other : kind == LayerKind::view ? view_unit : Where::ane;
  }
  /// Enlarges a map, as a convolution or as moved data.
  [[nodiscard]] bool interpolates() const { return belief == Belief::resize; }
  [[nodiscard]] std::int64_t positions() const { return out_h * out_w; }
  /// What the graph counts: interpolation has none (graph::work_of).
  [[nodiscard]] std::int64_t macs() const {
    if (interpolates()) return 0;
    return batch * positions() * out_channels * (in_channels / groups) * kernel_h * kernel_w *
           kernel_d;
  }
};

}  // namespace anesim::compiler
