// Placement: what the engine cannot do, or what costs more to move there than it saves, runs on
// the CPU, or on the GPU where that is allowed and faster. Source: m6-study 8.1.
#include <fmt/format.h>

#include <algorithm>

#include "models/compiler/estimate.h"
#include "models/compiler/layer_graph.h"
#include "models/compiler/passes.h"

namespace anesim::compiler {
namespace {

using Indices = std::vector<std::int32_t>;

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

std::string micros(Seconds t) { return fmt::format("{:.3g} us", t.value * 1e6); }

std::string count_text(std::size_t n) {
  return n == 1 ? "one operation" : fmt::format("{} operations", n);
}

class Placer {
 public:
  Placer(const graph::Graph& g, std::vector<Layer> layers, const spec::DeviceSpec& d,
         const PlaceOptions& o)
      : graph_(g), layers_(std::move(layers)), device_(d), options_(o) {}

  std::vector<Layer> run() {
    const bool gpu =
        options_.units == ComputeUnits::all || options_.units == ComputeUnits::cpu_and_gpu;
    const bool engine =
        options_.units == ComputeUnits::all || options_.units == ComputeUnits::cpu_and_ne;
    for (Layer& l : layers_) estimates(l, engine, gpu);
    if (!engine) {
      for (Layer& l : layers_)
        if (l.kind != LayerKind::view) {
          if (l.kind != LayerKind::host) l.reason = engine_excluded;
          l.kind = LayerKind::host;
        }
    } else if (options_.segmenter) {
      leave_groups();
      leave_stretches();
    }
    if (gpu) take_gpu();
    assign_views(graph_, layers_);
    return std::move(layers_);
  }

 private:
  void estimates(Layer& l, bool engine, bool gpu) const {
    if (l.kind == LayerKind::view) return;
    if (engine && l.kind != LayerKind::host)
      l.estimates.push_back({Where::ane, Seconds(estimate_layer(l, device_))});
    l.estimates.push_back({Where::cpu, agent_estimate(l, device_.cpu)});
    if (gpu && l.gpu_able) l.estimates.push_back({Where::gpu, agent_estimate(l, device_.gpu)});
  }

  /// Layers that run on another unit, and views behind and before such.
  struct Beyond {
    std::vector<char> above, below;
  };

  /// What the segmenter charges for a segment of these layers: its start, a crossing where data
  /// come from another unit and one where they go to another; of a graph that lies on the engine
  /// as a whole the result has to be fetched instead. So an end of the graph must save 0.25 ms, a
  /// middle 0.375 ms, and the last operation of a chain is a tie (m6-study 8.1).
  Seconds segment_cost(const LayerGraph& g, const Beyond& b, const Indices& members) {
    ++stamp_;
    inside_.resize(layers_.size(), 0);
    for (const std::int32_t i : members) inside_[at(i)] = stamp_;
    bool in = false, out = false, result = false;
    for (const std::int32_t i : members) {
      for (const std::int32_t p : g.before[at(i)]) in |= inside_[at(p)] != stamp_ && b.above[at(p)];
      for (const std::int32_t n : g.after[at(i)]) out |= inside_[at(n)] != stamp_ && b.below[at(n)];
      result |= g.result[at(i)] != 0;
    }
    const auto& p = device_.placement;
    Seconds cost = p.segment_start;
    if (in) cost += p.backend_switch;
    if (out) cost += p.backend_switch;
    if (!in && !out && result) cost += p.engine_output;
    return cost;
  }

  Beyond beyond(const LayerGraph& g) const {
    Beyond b;
    b.above.assign(layers_.size(), 0);
    b.below.assign(layers_.size(), 0);
    const auto mark = [&](std::size_t i, std::vector<char>& own, const Indices& next) {
      own[i] = layers_[i].kind == LayerKind::host;
      if (layers_[i].kind == LayerKind::view)
        for (const std::int32_t k : next) own[i] |= own[at(k)];
    };
    for (std::size_t i = 0; i < layers_.size(); ++i) mark(i, b.above, g.before[i]);
    for (std::size_t i = layers_.size(); i-- > 0;) mark(i, b.below, g.after[i]);
    return b;
  }

  Seconds saving(const Indices& members) const {
    Seconds s{0};
    for (const std::int32_t i : members)
      s += believed_cpu(layers_[at(i)], device_) - believed_engine(layers_[at(i)], device_);
    return s;
  }

