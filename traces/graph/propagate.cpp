// Shapes from the inputs onward, through blocks too.
#include <fmt/format.h>

#include <algorithm>

#include "sim/core/text.h"
#include "traces/graph/fold.h"
#include "traces/graph/op_call.h"
#include "traces/graph/shape_rules.h"

namespace anesim::graph {

namespace {
/// Fills unknown dimensions of `declared` from `found`; false if they contradict each other.
bool merge(Shape& declared, const Shape& found) {
  if (declared.size() != found.size()) return false;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (declared[i] == unknown_dim) declared[i] = found[i];
    if (found[i] != unknown_dim && declared[i] != found[i]) return false;
  }
  return true;
}

void propagate(Graph& graph, const std::vector<Op>& ops);

void enter_blocks(Graph& graph, const Op& op) {
  const std::vector<TensorId>& variables = inputs_of(op, "loop_vars");
  for (const Block& block : op.blocks) {
    for (std::size_t i = 0; i < std::min(block.inputs.size(), variables.size()); ++i) {
      const Shape given = graph.at(variables[i]).shape;
      Shape& declared = graph.at(block.inputs[i]).shape;
      if (!merge(declared, given)) {
        OpCall(graph, op).fail(fmt::format("loop variable {} has shape {} (expected {})", i,
                                           text(given), text(declared)));
      }
    }
    propagate(graph, block.ops);
  }
  // What the body tells of a variable holds before it and in the condition too.
  for (int pass = 0; pass < 2; ++pass) {
    for (const Block& block : op.blocks) {
      for (std::size_t i = 0; i < std::min(block.inputs.size(), variables.size()); ++i) {
        Shape& outside = graph.at(variables[i]).shape;
        Shape& inside = graph.at(block.inputs[i]).shape;
        if (merge(outside, inside)) (void)merge(inside, outside);
      }
    }
  }
}

/// A list is made before its elements are known: what is put into it tells them.
void tell_list(Graph& graph, const Op& op) {
  if (op.type != "list_write" && op.type != "list_scatter") return;
  const auto list = find_input(op, "ls");
  if (list && op.outputs.size() == 1) {
    (void)merge(graph.at(*list).shape, graph.at(op.outputs[0]).shape);
  }
}

void propagate(Graph& graph, const std::vector<Op>& ops) {
  for (const Op& op : ops) {
    enter_blocks(graph, op);
    const auto results = infer(graph, op);
    if (results) {
      if (results->size() != op.outputs.size()) {
        OpCall(graph, op).fail(
            fmt::format("has {} results (expected {})", op.outputs.size(), results->size()));
      }
      for (std::size_t i = 0; i < results->size(); ++i) {
        Tensor& tensor = graph.at(op.outputs[i]);
        if (!merge(tensor.shape, (*results)[i].shape)) {
          OpCall(graph, op).fail(fmt::format("result '{}' is declared as {}, its inputs give {}",
                                             printable(tensor.name), text(tensor.shape),
                                             text((*results)[i].shape)));
        }
      }
    }
    tell_list(graph, op);
    fold(graph, op);
  }
}
}  // namespace

void propagate_shapes(Graph& graph) {
  for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
    const Tensor& tensor = graph.at(graph.inputs[i]);
    Shape known = tensor.shape;
    std::erase(known, unknown_dim);
    if (graph.input_place(i).line > 0 && std::ranges::find(known, 0) != known.end())
      throw UserError(graph.input_place(i),
                      fmt::format("input '{}' has shape {} (expected dimensions of 1..2^40)",
                                  printable(tensor.name), text(tensor.shape)));
    try {
      (void)element_count(known);
    } catch (const UserError& error) {
      throw UserError(graph.input_place(i),
                      fmt::format("input '{}': {}", printable(tensor.name), error.what()));
    }
  }
  propagate(graph, graph.ops);
}

}  // namespace anesim::graph
