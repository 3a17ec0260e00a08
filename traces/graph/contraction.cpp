#include "traces/graph/contraction.h"

#include <fmt/format.h>

#include <array>

#include "sim/core/text.h"

namespace anesim::graph {

Contraction matmul_of(const OpCall& call) {
  Shape a = call.tensor("x").shape;
  Shape b = call.tensor("y").shape;
  if (a.empty() || b.empty()) call.fail("matmul of a scalar");
  const Shape given_a = a;
  const Shape given_b = b;
  const bool vector_a = a.size() == 1;
  const bool vector_b = b.size() == 1;
  if (vector_a) a.insert(a.begin(), 1);
  if (vector_b) b.resize(2, 1);
  if (!vector_a && call.flag("transpose_x", false)) std::swap(a[a.size() - 1], a[a.size() - 2]);
  if (!vector_b && call.flag("transpose_y", false)) std::swap(b[b.size() - 1], b[b.size() - 2]);
  if (a.back() != b[b.size() - 2]) {
    call.fail(fmt::format("x {} and y {} do not multiply: {} columns against {} rows",
                          text(given_a), text(given_b), a.back(), b[b.size() - 2]));
  }
  Contraction product;
  product.depth = a.back();
  product.result = call.broadcast(Shape(a.begin(), a.end() - 2), Shape(b.begin(), b.end() - 2));
  if (!vector_a) product.result.push_back(a[a.size() - 2]);
  if (!vector_b) product.result.push_back(b.back());
  return product;
}

Contraction einsum_of(const OpCall& call) {
  std::string equation;
  for (const char c : call.word("equation", "")) {
    if (c != ' ') equation += c;
  }
  const auto refuse = [&](std::string_view why) {
    call.fail(fmt::format("equation '{}' {}", printable(equation), why));
  };
  const std::size_t arrow = equation.find("->");
  if (arrow == std::string::npos) refuse("has no '->'");
  std::array<std::int64_t, 256> size{};  // 0: label not seen
  const auto values = call.tensors("values");
  std::size_t operand = 0;
  std::size_t axis = 0;
  const auto end_operand = [&] {
    if (axis != values[operand]->shape.size()) {
      refuse(fmt::format("gives {} labels to an operand of shape {}", axis,
                         text(values[operand]->shape)));
    }
  };
  for (const char c : equation.substr(0, arrow)) {
    if (c == ',') {
      end_operand();
      if (++operand == values.size()) refuse(fmt::format("has over {} operands", values.size()));
      axis = 0;
      continue;
    }
    if (c == '.') refuse("has an ellipsis, which is not supported");
    const Shape& shape = values[operand]->shape;
    if (axis == shape.size()) refuse(fmt::format("gives too many labels to {}", text(shape)));
    const std::int64_t dim = shape[axis++];
    std::int64_t& known = size[static_cast<unsigned char>(c)];
    if (known == 0 || known == 1) {
      known = dim;
    } else if (dim != 1 && dim != known) {
      refuse(fmt::format("gives '{}' both {} and {}", printable({&c, 1}), known, dim));
    }
  }
  end_operand();
  if (operand + 1 != values.size()) {
    refuse(fmt::format("has {} operands (expected {})", operand + 1, values.size()));
  }
  Contraction product;
  for (const char c : equation.substr(arrow + 2)) {
    std::int64_t& dim = size[static_cast<unsigned char>(c)];
    if (dim == 0) refuse(fmt::format("asks for '{}', which no operand has", printable({&c, 1})));
    product.result.push_back(dim);
    dim = 0;
  }
  for (const std::int64_t dim : size) {
    if (dim > 1) product.depth = call.product(product.depth, dim);
  }
  return product;
}

}  // namespace anesim::graph
