// What the lowering rules share: the view of one graph they read, the layers they append, and the
// table of rules. One file a family of operations (lower_conv.cpp, lower_product.cpp, ...); each
// adds its rows to the table that lower.cpp puts together.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "models/compiler/layer.h"
#include "models/compiler/lower.h"
#include "models/spec/device_spec.h"
#include "traces/graph/graph.h"

namespace anesim::compiler {

/// Bytes of a tensor inside the engine, which works on fp16 or 8-bit data whatever the graph says:
/// fp32 is cast at the edge.
[[nodiscard]] std::int64_t tensor_bytes(const graph::Tensor&);

/// Shape seen as [N, C, H, W], the engine's axes; axes before the last three fold into N.
struct Nchw {
  std::int64_t n = 1, c = 1, h = 1, w = 1;
};
[[nodiscard]] Nchw as_nchw(const graph::Shape&);

/// What a rule sees of the graph, and where it puts its layers.
class Lowering {
 public:
  Lowering(const graph::Graph& g, const spec::DeviceSpec& d, const LowerOptions& o)
      : graph_(g), device_(d), options_(o) {}
  /// Lowers every operation in order. Throws UserError for one without a rule.
  [[nodiscard]] std::vector<Layer> run();

  [[nodiscard]] const graph::Graph& graph() const { return graph_; }
  [[nodiscard]] const spec::DeviceSpec& device() const { return device_; }
  /// A layer with the operation's name, live inputs, outputs and bytes filled in.
  [[nodiscard]] Layer base(const graph::Op&, LayerKind) const;
  [[nodiscard]] const graph::Shape& shape(graph::TensorId id) const { return graph_.at(id).shape; }
  /// Input tensor of a parameter; throws UserError when the operation lacks it.
  [[nodiscard]] graph::TensorId need(const graph::Op&, std::string_view parameter) const;
  [[nodiscard]] bool is_constant(graph::TensorId id) const { return graph_.at(id).constant; }
  void set_weight(Layer&, graph::TensorId) const;
  [[nodiscard]] bool is_int8(graph::TensorId) const;
  void append(Layer l) { layers_.push_back(std::move(l)); }

 private:
  const graph::Graph& graph_;
  const spec::DeviceSpec& device_;
  LowerOptions options_;
  std::vector<Layer> layers_;
  std::int32_t index_ = 0;
};

/// Turns one operation into one or more layers.
using LowerRule = void (*)(Lowering&, const graph::Op&);
struct LowerEntry {
  LowerRule rule;
  const char* unit;  ///< "ne", "planar", "view", "dma", "cpu"
};
using LowerTable = std::map<std::string, LowerEntry, std::less<>>;

void add_all(LowerTable&, LowerRule, const char* unit, std::initializer_list<const char*> names);

/// The operation as data moved by DMA.
[[nodiscard]] Layer moved(const Lowering&, const graph::Op&, Belief);

/// Passes and descriptors of a softmax.
void softmax_cost(Layer&, const spec::PlanarSpec&);

// The families, one file each.
void add_convolution_rules(LowerTable&);  ///< conv, conv_transpose, linear
void add_product_rules(LowerTable&);      ///< matmul, einsum, attention
void add_elementwise_rules(LowerTable&);  ///< arithmetic, comparisons, activations, division
void add_reduction_rules(LowerTable&);    ///< softmax, norms, reductions, pooling
void add_movement_rules(LowerTable&);     ///< views, transposes, gathers, casts
void add_resize_rules(LowerTable&);       ///< interpolation
void add_host_rules(LowerTable&);         ///< what no engine does

}  // namespace anesim::compiler
