#include "traces/graph/fold.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace anesim::graph {

namespace {
using Values = std::vector<double>;  // exact for sizes below 2^53
constexpr std::size_t most_values = 1024;

std::optional<Values> values_of(const Graph& graph, const Op& op, std::string_view parameter) {
  const auto id = find_input(op, parameter);
  if (!id || !graph.at(*id).literal) return std::nullopt;
  return std::visit(
      [](const auto& values) -> std::optional<Values> {
        if constexpr (std::is_same_v<std::decay_t<decltype(values)>, std::vector<std::string>>) {
          return std::nullopt;
        } else {
          return Values(values.begin(), values.end());
        }
      },
      graph.at(*id).literal->values);
}

std::optional<Values> dims(const Graph& graph, const Op& op) {
  const auto x = find_input(op, "x");
  if (!x) return std::nullopt;
  const Shape& shape = graph.at(*x).shape;
  if (std::find(shape.begin(), shape.end(), unknown_dim) != shape.end()) return std::nullopt;
  return Values(shape.begin(), shape.end());
}

std::optional<Values> copy(const Graph& graph, const Op& op) { return values_of(graph, op, "x"); }

template <double (*function)(double)>
std::optional<Values> unary(const Graph& graph, const Op& op) {
  auto x = values_of(graph, op, "x");
  if (x) std::transform(x->begin(), x->end(), x->begin(), function);
  return x;
}

template <double (*function)(double, double)>
std::optional<Values> binary(const Graph& graph, const Op& op) {
  const auto x = values_of(graph, op, "x");
  const auto y = values_of(graph, op, "y");
  if (!x || !y || x->empty() || y->empty()) return std::nullopt;
  if (x->size() != y->size() && x->size() != 1 && y->size() != 1) return std::nullopt;
  Values result(std::max(x->size(), y->size()));
  for (std::size_t i = 0; i < result.size(); ++i) {
    result[i] = function((*x)[x->size() == 1 ? 0 : i], (*y)[y->size() == 1 ? 0 : i]);
  }
  return result;
}

double plus(double a, double b) { return a + b; }
double minus(double a, double b) { return a - b; }
double times(double a, double b) { return a * b; }
double over(double a, double b) { return a / b; }
double floor_over(double a, double b) { return std::floor(a / b); }
double modulo(double a, double b) { return a - b * std::floor(a / b); }
double larger(double a, double b) { return std::max(a, b); }
double smaller(double a, double b) { return std::min(a, b); }
double down(double a) { return std::floor(a); }
double up(double a) { return std::ceil(a); }

/// concat and stack of vectors and scalars.
std::optional<Values> join(const Graph& graph, const Op& op) {
  Values result;
  for (const TensorId id : inputs_of(op, "values")) {
    Op one;
    one.arguments.push_back({"x", {id}});
    const auto part = values_of(graph, one, "x");
    if (!part || graph.at(id).shape.size() > 1) return std::nullopt;
    result.insert(result.end(), part->begin(), part->end());
    if (result.size() > most_values) return std::nullopt;
  }
  return result;
}

std::optional<Values> pick(const Graph& graph, const Op& op) {
  const auto x = values_of(graph, op, "x");
  const auto indices = values_of(graph, op, "indices");
  if (!x || !indices) return std::nullopt;
  Values result;
  for (const double index : *indices) {
    const double at = index < 0 ? index + static_cast<double>(x->size()) : index;
    if (!(at >= 0 && at < static_cast<double>(x->size()))) return std::nullopt;
    result.push_back((*x)[static_cast<std::size_t>(at)]);
  }
  return result;
}

std::optional<Values> slice(const Graph& graph, const Op& op) {
  const auto x = values_of(graph, op, "x");
  const auto begin = values_of(graph, op, "begin");
  if (!x || !begin || begin->size() != 1) return std::nullopt;
  const auto size = static_cast<double>(x->size());
  const auto flagged = [&](std::string_view parameter) {
    const auto mask = values_of(graph, op, parameter);
    return mask && !mask->empty() && mask->front() != 0;
  };
  const auto stride = values_of(graph, op, "stride").value_or(Values{1});
  if (stride.size() != 1 || stride[0] < 1) return std::nullopt;
  double first = flagged("begin_mask") ? 0 : (*begin)[0];
  if (first < 0) first += size;
  double last = size;
  if (flagged("squeeze_mask")) {
    last = first + 1;
  } else if (const auto count = values_of(graph, op, "size")) {
    if (count->size() != 1) return std::nullopt;
    if ((*count)[0] >= 0) last = first + (*count)[0];
  } else if (!flagged("end_mask")) {
    const auto end = values_of(graph, op, "end");
    if (!end || end->size() != 1) return std::nullopt;
    last = (*end)[0] < 0 ? (*end)[0] + size : (*end)[0];
  }
  Values result;
  for (double at = std::max(first, 0.0); at < std::min(last, size); at += stride[0]) {
    result.push_back((*x)[static_cast<std::size_t>(at)]);
  }
  return result;
}

std::optional<Values> multiply_all(const Graph& graph, const Op& op) {
  const auto x = values_of(graph, op, "x");
  if (!x || x->empty() || !op.outputs.size()) return std::nullopt;
  double product = 1;
  for (const double value : *x) product *= value;
  return Values{product};
}

struct Entry {
  std::string_view name;
  std::optional<Values> (*rule)(const Graph&, const Op&);
};
constexpr std::array table = std::to_array<Entry>({
    {"add", binary<plus>},
    {"cast", copy},
    {"ceil", unary<up>},
    {"concat", join},
    {"expand_dims", copy},
    {"floor", unary<down>},
    {"floor_div", binary<floor_over>},
    {"gather", pick},
    {"identity", copy},
    {"maximum", binary<larger>},
    {"minimum", binary<smaller>},
    {"mod", binary<modulo>},
    {"mul", binary<times>},
    {"real_div", binary<over>},
    {"reduce_prod", multiply_all},
    {"reshape", copy},
    {"shape", dims},
    {"slice_by_index", slice},
    {"slice_by_size", slice},
    {"squeeze", copy},
    {"stack", join},
    {"sub", binary<minus>},
});
static_assert(std::ranges::is_sorted(table, {}, &Entry::name));

bool is_real(DType dtype) {
  return dtype == DType::fp16 || dtype == DType::fp32 || dtype == DType::fp64 ||
         dtype == DType::bf16;
}

std::optional<Literal> as_literal(const Values& values, DType dtype) {
  if (dtype == DType::string) return std::nullopt;
  if (is_real(dtype)) return Literal{values};
  if (dtype == DType::boolean) {
    std::vector<bool> flags;
    for (const double value : values) flags.push_back(value != 0);
    return Literal{std::move(flags)};
  }
  std::vector<std::int64_t> integers;
  for (const double value : values) {
    if (!(std::abs(value) < 0x1p53)) return std::nullopt;
    integers.push_back(static_cast<std::int64_t>(value));
  }
  return Literal{std::move(integers)};
}
}  // namespace

void fold(Graph& graph, const Op& op) {
  if (op.outputs.size() != 1) return;
  const auto* found = std::ranges::lower_bound(table, op.type, {}, &Entry::name);
  if (found == table.end() || found->name != op.type) return;
  // More than a vector is data, not a shape.
  const Shape& shape = graph.at(op.outputs.front()).shape;
  if (shape.size() > 1) return;
  const std::int64_t count = shape.empty() ? 1 : shape[0];
  if (count < 0 || count > static_cast<std::int64_t>(most_values)) return;
  const auto values = found->rule(graph, op);
  if (!values || static_cast<std::int64_t>(values->size()) != count) return;
  Tensor& result = graph.at(op.outputs.front());
  result.literal = as_literal(*values, result.dtype);
}

}  // namespace anesim::graph
