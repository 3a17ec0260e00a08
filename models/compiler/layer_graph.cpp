#include "models/compiler/layer_graph.h"

#include <algorithm>
#include <array>
#include <functional>
#include <numeric>
#include <queue>
#include <unordered_map>
#include <utility>

#include "sim/core/error.h"

namespace anesim::compiler {
namespace {

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

/// Union-find root with path halving.
std::int32_t root_of(std::vector<std::int32_t>& parent, std::int32_t i) {
  while (parent[at(i)] != i) i = parent[at(i)] = parent[at(parent[at(i)])];
  return i;
}

}  // namespace

LayerGraph::LayerGraph(const graph::Graph& g, const std::vector<Layer>& layers)
    : before(layers.size()), after(layers.size()), result(layers.size(), 0) {
  std::vector<std::int32_t> producer(g.tensors.size(), -1);
  const auto connect = [&](std::int32_t from, std::size_t to) {
    auto& list = before[to];
    if (std::find(list.begin(), list.end(), from) != list.end()) return;
    list.push_back(from);
    after[at(from)].push_back(static_cast<std::int32_t>(to));
  };
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const Layer& l = layers[i];
    for (const auto id : l.inputs)
      if (id.index >= 0 && producer[at(id.index)] >= 0) connect(producer[at(id.index)], i);
    if (i > 0 && !l.ops.empty() && !layers[i - 1].ops.empty() &&
        l.ops.front() == layers[i - 1].ops.front())
      connect(static_cast<std::int32_t>(i - 1), i);
    for (const auto id : l.outputs)
      if (id.index >= 0) producer[at(id.index)] = static_cast<std::int32_t>(i);
  }
  for (const auto id : g.outputs)
    if (producer[at(id.index)] >= 0) result[at(producer[at(id.index)])] = 1;
}

std::vector<std::vector<std::int32_t>> connected_groups(const LayerGraph& g,
                                                        const std::vector<Layer>& layers,
                                                        const std::vector<char>& member) {
  std::vector<std::int32_t> parent(layers.size());
  std::iota(parent.begin(), parent.end(), 0);
  for (std::size_t i = 0; i < layers.size(); ++i)
    if (member[i])
      for (const std::int32_t p : g.before[i])
        if (member[at(p)])
          parent[at(root_of(parent, static_cast<std::int32_t>(i)))] = root_of(parent, p);
  std::vector<std::vector<std::int32_t>> by_root(layers.size());
  std::vector<char> works(layers.size(), 0);
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (!member[i]) continue;
    const std::size_t root = at(root_of(parent, static_cast<std::int32_t>(i)));
    by_root[root].push_back(static_cast<std::int32_t>(i));
    if (layers[i].kind != LayerKind::view) works[root] = 1;
  }
  std::vector<std::vector<std::int32_t>> groups;
  for (std::size_t i = 0; i < layers.size(); ++i)
    if (works[i]) groups.push_back(std::move(by_root[i]));
  return groups;
}

void assign_views(const graph::Graph& graph, std::vector<Layer>& layers) {
  const LayerGraph g(graph, layers);
  const auto is_view = [&](std::size_t i) { return layers[i].kind == LayerKind::view; };
  const bool works = std::any_of(layers.begin(), layers.end(),
                                 [](const Layer& l) { return l.kind != LayerKind::view; });
  // A graph of views alone does no work anywhere.
  for (Layer& l : layers) l.view_unit = works ? Where::ane : Where::cpu;
  std::vector<char> of_input(layers.size(), 0);
  for (std::size_t i = 0; i < layers.size(); ++i)
    of_input[i] = is_view(i) && std::all_of(g.before[i].begin(), g.before[i].end(),
                                            [&](std::int32_t p) { return of_input[at(p)] != 0; });
  for (std::size_t i = layers.size(); i-- > 0;)
    if (works && of_input[i] && !g.after[i].empty())
      layers[i].view_unit =
          layers[at(*std::min_element(g.after[i].begin(), g.after[i].end()))].where();
  for (std::size_t i = 0; i < layers.size(); ++i)
    if (works && is_view(i) && !of_input[i])
      layers[i].view_unit = layers[at(g.before[i].back())].where();
}

std::vector<Layer> gathered(const graph::Graph& graph, std::vector<Layer> layers) {
  const LayerGraph g(graph, layers);
  std::vector<std::vector<std::int32_t>> after = g.after;
  std::vector<std::size_t> waits(layers.size());
  std::unordered_map<std::int32_t, std::int32_t> toucher;  // last layer that named a state
  for (std::size_t i = 0; i < layers.size(); ++i) {
    waits[i] += g.before[i].size();
    for (const auto* ids : {&layers[i].inputs, &layers[i].outputs})
      for (const auto id : *ids) {
        if (id.index < 0 || !graph.at(id).state) continue;
        const auto mine = static_cast<std::int32_t>(i);
        const auto [it, first] = toucher.try_emplace(id.index, mine);
        if (first || it->second == mine) continue;
        after[at(it->second)].push_back(mine);
        ++waits[i];
        it->second = mine;
      }
  }
  const auto off = [&](std::size_t i) { return layers[i].where() == Where::ane ? 0 : 1; };
  struct Order {
    std::vector<std::size_t> layers;
    std::size_t changes = 0;
  };
  const auto from = [&](int unit) {
    using Ready = std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>>;
    std::array<Ready, 2> ready;
    std::vector<std::size_t> open = waits;
    for (std::size_t i = 0; i < layers.size(); ++i)
      if (open[i] == 0) ready[static_cast<std::size_t>(off(i))].push(i);
    Order o;
    for (std::size_t now = static_cast<std::size_t>(unit); o.layers.size() < layers.size();) {
      if (ready[now].empty()) {
        now = 1 - now;
        check(!ready[now].empty(), "layers read each other in a circle");
        ++o.changes;
      }
      const std::size_t i = ready[now].top();
      ready[now].pop();
      o.layers.push_back(i);
      for (const std::int32_t k : after[i])
        if (--open[at(k)] == 0) ready[static_cast<std::size_t>(off(at(k)))].push(at(k));
    }
    return o;
  };
  if (layers.empty()) return layers;
  const Order first = from(off(0)), second = from(1 - off(0));
  std::vector<Layer> out;
  out.reserve(layers.size());
  for (const std::size_t i : (second.changes < first.changes ? second : first).layers)
    out.push_back(std::move(layers[i]));
  return out;
}

std::vector<Stretch> stretches(const std::vector<Layer>& layers) {
  std::vector<Stretch> out;
  std::size_t waiting = 0;  // views at the end of the open stretch
  bool works = false;       // the open stretch has more than views
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const Where where = layers[i].where();
    if (out.empty()) out.push_back({0, 0, where});
    if (layers[i].kind == LayerKind::view) {
      ++waiting;
    } else {
      if (works && where != out.back().where) {
        // Views before the change go with what they are read by, as far as they lie there.
        std::size_t first = i;
        while (waiting > 0 && layers[first - 1].view_unit == where) {
          --first;
          --waiting;
        }
        out.back().last = first;
        out.push_back({first, first, where});
      }
      out.back().where = where;
      works = true;
      waiting = 0;
    }
    out.back().last = i + 1;
  }
  return out;
}

}  // namespace anesim::compiler
