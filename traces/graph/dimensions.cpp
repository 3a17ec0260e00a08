// Binding the dimensions of inputs that change from call to call.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "sim/core/text.h"
#include "traces/graph/shape_rules.h"

namespace anesim::graph {

namespace {
struct Target {
  TensorId input;
  std::size_t axis = 0;
};

std::vector<Target> unknown_dims(const Graph& graph) {
  std::vector<Target> found;
  for (const TensorId id : graph.inputs) {
    const Shape& shape = graph.at(id).shape;
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      if (shape[axis] == unknown_dim) found.push_back({id, axis});
    }
  }
  return found;
}

const FlexibleDim* flexibility(const Graph& graph, const Target& target) {
  const auto found = std::ranges::find_if(graph.flexible, [&](const FlexibleDim& dim) {
    return dim.input == target.input && dim.axis == target.axis;
  });
  return found == graph.flexible.end() ? nullptr : &*found;
}

/// "NAME[AXIS]" split; nothing if it is not of that form.
std::optional<std::pair<std::string, std::size_t>> split_axis(const std::string& what) {
  const std::size_t open = what.rfind('[');
  if (open == std::string::npos || what.back() != ']') return std::nullopt;
  std::size_t axis = 0;
  const char* first = what.data() + open + 1;
  const char* last = what.data() + what.size() - 1;
  const auto [end, error] = std::from_chars(first, last, axis);
  if (error != std::errc{} || end != last) return std::nullopt;
  return std::pair{what.substr(0, open), axis};
}

std::vector<Target> targets_of(const Graph& graph, const std::string& what) {
  const auto refuse = [&](const std::string& why) {
    throw UserError(fmt::format("--dim {}: {}", printable(what), why));
  };
  std::vector<std::string> names;
  std::vector<Target> by_symbol;
  for (const FlexibleDim& dim : graph.flexible) {
    if (dim.symbol.empty()) continue;
    names.push_back(dim.symbol);
    if (dim.symbol == what) by_symbol.push_back({dim.input, dim.axis});
  }
  if (!by_symbol.empty()) return by_symbol;

  const auto with_axis = split_axis(what);
  const std::string& wanted = with_axis ? with_axis->first : what;
  for (const TensorId id : graph.inputs) {
    const Tensor& tensor = graph.at(id);
    names.push_back(tensor.name);
    if (tensor.name != wanted) continue;
    if (with_axis) {
      if (with_axis->second >= tensor.shape.size()) {
        refuse(fmt::format("axis {} is outside rank {}", with_axis->second, tensor.shape.size()));
      }
      return {{id, with_axis->second}};
    }
    std::vector<Target> open = unknown_dims(graph);
    std::erase_if(open, [&](const Target& target) { return target.input != id; });
    if (open.size() == 1) return open;
    if (open.empty()) {
      refuse(fmt::format("input has the fixed shape {}", text(tensor.shape)));
    }
    refuse(fmt::format("input has the shape {} (expected an axis, as in {}[{}])",
                       text(tensor.shape), printable(what), open.front().axis));
  }
  std::string known = fmt::format("{}", fmt::join(names, ", "));
  refuse(fmt::format("is no input or dimension of the graph{} (expected one of {})",
                     did_you_mean(wanted, names), printable(known, 200)));
  return {};
}
/// With all inputs bound, what is still unknown depends on values of the run.
void require_results(const Graph& graph, const std::vector<Op>& ops) {
  for (const Op& op : ops) {
    for (const Block& block : op.blocks) require_results(graph, block.ops);
    for (const TensorId id : op.outputs) {
      const Shape& shape = graph.at(id).shape;
      if (std::ranges::find(shape, unknown_dim) == shape.end()) continue;
      throw UserError(graph.place(op),
                      fmt::format("{} '{}': result {} has a dimension that depends on values of "
                                  "the run (expected a size that follows from the inputs' shapes)",
                                  printable(op.type), printable(op.name), text(shape)));
    }
  }
}
}  // namespace

void bind_dimensions(Graph& graph, const std::vector<DimBinding>& bindings) {
  constexpr std::int64_t largest = std::int64_t{1} << 40;
  if (!bindings.empty())
    for (Tensor& t : graph.tensors)
      t.dynamic |= std::ranges::find(t.shape, unknown_dim) != t.shape.end();
  for (const DimBinding& binding : bindings) {
    const auto refuse = [&](const std::string& why) {
      throw UserError(fmt::format("--dim {}={}: {}", printable(binding.what), binding.size, why));
    };
    if (binding.size < 1 || binding.size > largest) refuse("expected a size of 1..2^40");
    for (const Target& target : targets_of(graph, binding.what)) {
      std::int64_t& dim = graph.at(target.input).shape[target.axis];
      if (dim != unknown_dim && dim != binding.size) {
        refuse(fmt::format("this dimension is fixed at {}", dim));
      }
      const FlexibleDim* allowed = flexibility(graph, target);
      if (allowed != nullptr &&
          (binding.size < allowed->low || (allowed->high > 0 && binding.size > allowed->high))) {
        refuse(allowed->high > 0
                   ? fmt::format("the model allows {}..{}", allowed->low, allowed->high)
                   : fmt::format("the model allows {} or more", allowed->low));
      }
      dim = binding.size;
    }
  }
}

void require_bound(const Graph& graph) {
  const std::vector<Target> open = unknown_dims(graph);
  if (open.empty()) return require_results(graph, graph.ops);
  std::string list;
  std::vector<std::string> symbols;
  for (const Target& target : open) {
    const Tensor& tensor = graph.at(target.input);
    const bool only = std::ranges::count_if(open, [&](const Target& other) {
                        return other.input == target.input;
                      }) == 1;
    const FlexibleDim* dim = flexibility(graph, target);
    std::string option = printable(tensor.name);
    if (!only) option += fmt::format("[{}]", target.axis);
    if (dim != nullptr && !dim->symbol.empty()) {
      if (std::ranges::find(symbols, dim->symbol) != symbols.end()) continue;
      symbols.push_back(dim->symbol);
      option = printable(dim->symbol);
    }
    std::string hint;
    if (dim != nullptr && dim->high > 0) {
      hint = fmt::format(" ({}..{})", dim->low, dim->high);
    } else if (dim != nullptr && dim->standard > 0) {
      hint = fmt::format(" (default {})", dim->standard);
    }
    list += fmt::format("{}--dim {}=N{}", list.empty() ? "" : ", ", option, hint);
    if (list.size() > 2000) {
      list += ", ...";
      break;
    }
  }
  const auto first = std::ranges::find(graph.inputs, open.front().input);
  throw UserError(graph.input_place(static_cast<std::size_t>(first - graph.inputs.begin())),
                  fmt::format("{} unknown dimension{} of the inputs (expected {})", open.size(),
                              open.size() == 1 ? "" : "s", list));
}

}  // namespace anesim::graph