  void leave(const Indices& members, Seconds saved, Seconds cost) {
    std::size_t works = 0;
    Seconds modelled{0};  // what it saves in this model, which may differ much from the belief
    for (const std::int32_t i : members) {
      works += layers_[at(i)].kind != LayerKind::view;
      for (const auto& [where, time] : layers_[at(i)].estimates) {
        if (where == Where::cpu) modelled += time;
        if (where == Where::ane) modelled -= time;
      }
    }
    const std::string why =
        saved.value > 0
            ? fmt::format(
                  "{} on the engine would save {} in Core ML's estimate ({} as modelled), "
                  "start and switches cost {}",
                  count_text(works), micros(saved), micros(modelled), micros(cost))
            : fmt::format("{} would be no faster on the engine in Core ML's estimate",
                          count_text(works));
    for (const std::int32_t i : members) {
      Layer& l = layers_[at(i)];
      if (l.kind == LayerKind::view) continue;
      const AgentLoad load = agent_load(l);
      l.flops = load.flops;
      l.host_macs = load.macs;
      l.kind = LayerKind::host;
      l.reason = why;
    }
  }

  /// Groups that other units cut off from the rest and that do not pay by themselves.
  void leave_groups() {
    const LayerGraph g(graph_, layers_);
    std::vector<char> member(layers_.size());
    for (std::size_t i = 0; i < layers_.size(); ++i) member[i] = layers_[i].kind != LayerKind::host;
    const Beyond b = beyond(g);
    for (const Indices& group : connected_groups(g, layers_, member)) {
      const Seconds saved = saving(group), cost = segment_cost(g, b, group);
      if (saved < cost) leave(group, saved, cost);
    }
  }

  /// Segments as they run, the least worth first, until all pay. Work of a unit is gathered as far
  /// as the data allow: in graph order the convolutions that a parakeet encoder starts with would
  /// be a segment of their own between integer arithmetic, and less than the published 97 % of its
  /// operations would lie on the engine.
  void leave_stretches() {
    for (;;) {
      assign_views(graph_, layers_);
      layers_ = gathered(graph_, std::move(layers_));
      const auto all = stretches(layers_);
      if (all.size() < 2) return;
      const LayerGraph g(graph_, layers_);
      const Beyond b = beyond(g);
      Indices worst;
      Seconds worst_saved{0}, worst_cost{0};
      for (const Stretch& s : all) {
        if (s.where != Where::ane) continue;
        Indices members;
        for (std::size_t i = s.first; i < s.last; ++i)
          members.push_back(static_cast<std::int32_t>(i));
        const Seconds saved = saving(members), cost = segment_cost(g, b, members);
        if (saved - cost < worst_saved - worst_cost) {
          worst = std::move(members);
          worst_saved = saved;
          worst_cost = cost;
        }
      }
      if (worst.empty()) return;
      leave(worst, worst_saved, worst_cost);
    }
  }

  /// Connected work off the engine goes to the GPU where that is faster, its start included.
  /// No source states Core ML's rule; the engine keeps what pays there (assumed).
  void take_gpu() {
    const LayerGraph g(graph_, layers_);
    std::vector<char> member(layers_.size());
    for (std::size_t i = 0; i < layers_.size(); ++i)
      member[i] = layers_[i].kind == LayerKind::view ||
                  (layers_[i].kind == LayerKind::host && layers_[i].gpu_able);
    for (const Indices& group : connected_groups(g, layers_, member)) {
      Seconds cpu{0}, gpu = device_.gpu.start;
      for (const std::int32_t i : group) {
        cpu += agent_estimate(layers_[at(i)], device_.cpu);
        gpu += agent_estimate(layers_[at(i)], device_.gpu);
      }
      if (gpu >= cpu) continue;
      for (const std::int32_t i : group) {
        Layer& l = layers_[at(i)];
        if (l.kind != LayerKind::host) continue;
        l.other = Where::gpu;
        l.reason += fmt::format("{}GPU {} against {} on the CPU", l.reason.empty() ? "" : "; ",
                                micros(gpu), micros(cpu));
      }
    }
  }

  const graph::Graph& graph_;
  std::vector<Layer> layers_;
  const spec::DeviceSpec& device_;
  const PlaceOptions& options_;
  std::vector<std::size_t> inside_;  ///< stamp of the set that a layer was last counted into
  std::size_t stamp_ = 0;
};

}  // namespace

std::vector<Layer> place(const graph::Graph& g, std::vector<Layer> layers,
                         const spec::DeviceSpec& d, const PlaceOptions& o) {
  return Placer(g, std::move(layers), d, o).run();
}

}  // namespace anesim::compiler
