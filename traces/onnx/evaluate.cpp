// Operations on values known before the run: what exporters compute shapes with.
#include <algorithm>
#include <array>
#include <cmath>

#include "traces/onnx/known.h"
#include "traces/onnx/mappings.h"
#include "traces/onnx/proto.h"
#include "traces/onnx/tensors.h"

namespace anesim::onnx {

namespace {
using graph::DType;
using known::axes_given;
using known::axes_of;
using known::integers;
using known::one;
using known::Value;

Array vector(std::vector<double> values) {
  return {{static_cast<std::int64_t>(values.size())}, DType::int32, std::move(values)};
}

// Arithmetic.

template <double (*function)(double)>
Value unary(const Call& call) {
  auto x = call.array_in(0);
  if (!x) return std::nullopt;
  for (double& value : x->values) {
    if (!std::isnan(value)) value = function(value);
  }
  return one(std::move(*x));
}

using Binary = double (*)(double, double);

std::optional<Array> combined(const std::optional<Array>& a, const std::optional<Array>& b,
                              Binary function) {
  if (!a || !b) return std::nullopt;
  const auto dims = broadcast(a->shape, b->shape);
  if (!dims) return std::nullopt;
  Array result = expanded(*a, *dims);
  const Array other = expanded(*b, *dims);
  for (std::size_t i = 0; i < result.values.size(); ++i) {
    if (std::isnan(result.values[i])) continue;
    result.values[i] =
        std::isnan(other.values[i]) ? other.values[i] : function(result.values[i], other.values[i]);
    if (!is_real(result.dtype)) result.values[i] = std::trunc(result.values[i]);
  }
  return result;
}

template <Binary function>
Value binary(const Call& call) {
  auto result = combined(call.array_in(0), call.array_in(1), function);
  if (!result) return std::nullopt;
  return one(std::move(*result));
}

template <Binary function>
Value compare(const Call& call) {
  auto result = combined(call.array_in(0), call.array_in(1), function);
  if (!result) return std::nullopt;
  result->dtype = DType::boolean;
  return one(std::move(*result));
}

template <Binary function>
Value variadic(const Call& call) {
  std::optional<Array> result = call.array_in(0);
  for (std::size_t i = 1; i < call.input_count(); ++i) {
    result = combined(result, call.array_in(i), function);
  }
  if (!result) return std::nullopt;
  return one(std::move(*result));
}

double quotient(double a, double b) { return a / b; }

Value divide(const Call& call) {
  const auto divisor = call.array_in(1);
  if (!divisor) return std::nullopt;
  if (!is_real(divisor->dtype) && std::ranges::find(divisor->values, 0.0) != divisor->values.end())
    return std::nullopt;
  return binary<quotient>(call);
}

Value where(const Call& call) {
  const auto condition = call.array_in(0);
  const auto a = call.array_in(1);
  const auto b = call.array_in(2);
  if (!condition || !a || !b) return std::nullopt;
  const auto both = broadcast(a->shape, b->shape);
  const auto dims = both ? broadcast(condition->shape, *both) : std::nullopt;
  if (!dims) return std::nullopt;
  const Array flags = expanded(*condition, *dims);
  Array result = expanded(*a, *dims);
  const Array other = expanded(*b, *dims);
  for (std::size_t i = 0; i < result.values.size(); ++i) {
    if (std::isnan(flags.values[i])) return std::nullopt;
    if (flags.values[i] == 0) result.values[i] = other.values[i];
  }
  return one(std::move(result));
}

/// Reductions; every one of them starts from the first value.
template <Binary function>
Value reduce(const Call& call) {
  const auto x = call.array_in(0);
  if (!x || x->values.empty()) return std::nullopt;
  const auto given = axes_given(call, 1);
  const bool all = !given || given->empty();
  if (all && call.integer("noop_with_empty_axes", 0) != 0) return one(*x);
  const auto axes = axes_of(all ? Ints{} : *given, x->shape.size());
  if (!axes) return std::nullopt;
  const bool keep = call.integer("keepdims", 1) != 0;
  const std::vector<std::int64_t> own = strides_of(x->shape);
  Shape kept = x->shape;
  Shape dims;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    const bool reduced = all || std::ranges::find(*axes, i) != axes->end();
    if (reduced) kept[i] = 1;
    if (keep || !reduced) dims.push_back(kept[i]);
  }
  const std::vector<std::int64_t> steps = strides_of(kept);
  std::vector<std::optional<double>> sums(small_count(kept).value_or(0));
  for (std::size_t i = 0; i < x->values.size(); ++i) {
    std::int64_t at = 0;
    for (std::size_t d = 0; d < kept.size(); ++d) {
      if (kept[d] != 1) at += static_cast<std::int64_t>(i) / own[d] % kept[d] * steps[d];
    }
    auto& sum = sums[static_cast<std::size_t>(at)];
    if (std::isnan(x->values[i])) return std::nullopt;
    sum = sum ? function(*sum, x->values[i]) : x->values[i];
  }
  Array result{dims, x->dtype, {}};
  for (const auto& sum : sums) result.values.push_back(*sum);
  return one(std::move(result));
}

Value range(const Call& call) {
  const auto start = call.array_in(0);
  const auto limit = call.array_in(1);
  const auto step = call.array_in(2);
  if (!start || !limit || !step || start->values.size() != 1 || limit->values.size() != 1 ||
      step->values.size() != 1 || step->values[0] == 0) {
    return std::nullopt;
  }
  if (std::isnan(start->values[0] + limit->values[0] + step->values[0])) return std::nullopt;
  const double count = std::ceil((limit->values[0] - start->values[0]) / step->values[0]);
  if (!(count < static_cast<double>(longest_array))) return std::nullopt;
  std::vector<double> values;
  for (double i = 0; i < count; ++i) values.push_back(start->values[0] + i * step->values[0]);
  Array result = vector(std::move(values));
  result.dtype = start->dtype;
  return one(std::move(result));
}

double plus(double a, double b) { return a + b; }
double minus(double a, double b) { return a - b; }
double times(double a, double b) { return a * b; }
double modulo(double a, double b) { return b == 0 ? 0 : a - b * std::floor(a / b); }
double power(double a, double b) { return std::pow(a, b); }
double larger(double a, double b) { return std::max(a, b); }
double smaller(double a, double b) { return std::min(a, b); }
double same_as(double a, double b) { return a == b ? 1 : 0; }
double less(double a, double b) { return a < b ? 1 : 0; }
double more(double a, double b) { return a > b ? 1 : 0; }
double at_most(double a, double b) { return a <= b ? 1 : 0; }
double at_least(double a, double b) { return a >= b ? 1 : 0; }
double both(double a, double b) { return a != 0 && b != 0 ? 1 : 0; }
double either(double a, double b) { return a != 0 || b != 0 ? 1 : 0; }
double absolute(double a) { return std::abs(a); }
double negative(double a) { return -a; }
double negated(double a) { return a == 0 ? 1 : 0; }
double down(double a) { return std::floor(a); }
double up(double a) { return std::ceil(a); }
double nearest(double a) { return std::nearbyint(a); }
double root(double a) { return std::sqrt(a); }
double inverse(double a) { return 1 / a; }
double exponential(double a) { return std::exp(a); }
double logarithm(double a) { return std::log(a); }

struct Entry {
  std::string_view type;
  Value (*rule)(const Call&);
};
constexpr std::array table = std::to_array<Entry>({
    {"Abs", unary<absolute>},
    {"Add", binary<plus>},
    {"And", compare<both>},
    {"Cast", known::cast},
    {"Ceil", unary<up>},
    {"Concat", known::concat},
    {"Div", divide},
    {"Equal", compare<same_as>},
    {"Exp", unary<exponential>},
    {"Expand", known::expand},
    {"Floor", unary<down>},
    {"Gather", known::gather},
    {"Greater", compare<more>},
    {"GreaterOrEqual", compare<at_least>},
    {"Identity", known::same},
    {"Less", compare<less>},
    {"LessOrEqual", compare<at_most>},
    {"Log", unary<logarithm>},
    {"Max", variadic<larger>},
    {"Min", variadic<smaller>},
    {"Mod", binary<modulo>},
    {"Mul", binary<times>},
    {"Neg", unary<negative>},
    {"NonZero", known::non_zero},
    {"Not", unary<negated>},
    {"Or", compare<either>},
    {"Pow", binary<power>},
    {"Range", range},
    {"Reciprocal", unary<inverse>},
    {"ReduceMax", reduce<larger>},
    {"ReduceMin", reduce<smaller>},
    {"ReduceProd", reduce<times>},
    {"ReduceSum", reduce<plus>},
    {"Reshape", known::reshape},
    {"Round", unary<nearest>},
    {"ScatterND", known::scatter_nd},
    {"Shape", known::shape},
    {"Size", known::size},
    {"Slice", known::slice},
    {"Split", known::split},
    {"Sqrt", unary<root>},
    {"Squeeze", known::squeeze},
    {"Sub", binary<minus>},
    {"Tile", known::tile},
    {"Transpose", known::transpose},
    {"Unsqueeze", known::unsqueeze},
    {"Where", where},
});
static_assert(std::ranges::is_sorted(table, {}, &Entry::type));
}  // namespace

std::optional<std::vector<Array>> evaluate(const Call& call) {
  const auto* found = std::ranges::lower_bound(table, call.type(), {}, &Entry::type);
  if (found == table.end() || found->type != call.type()) return std::nullopt;
  try {
    return found->rule(call);
  } catch (const known::Unknown&) {
    return std::nullopt;
  }
}

}  // namespace anesim::onnx
