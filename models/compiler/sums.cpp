// Sums of several convolutions: products cut by input channels, put together again by additions.
#include <algorithm>
#include <unordered_map>

#include "models/compiler/passes.h"

namespace anesim::compiler {
namespace {

/// No sum of two results: a shortcut beside a convolution is a sum of whole maps.
constexpr std::int64_t fewest_terms = 3;

/// What lies below a result: convolutions, and how many of their sums wait at once if the deeper
/// operand of each addition is made first.
struct Below {
  std::int64_t terms = 0, live = 0;
};

}  // namespace

std::vector<PartialSum> find_sums(const graph::Graph& g, const std::vector<Layer>& layers,
                                  std::size_t first, std::size_t last) {
  std::unordered_map<std::int32_t, int> readers;
  for (const Layer& l : layers)
    for (const auto id : l.inputs) ++readers[id.index];
  for (const auto id : g.outputs) ++readers[id.index];
  std::vector<Below> below(last - first);
  std::unordered_map<std::int32_t, std::size_t> makers;  // of what one layer alone reads
  for (std::size_t i = 0; i < below.size(); ++i) {
    const Layer& l = layers[first + i];
    if (l.outputs.size() != 1) continue;
    // Maps that are enlarged before they are added are no products cut by input channels.
    if (l.kind == LayerKind::convolution && !l.interpolates()) below[i] = {1, 1};
    if (l.kind == LayerKind::planar && l.type == "add" && l.inputs.size() == 2) {
      const auto a = makers.find(l.inputs[0].index), b = makers.find(l.inputs[1].index);
      if (a == makers.end() || b == makers.end()) continue;
      const Below &x = below[a->second], &y = below[b->second];
      below[i] = {x.terms + y.terms, std::max({x.live, y.live, std::min(x.live, y.live) + 1})};
    }
    if (below[i].terms > 0 && readers[l.outputs[0].index] == 1) makers[l.outputs[0].index] = i;
  }
  std::vector<PartialSum> sums(below.size());
  for (std::size_t i = below.size(); i-- > 0;) {  // from the last addition of each tree down
    if (below[i].terms < 2) continue;
    if (sums[i].live == 0 && below[i].terms >= fewest_terms) sums[i].live = below[i].live;
    if (sums[i].live == 0) continue;
    for (const auto id : layers[first + i].inputs)
      sums[makers.at(id.index)] = {.live = sums[i].live, .within = true};
  }
  return sums;
}

}  // namespace anesim::compiler
