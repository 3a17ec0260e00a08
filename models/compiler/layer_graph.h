// Layers as nodes, tensors as edges: what placement needs to know of their order.
#pragma once

#include <cstdint>
#include <vector>

#include "models/compiler/layer.h"
#include "traces/graph/graph.h"

namespace anesim::compiler {

struct LayerGraph {
  std::vector<std::vector<std::int32_t>> before;  ///< layers whose results a layer reads
  std::vector<std::vector<std::int32_t>> after;   ///< layers that read its results
  std::vector<char> result;                       ///< makes a result of the graph

  /// Parts of one operation (attention) follow each other although they name the same tensors.
  LayerGraph(const graph::Graph&, const std::vector<Layer>&);
};

/// Groups of layers that data connects without leaving `member` (one flag a layer); views inside
/// belong to them. Each group holds ascending indices; groups of views alone are left out.
[[nodiscard]] std::vector<std::vector<std::int32_t>> connected_groups(
    const LayerGraph&, const std::vector<Layer>&, const std::vector<char>& member);

/// A view lies where its source is computed, a view of an input where it is read first.
void assign_views(const graph::Graph&, std::vector<Layer>&);

/// The layers in an order with few changes between the engine and other units: a unit goes on as
/// long as it has work that is ready, in the order given. Nothing runs before what it reads, and
/// layers that name the same state keep their order.
[[nodiscard]] std::vector<Layer> gathered(const graph::Graph&, std::vector<Layer>);

/// Stretches [first, last) of layers on one unit; views between two go where they lie.
struct Stretch {
  std::size_t first = 0, last = 0;
  Where where = Where::ane;
};
[[nodiscard]] std::vector<Stretch> stretches(const std::vector<Layer>&);

}  // namespace anesim::compiler
