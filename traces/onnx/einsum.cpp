// Einsum as a converter writes it: reductions, transposes, one matrix product or one multiplication
// for each pair of operands.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sim/core/text.h"
#include "traces/onnx/mappings.h"

namespace anesim::onnx::map {

namespace {
/// A tensor and a letter for each of its dimensions.
struct Term {
  TensorId id;
  std::string labels;
};

struct Equation {
  std::vector<std::string> terms;
  std::string result;
};

/// A label for each dimension, ellipses and a missing result written out.
Equation written_out(const Call& call, std::string text, const std::vector<TensorId>& operands) {
  std::erase(text, ' ');
  const auto refuse = [&](std::string_view why) {
    call.fail(fmt::format("equation '{}' {}", printable(text), why));
  };
  const std::size_t arrow = text.find("->");
  Equation equation{{""}, arrow == std::string::npos ? "" : text.substr(arrow + 2)};
  for (const char c : text.substr(0, arrow)) {
    if (c == ',') {
      equation.terms.emplace_back();
    } else {
      equation.terms.back() += c;
    }
  }
  if (equation.terms.size() != operands.size()) {
    refuse(fmt::format("has {} operands (expected {})", equation.terms.size(), operands.size()));
  }
  // Labels of the dimensions behind an ellipsis, from the last: characters no equation may use.
  constexpr std::string_view hidden = "0123456789";
  constexpr std::string_view dots = "...";
  std::size_t most = 0;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    std::string& term = equation.terms[i];
    const std::size_t rank = call.shape(operands[i]).size();
    const std::size_t at = term.find(dots);
    if (at != std::string::npos) {
      const std::size_t named = term.size() - dots.size();
      if (rank < named || rank - named > hidden.size()) refuse("does not fit its operands");
      term.replace(at, dots.size(), hidden.substr(hidden.size() - (rank - named)));
      most = std::max(most, rank - named);
    }
    if (term.size() != rank) refuse(fmt::format("does not fit operand {} of rank {}", i, rank));
  }
  const std::string_view all_hidden = hidden.substr(hidden.size() - most);
  if (arrow == std::string::npos) {
    // Labels that stand once, in alphabetical order, after the broadcast dimensions.
    std::array<int, 256> seen{};
    for (const std::string& term : equation.terms) {
      for (const char c : term) ++seen[static_cast<unsigned char>(c)];
    }
    equation.result = all_hidden;
    for (char c = 'A'; c <= 'z'; ++c) {
      if (seen[static_cast<unsigned char>(c)] == 1) equation.result += c;
    }
  } else if (const std::size_t at = equation.result.find(dots); at != std::string::npos) {
    equation.result.replace(at, dots.size(), all_hidden);
  }
  return equation;
}

bool has(std::string_view labels, char c) { return labels.find(c) != std::string_view::npos; }

bool repeats(std::string labels) {
  std::ranges::sort(labels);
  return std::ranges::adjacent_find(labels) != labels.end();
}

std::string common(std::string_view of, std::string_view with, bool wanted) {
  std::string result;
  for (const char c : of) {
    if (has(with, c) == wanted) result += c;
  }
  return result;
}

class Einsum {
 public:
  explicit Einsum(const Call& call) : call_(call) {}

  TensorId run(const Equation& equation, const std::vector<TensorId>& operands) {
    Term sum{operands[0], equation.terms[0]};
    if (operands.size() == 1) summed(sum, equation.result);
    for (std::size_t i = 1; i < operands.size(); ++i) {
      std::string keep = equation.result;
      for (std::size_t later = i + 1; later < operands.size(); ++later) {
        keep += equation.terms[later];
      }
      sum = pair(sum, {operands[i], equation.terms[i]}, keep);
    }
    ordered(sum, equation.result);
    if (sum.labels != equation.result) {
      call_.fail(
          fmt::format("result '{}' has a label that no operand has", printable(equation.result)));
    }
    return sum.id;
  }

 private:
  [[nodiscard]] std::string step() { return fmt::format("step_{}", steps_++); }
  [[nodiscard]] std::int64_t size(const Term& term, char c) const {
    return call_.shape(term.id)[term.labels.find(c)];
  }
  [[nodiscard]] std::int64_t size(const Term& term, std::string_view labels) const {
    std::int64_t product = 1;
    for (const char c : labels) product = call_.product(product, size(term, c));
    return product;
  }

  /// Drops dimensions that nothing after this needs.
  void summed(Term& term, std::string_view keep) {
    Ints axes;
    for (std::size_t i = 0; i < term.labels.size(); ++i) {
      if (!has(keep, term.labels[i])) axes.push_back(static_cast<std::int64_t>(i));
    }
    if (axes.empty()) return;
    term.id = call_.op(
        "reduce_sum",
        {{"x", {term.id}}, {"axes", {call_.ints_of(axes)}}, {"keep_dims", {call_.flag_of(false)}}},
        step());
    term.labels = common(term.labels, keep, true);
  }

