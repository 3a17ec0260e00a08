// Builds graphs in code: used by the generators of synthetic workloads and networks, and by tests.
#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "traces/graph/graph.h"
#include "traces/graph/shape_rules.h"

namespace anesim::graph {

/// Appends tensors and operations; result shapes come from the shape rules (shape_rules.h), so a
/// wrong call throws UserError naming the op. Small constants are shared.
class Builder {
 public:
  explicit Builder(std::string name);

  TensorId input(std::string name, Shape, DType = DType::fp16);
  /// A tensor that lives between calls; read_state and write_state reach it.
  TensorId state(std::string name, Shape, DType = DType::fp16);
  /// A weight: size and format only, no values.
  TensorId weight(std::string name, Shape, StorageFormat = {});
  TensorId ints(std::vector<std::int64_t>);  ///< int32 vector constant
  TensorId integer(std::int64_t);            ///< int32 scalar constant
  TensorId boolean(bool);
  TensorId bools(std::vector<bool>);
  TensorId number(double, DType = DType::fp16);  ///< scalar constant
  TensorId text(std::string);

  using Arguments = std::vector<std::pair<std::string, std::vector<TensorId>>>;
  /// Adds an op with one result and returns it. The result is named like the op.
  TensorId op(std::string_view type, Arguments, std::string name = "");
  /// Adds an op with several results.
  std::vector<TensorId> op_many(std::string_view type, Arguments, std::string name = "");
  /// Adds an op that no rule knows; the caller tells its results. It needs --approximate-unknown.
  std::vector<TensorId> opaque(std::string_view type, Arguments, std::vector<TensorType> results,
                               std::string name);

  [[nodiscard]] const Shape& shape(TensorId id) const { return graph_.at(id).shape; }
  [[nodiscard]] bool is_constant(TensorId id) const { return graph_.at(id).constant; }
  /// Marks the results and hands the graph over; the builder is empty afterwards.
  Graph finish(std::vector<TensorId> outputs);

 private:
  TensorId constant(std::string key, Tensor);
  std::vector<TensorId> finish_op(Op, const std::vector<TensorType>&);
  Graph graph_;
  std::map<std::string, TensorId> constants_;
  std::unordered_set<std::string> names_;
  int counter_ = 0;
};

}  // namespace anesim::graph
