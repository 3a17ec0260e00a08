// How flows divide links: max-min fair, as a pure rule.
#pragma once

#include <algorithm>
#include <array>
#include <initializer_list>
#include <limits>
#include <span>
#include <vector>

#include "sim/core/error.h"

namespace anesim::models {

struct LinkId {
  int index = -1;
};

/// One link on a flow's way; moving a byte takes `weight` bytes of the link's capacity (above 1
/// where the link handles this kind of data more slowly).
struct Hop {
  LinkId link;
  double weight = 1;
  double share = 1;  ///< of the flow's bytes that pass here, for the statistics
};

/// The links on a flow's way, at most four, kept in place: paths are made for every transfer.
class Path {
 public:
  Path() = default;
  Path(std::initializer_list<Hop> hops) {
    for (const Hop& h : hops) push_back(h);
  }
  void push_back(const Hop& hop) {
    check(size_ < hops_.size(), "a path of more than four links");
    hops_[size_++] = hop;
  }
  [[nodiscard]] const Hop* begin() const { return hops_.data(); }
  [[nodiscard]] const Hop* end() const { return hops_.data() + size_; }

 private:
  std::array<Hop, 4> hops_{};
  std::size_t size_ = 0;
};

/// Buffers of share_fairly(), kept from call to call.
struct FairScratch {
  std::vector<double> left, weight;
  std::vector<char> fixed;
};

/// Sets `rate` of every flow, which has `path` and `limit`: all rates rise together until a link is
/// full or a flow's own limit is reached; those flows stay, the others rise on. `held`: the link
/// `watched`, and nothing else, keeps the flow from going faster.
template <class Flow>
void share_fairly(std::span<Flow> flows, std::span<const double> capacity, int watched,
                  FairScratch& s) {
  s.left.assign(capacity.begin(), capacity.end());
  s.weight.assign(capacity.size(), 0);
  s.fixed.assign(flows.size(), 0);
  const auto of = [](const Hop& h) { return static_cast<std::size_t>(h.link.index); };
  for (const Flow& f : flows)
    for (const Hop& h : f.path) s.weight[of(h)] += h.weight;
  std::size_t open = flows.size();
  double level = 0;
  while (open > 0) {
    double next = std::numeric_limits<double>::max();
    for (std::size_t i = 0; i < capacity.size(); ++i)
      if (s.weight[i] > 1e-12) next = std::min(next, s.left[i] / s.weight[i]);
    for (std::size_t k = 0; k < flows.size(); ++k)
      if (!s.fixed[k]) next = std::min(next, flows[k].limit - level);
    next = std::max(next, 0.0);
    level += next;
    for (std::size_t i = 0; i < capacity.size(); ++i) s.left[i] -= next * s.weight[i];
    bool any = false;
    for (std::size_t k = 0; k < flows.size(); ++k) {
      if (s.fixed[k]) continue;
      bool own = flows[k].limit - level <= 1e-9 * level, by_watched = false;
      for (const Hop& h : flows[k].path)
        if (h.weight > 0 && s.left[of(h)] <= 1e-9 * capacity[of(h)])
          (h.link.index == watched ? by_watched : own) = true;
      if (!own && !by_watched) continue;
      s.fixed[k] = 1;
      any = true;
      flows[k].held = by_watched && !own;
      flows[k].rate = level;
      --open;
      for (const Hop& h : flows[k].path) s.weight[of(h)] -= h.weight;
    }
    if (!any) break;  // only rounding left
  }
}

}  // namespace anesim::models
