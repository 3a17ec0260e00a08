// Chains of elementwise operations for the planar engine and the memory path behind it.
#include <fmt/format.h>

#include <array>

#include "traces/workloads/generators.h"
#include "traces/workloads/pieces.h"

namespace anesim::workloads {
namespace {

using graph::Builder;
using graph::TensorId;

struct Chain {
  Builder& builder;
  const Values& values;
  TensorId x;
  std::vector<TensorId> others;  ///< further inputs
  [[nodiscard]] std::int64_t count() const { return values.count("count"); }
};

/// x = x op y, with one op or several taking turns.
TensorId with_second_input(Chain& chain, std::initializer_list<std::string_view> ops) {
  TensorId x = chain.x;
  for (std::int64_t i = 0; i < chain.count(); ++i) {
    const std::string_view op = ops.begin()[static_cast<std::size_t>(i) % ops.size()];
    const TensorId other = chain.others[static_cast<std::size_t>(i) % chain.others.size()];
    x = binary(chain.builder, op, x, other, fmt::format("{}_{}", op, i));
  }
  return x;
}

TensorId with_itself(Chain& chain) {
  TensorId x = chain.x;
  for (std::int64_t i = 0; i < chain.count(); ++i) {
    x = binary(chain.builder, "add", x, x, fmt::format("add_{}", i));
  }
  return x;
}

TensorId with_constant(Chain& chain) {
  const TensorId constant = chain.builder.number(-1);
  TensorId x = chain.x;
  for (std::int64_t i = 0; i < chain.count(); ++i) {
    x = binary(chain.builder, "mul", x, constant, fmt::format("mul_{}", i));
  }
  return x;
}

/// abs, times -1, relu in rotation and a last add (the "sc" chain of the M6 study).
TensorId unary_chain(Chain& chain) {
  const TensorId constant = chain.builder.number(-1);
  TensorId x = chain.x;
  for (std::int64_t i = 0; i < chain.count(); ++i) {
    const std::string name = fmt::format("step_{}", i);
    switch (i % 3) {
      case 0:
        x = unary(chain.builder, "abs", x, name);
        break;
      case 1:
        x = binary(chain.builder, "mul", x, constant, name);
        break;
      default:
        x = unary(chain.builder, "relu", x, name);
    }
  }
  return binary(chain.builder, "add", x, chain.x, "last_add");
}

/// Sum of all inputs, a tree leaning left as converters write it.
TensorId sum_of_inputs(Chain& chain) {
  TensorId x = chain.x;
  int i = 0;
  for (const TensorId other : chain.others) {
    x = binary(chain.builder, "add", x, other, fmt::format("add_{}", i++));
  }
  return x;
}

struct ElementwiseOp {
  std::string_view name;
  std::int64_t least_inputs;
  std::vector<TensorId> (*make)(Chain&);
};

const std::vector<ElementwiseOp>& elementwise_ops() {
  static const std::vector<ElementwiseOp> table{
      {"add", 2, [](Chain& c) { return std::vector{with_second_input(c, {"add"})}; }},
      {"sub", 2, [](Chain& c) { return std::vector{with_second_input(c, {"sub"})}; }},
      {"mul", 2, [](Chain& c) { return std::vector{with_second_input(c, {"mul"})}; }},
      {"real_div", 2, [](Chain& c) { return std::vector{with_second_input(c, {"real_div"})}; }},
      {"maximum", 2, [](Chain& c) { return std::vector{with_second_input(c, {"maximum"})}; }},
      {"minimum", 2, [](Chain& c) { return std::vector{with_second_input(c, {"minimum"})}; }},
      {"add_mul", 2,
       [](Chain& c) {
         return std::vector{with_second_input(c, {"add", "mul"})};
       }},
      {"mul_add", 2,
       [](Chain& c) {
         return std::vector{with_second_input(c, {"mul", "add"})};
       }},
      {"add_self", 1, [](Chain& c) { return std::vector{with_itself(c)}; }},
      {"mul_const", 1, [](Chain& c) { return std::vector{with_constant(c)}; }},
      {"unary_chain", 1, [](Chain& c) { return std::vector{unary_chain(c)}; }},
      {"sum", 2, [](Chain& c) { return std::vector{sum_of_inputs(c)}; }},
      {"add_and_sub", 2,
       [](Chain& c) {
         return std::vector{binary(c.builder, "add", c.x, c.others[0], "sum"),
                            binary(c.builder, "sub", c.x, c.others[0], "difference")};
       }},
  };
  return table;
}

graph::Graph make_elementwise(const Values& values) {
  const ElementwiseOp* op = nullptr;
  for (const ElementwiseOp& candidate : elementwise_ops()) {
    if (candidate.name == values.word("op")) op = &candidate;
  }
  check(op != nullptr, "elementwise op without a maker");
  const std::int64_t inputs = values.count_or("inputs", op->least_inputs);
  if (inputs < op->least_inputs) {
    values.fail(fmt::format("parameter 'inputs': {} needs {} or more", op->name, op->least_inputs));
  }
  Builder builder("elementwise");
  Chain chain{builder, values, builder.input("x", values.shape("shape")), {}};
  for (std::int64_t i = 1; i < inputs; ++i) {
    chain.others.push_back(builder.input(fmt::format("y_{}", i), values.shape("shape")));
  }
  return builder.finish(op->make(chain));
}

std::vector<std::string_view> op_names() {
  std::vector<std::string_view> names;
  for (const ElementwiseOp& op : elementwise_ops()) names.push_back(op.name);
  return names;
}

}  // namespace

WorkloadInfo elementwise_workload() {
  return {"elementwise",
          "a chain of elementwise operations over tensors of one shape",
          {
              {"op", Form::word, "add",
               "operation; add_mul and mul_add take turns, sum adds all inputs, add_and_sub has "
               "two results",
               op_names()},
              {"shape", Form::shape, std::nullopt, "shape of every tensor"},
              {"count", Form::count, "1", "operations in the chain", {}, 10'000'000},
              {"inputs", Form::count, "", "input tensors; absent: as many as the op needs", {}, 64},
          },
          make_elementwise};
}

}  // namespace anesim::workloads
