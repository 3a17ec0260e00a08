// One operation as its shape and work rules see it: parameters with defaults, and errors that name
// the op.
#pragma once

#include <span>

#include "traces/graph/graph.h"

namespace anesim::graph {

/// Thrown by OpCall when a parameter's value is only known at run time; caught by infer().
struct ValueUnknown {};

class OpCall {
 public:
  OpCall(const Graph& graph, const Op& op) : graph_(graph), op_(op) {}

  [[nodiscard]] const Graph& graph() const { return graph_; }
  [[nodiscard]] const Op& op() const { return op_; }
  [[noreturn]] void fail(const std::string& what) const;

  /// Tensor bound to a parameter; the first form fails if there is none.
  [[nodiscard]] const Tensor& tensor(std::string_view parameter) const;
  [[nodiscard]] const Tensor* find(std::string_view parameter) const;
  /// All tensors of a parameter; fails if there are none.
  [[nodiscard]] std::vector<const Tensor*> tensors(std::string_view parameter) const;

  /// Values of a parameter, nothing if it is absent. Integers beyond +-2^40 fail, so that sums of
  /// a few of them cannot overflow.
  [[nodiscard]] std::optional<std::vector<std::int64_t>> ints(std::string_view parameter) const;
  [[nodiscard]] std::vector<std::int64_t> need_ints(std::string_view parameter) const;
  /// As ints, but clamped to +-2^40: "to the end" is often written as the largest integer.
  [[nodiscard]] std::vector<std::int64_t> clamped_ints(std::string_view parameter) const;
  [[nodiscard]] std::int64_t integer(std::string_view parameter, std::int64_t otherwise) const;
  [[nodiscard]] std::int64_t need_integer(std::string_view parameter) const;
  [[nodiscard]] bool flag(std::string_view parameter, bool otherwise) const;
  [[nodiscard]] std::vector<bool> flags(std::string_view parameter, std::size_t count) const;
  [[nodiscard]] double number(std::string_view parameter, double otherwise) const;
  [[nodiscard]] std::string word(std::string_view parameter, std::string_view otherwise) const;
  /// Data type named by a string parameter.
  [[nodiscard]] DType dtype(std::string_view parameter, DType otherwise) const;

  /// `axis` counted from the front; fails outside -rank..rank-1.
  [[nodiscard]] std::size_t axis(std::int64_t axis, std::size_t rank) const;
  /// The axes of an integer parameter, ascending and distinct; `otherwise` all of them.
  [[nodiscard]] std::vector<std::size_t> axes(std::string_view parameter, std::size_t rank) const;
  /// Fails unless rank lies between low and high.
  const Tensor& ranked(std::string_view parameter, std::size_t low, std::size_t high) const;

  /// Product, or a failure on 64-bit overflow.
  [[nodiscard]] std::int64_t product(std::int64_t a, std::int64_t b) const;
  [[nodiscard]] std::int64_t product(std::span<const std::int64_t> values) const;
  [[nodiscard]] std::int64_t elements(const Shape& shape) const;
  /// NumPy broadcast of two shapes.
  [[nodiscard]] Shape broadcast(const Shape& a, const Shape& b) const;

 private:
  void require_value(std::string_view parameter) const;
  const Graph& graph_;
  const Op& op_;
};

}  // namespace anesim::graph
