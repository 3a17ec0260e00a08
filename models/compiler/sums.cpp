// Sums of several convolutions: products cut by input channels, put together again by additions.
#include <algorithm>
#include <unordered_map>

#include "models/compiler/passes.h"

namespace anesim::compiler {
namespace {

/// No sum of two results: a shortcut beside a convolution is a sum of whole maps.
constexpr std::int64_t fewest_terms = 3;

/// What is known of a result that only an addition reads.
struct Partial {
  std::int64_t terms = 0;  ///< convolutions below it
  std::int64_t live = 0;   ///< results that wait at once if the deeper operand is made first
};

}  // namespace

std::vector<PartialSum> find_sums(const graph::Graph& g, const std::vector<Layer>& layers,
                                  std::size_t first, std::size_t last) {
  std::unordered_map<std::int32_t, int> readers;
  for (const Layer& l : layers)
    for (const auto id : l.inputs) ++readers[id.index];
  for (const auto id : g.outputs) ++readers[id.index];
  std::unordered_map<std::int32_t, Partial> partials;    // by tensor
  std::unordered_map<std::int32_t, std::size_t> makers;  // layer of such a tensor
  std::vector<PartialSum> sums(last - first);
  for (std::size_t i = first; i < last; ++i) {
    const Layer& l = layers[i];
    if (l.outputs.size() != 1) continue;
    const std::int32_t out = l.outputs[0].index;
    Partial own;
    if (l.kind == LayerKind::convolution) own = {1, 1};
    if (l.kind == LayerKind::planar && l.type == "add" && l.inputs.size() == 2) {
      const auto a = partials.find(l.inputs[0].index), b = partials.find(l.inputs[1].index);
      if (a == partials.end() || b == partials.end()) continue;
      const Partial &x = a->second, &y = b->second;
      own = {x.terms + y.terms, std::max({x.live, y.live, std::min(x.live, y.live) + 1})};
    }
    if (own.terms == 0) continue;
    sums[i - first].live = own.live;
    makers[out] = i - first;
    if (readers[out] == 1) partials[out] = own;
  }
  // From the last addition of each tree down: who belongs to it, and how much is live in all of it.
  for (std::size_t i = sums.size(); i-- > 0;) {
    const Layer& l = layers[first + i];
    PartialSum& own = sums[i];
    const bool addition = l.kind == LayerKind::planar && own.live > 0;
    if (!addition) continue;
    if (!own.member) {
      const auto terms = [&](graph::TensorId id) { return partials.at(id.index).terms; };
      if (terms(l.inputs[0]) + terms(l.inputs[1]) < fewest_terms) continue;
      own.member = true;
    }
    for (const auto id : l.inputs) {
      PartialSum& below = sums[makers.at(id.index)];
      below = {.live = own.live, .member = true, .within = true};
    }
  }
  for (PartialSum& s : sums)
    if (!s.member) s.live = 0;
  return sums;
}

}  // namespace anesim::compiler
