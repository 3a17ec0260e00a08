// Walks the graph of a model, node by node. The parts: inputs.cpp (inputs and their dimensions),
// stored.cpp (constants), walker.cpp (names and nodes), control.cpp (conditions, loops, functions).
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "traces/onnx/call.h"
#include "traces/onnx/onnx.h"
#include "traces/onnx/proto.h"
#include "traces/onnx/tensors.h"

namespace anesim::onnx {

class Walker {
 public:
  Walker(const ::onnx::ModelProto& model, const Source& source, const ReadOptions& options);
  graph::Graph run();

 private:
  [[noreturn]] void fail(const std::string& what) const;
  void read_opsets();
  [[nodiscard]] std::int64_t opset_of(const std::string& domain) const;

  // Inputs and their dimensions.
  void declare_inputs();
  void bind();
  void bind_equal_symbols();
  bool fix_value(const graph::DimBinding&);
  bool bind_result(const graph::DimBinding&);
  /// Types that the file declares for the outputs of a node; nothing if a size is open.
  [[nodiscard]] std::optional<std::vector<graph::TensorType>> declared(const Call&) const;

  // Constants.
  void read_constants(const ::onnx::GraphProto&);
  TensorId stored_constant(const ::onnx::TensorProto&, const std::string& what);
  TensorId sparse_constant(const ::onnx::SparseTensorProto&);
  TensorId constant_node(const Call&);

  // Names and nodes.
  void define(const std::string& name, TensorId);
  /// Fails naming the kind and name of what reads it.
  [[nodiscard]] TensorId lookup(const std::string& name, std::string_view reader,
                                const std::string& called) const;
  void leave(std::size_t outside);
  void walk(const ::onnx::GraphProto&);
  void import(const ::onnx::NodeProto&);
  Results results_of(Call, const std::string& domain);
  Results unknown(const Call&, const std::string& domain);
  Results run_dependent(const Call&, std::string_view target);
  void drop_dead(std::vector<graph::Op>&, std::vector<bool>& read);

  // Conditions, loops, functions.
  Results condition(const Call&);
  Results loop(const Call&);
  Results scan(const Call&);
  Results function(const Call&, const ::onnx::FunctionProto&);
  /// Outputs of a graph inside a node, whose inputs are `inputs`.
  Results walk_body(const Call&, const ::onnx::GraphProto&, const Results& inputs);
  const ::onnx::GraphProto& body(const Call&, std::string_view name) const;
  TensorId stacked(const Call&, const std::vector<TensorId>& parts, std::int64_t axis) const;
  void require_turns(const Call&, double turns, const ::onnx::GraphProto&) const;

  const ::onnx::ModelProto& model_;
  const Source& source_;
  const ReadOptions& options_;
  graph::Graph graph_;
  Emitter emitter_;
  std::unordered_map<std::string, std::int64_t> opsets_;
  std::unordered_map<std::string, std::int64_t> symbols_;
  std::unordered_map<std::string, const ::onnx::ValueInfoProto*> declared_;
  std::map<std::pair<std::string, std::string>, const ::onnx::FunctionProto*> functions_;
  std::unordered_map<std::string, TensorId> scope_;
  std::vector<std::string> defined_;  ///< names of scope_ in order
  std::unordered_map<std::string, std::string> not_modelled_;
  /// Constants by their place in the model: the body of a loop is walked once a turn.
  std::unordered_map<const ::onnx::TensorProto*, TensorId> stored_;
  bool in_copy_ = false;  ///< in a node made for a call, whose place means nothing
  int depth_ = 0;
  std::int64_t nodes_ = 0;
};

}  // namespace anesim::onnx
