// Appends operations of the graph's vocabulary while a reader walks a model.
// Operations whose operands are all constant become constants, as a converter would fold them.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "traces/graph/shape_rules.h"
#include "traces/onnx/array.h"

namespace anesim::onnx {

using Arguments = std::vector<std::pair<std::string_view, std::vector<graph::TensorId>>>;

class Emitter {
 public:
  explicit Emitter(graph::Graph& graph) : graph_(graph), ops_(&graph.ops) {}

  [[nodiscard]] graph::Graph& graph() { return graph_; }
  graph::TensorId add(graph::Tensor);

  // Parameters; equal ones are shared.
  graph::TensorId ints(const std::vector<std::int64_t>&);
  graph::TensorId integer(std::int64_t);
  graph::TensorId flag(bool);
  graph::TensorId flags(const std::vector<bool>&);
  graph::TensorId number(double);
  graph::TensorId word(const std::string&);

  /// Adds an operation; result types come from the shape rules. Throws UserError, also where they
  /// depend on values of the run.
  std::vector<graph::TensorId> emit(std::string_view type, const Arguments&,
                                    const std::string& name);
  /// Adds an operation whose result types are given.
  std::vector<graph::TensorId> emit_as(std::string_view type, const Arguments&,
                                       const std::string& name,
                                       const std::vector<graph::TensorType>&);

  /// Adds an operation with bodies; nothing if its result types do not follow from them.
  std::optional<std::vector<graph::TensorId>> emit_blocks(std::string_view type, const Arguments&,
                                                          const std::string& name,
                                                          std::vector<graph::Block>);

  /// Operations go to `ops` until this is called again; returns where they went before.
  std::vector<graph::Op>* redirect(std::vector<graph::Op>* ops) { return std::exchange(ops_, ops); }

 private:
  graph::TensorId parameter(const std::string& key, const Array&);
  graph::Op operation(std::string_view type, const Arguments&, const std::string& name);
  std::vector<graph::TensorId> finish(graph::Op, const std::vector<graph::TensorType>&);
  std::string unique(const std::string& name);

  graph::Graph& graph_;
  std::vector<graph::Op>* ops_;
  std::map<std::string, graph::TensorId> parameters_;
  std::unordered_set<std::string> names_;
  std::unordered_map<std::string, int> repeats_;
};

}  // namespace anesim::onnx