  /// Puts the dimensions in the order of `order`, which may have further labels.
  void ordered(Term& term, std::string_view order) {
    const std::string wanted = common(order, term.labels, true);
    if (wanted == term.labels || wanted.size() != term.labels.size()) return;
    Ints perm;
    for (const char c : wanted) perm.push_back(static_cast<std::int64_t>(term.labels.find(c)));
    term.id = call_.transpose(term.id, perm, step());
    term.labels = wanted;
  }

  /// A dimension of one that the other operand has longer is as if it were not there.
  void drop_ones(Term& term, const Term& other) {
    Ints axes;
    std::string kept;
    for (std::size_t i = 0; i < term.labels.size(); ++i) {
      const char c = term.labels[i];
      if (size(term, c) == 1 && has(other.labels, c) && size(other, c) > 1) {
        axes.push_back(static_cast<std::int64_t>(i));
      } else {
        kept += c;
      }
    }
    if (axes.empty()) return;
    term.id = call_.op("squeeze", {{"x", {term.id}}, {"axes", {call_.ints_of(axes)}}}, step());
    term.labels = kept;
  }

  Term pair(Term a, Term b, const std::string& keep) {
    drop_ones(a, b);
    drop_ones(b, a);
    summed(a, keep + b.labels);
    summed(b, keep + a.labels);
    const std::string shared = common(a.labels, b.labels, true);
    for (const char c : shared) {
      if (size(a, c) != size(b, c)) {
        call_.fail(
            fmt::format("'{}' is both {} and {}", printable({&c, 1}), size(a, c), size(b, c)));
      }
    }
    const std::string summed_over = common(shared, keep, false);
    return summed_over.empty() ? multiplied(a, b, keep) : contracted(a, b, shared, summed_over);
  }

  Term multiplied(Term a, Term b, const std::string& keep) {
    std::string order;
    for (const char c : keep + a.labels + b.labels) {
      if (!has(order, c) && (has(a.labels, c) || has(b.labels, c))) order += c;
    }
    for (Term* term : {&a, &b}) {
      ordered(*term, order);
      Ints axes;
      for (std::size_t i = 0; i < order.size(); ++i) {
        if (!has(term->labels, order[i])) axes.push_back(static_cast<std::int64_t>(i));
      }
      if (axes.empty()) continue;
      term->id =
          call_.op("expand_dims", {{"x", {term->id}}, {"axes", {call_.ints_of(axes)}}}, step());
    }
    return {call_.op("mul", {{"x", {a.id}}, {"y", {b.id}}}, step()), order};
  }

  /// [batch, rows, depth] times [batch, depth, columns].
  Term contracted(Term a, Term b, const std::string& shared, const std::string& depth) {
    const std::string batch = common(shared, depth, false);
    const std::string rows = common(a.labels, shared, false);
    const std::string columns = common(b.labels, shared, false);
    const std::int64_t k = size(a, depth);
    const std::int64_t n = size(b, columns);
    const std::int64_t m = size(a, rows);
    const std::int64_t matrices = size(a, batch);
    Shape result;
    for (const char c : batch + rows) result.push_back(size(a, c));
    for (const char c : columns) result.push_back(size(b, c));
    // The product takes either order of the last two, which saves a transpose.
    const bool turned_a = a.labels == batch + depth + rows && !rows.empty();
    const bool turned_b = b.labels == batch + columns + depth;
    ordered(a, turned_a ? a.labels : batch + rows + depth);
    ordered(b, turned_b ? b.labels : batch + depth + columns);
    a.id = call_.reshape(a.id, turned_a ? Shape{matrices, k, m} : Shape{matrices, m, k}, step());
    b.id = call_.reshape(b.id, turned_b ? Shape{matrices, n, k} : Shape{matrices, k, n}, step());
    const TensorId product = call_.op("matmul",
                                      {{"x", {a.id}},
                                       {"y", {b.id}},
                                       {"transpose_x", {call_.flag_of(turned_a)}},
                                       {"transpose_y", {call_.flag_of(turned_b)}}},
                                      step());
    return {call_.reshape(product, result, step()), batch + rows + columns};
  }

  const Call& call_;
  int steps_ = 0;
};
}  // namespace

Results einsum(const Call& call) {
  const auto operands = call.all();
  const Equation equation = written_out(call, call.word("equation", ""), operands);
  const bool diagonal = std::ranges::any_of(equation.terms, repeats) || repeats(equation.result);
  if (!diagonal) return {Einsum(call).run(equation, operands)};
  const std::string text = fmt::format("{}->{}", fmt::join(equation.terms, ","), equation.result);
  return {call.op("einsum", {{"values", operands}, {"equation", {call.word_of(text)}}})};
}

}  // namespace anesim::onnx::map
