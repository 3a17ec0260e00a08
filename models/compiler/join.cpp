// Concatenations that cost nothing: their parts are written side by side where they are wanted.
#include <algorithm>
#include <set>
#include <unordered_map>

#include "models/compiler/passes.h"

namespace anesim::compiler {
namespace {

/// Of one result, through all joins. No compiler's limit: joins within joins of thousands of layers
/// would make every part of every reader's result a step of the plan.
constexpr std::size_t most_pieces = 256;

/// The parts of the result are whole blocks of it, one after the other: all axes before the one
/// that grows have the size 1, and no element of one part lies between those of another.
bool in_blocks(const graph::Graph& g, const graph::Op& op, const graph::Shape& result) {
  if (graph::find_bool(g, op, "interleave").value_or(false)) return false;
  auto axis = graph::find_int(g, op, "axis").value_or(0);
  if (axis < 0) axis += static_cast<std::int64_t>(result.size());
  return std::all_of(result.begin(), result.begin() + axis, [](auto size) { return size == 1; });
}

/// Tensors that layers of the stretch write, under all names that views give them (not of parts).
std::unordered_map<std::int32_t, std::int32_t> names_of_results(const graph::Graph& g,
                                                                const std::vector<Layer>& layers,
                                                                std::size_t first,
                                                                std::size_t last) {
  std::unordered_map<std::int32_t, std::int32_t> written;
  for (std::size_t i = first; i < last; ++i) {
    const Layer& l = layers[i];
    if (l.kind != LayerKind::view) {
      for (const auto id : l.outputs) written[id.index] = id.index;
    } else if (l.inputs.size() == 1 && l.outputs.size() == 1 &&
               graph::element_count(g.at(l.inputs[0]).shape) ==
                   graph::element_count(g.at(l.outputs[0]).shape)) {
      const auto it = written.find(l.inputs[0].index);
      if (it != written.end()) written[l.outputs[0].index] = it->second;
    }
  }
  return written;
}

}  // namespace

void join_in_place(const graph::Graph& g, std::vector<Layer>& layers, std::size_t first,
                   std::size_t last) {
  const auto written = names_of_results(g, layers, first, last);
  std::set<std::int32_t> placed;  // those that lie somewhere already
  for (const auto id : g.outputs)
    if (const auto it = written.find(id.index); it != written.end()) placed.insert(it->second);
  std::unordered_map<std::int32_t, std::size_t> pieces;  // of results joined so far
  for (std::size_t i = first; i < last; ++i) {
    Layer& l = layers[i];
    if (l.kind != LayerKind::movement || l.type != "concat") continue;
    const graph::Op& op = g.ops[static_cast<std::size_t>(l.ops[0])];
    if (!in_blocks(g, op, g.at(l.outputs[0]).shape)) continue;
    std::set<std::int32_t> parts;
    for (const auto id : l.inputs) {
      const auto it = written.find(id.index);
      if (it != written.end() && !placed.contains(it->second)) parts.insert(it->second);
    }
    if (parts.size() != graph::inputs_of(op, "values").size()) continue;
    std::size_t n = 0;
    for (const auto part : parts) n += pieces.contains(part) ? pieces[part] : 1;
    if (n > most_pieces) continue;
    l.kind = LayerKind::view;
    l.estimates.clear();
    l.reason = "no data moves, the parts are written side by side";
    placed.insert(parts.begin(), parts.end());
    pieces[l.outputs[0].index] = n;
  }
}

}  // namespace anesim::compiler
