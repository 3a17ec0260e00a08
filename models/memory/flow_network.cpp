#include "models/memory/flow_network.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace anesim::models {

FlowNetwork::FlowNetwork(sc_core::sc_module_name name) : sc_module(name) {
  SC_HAS_PROCESS(FlowNetwork);
  SC_METHOD(on_change);
  sensitive << change_;
  dont_initialize();
  SC_METHOD(on_wake);
  sensitive << wake_;
  dont_initialize();
}

LinkId FlowNetwork::add_link(std::string name, BytesPerSecond capacity) {
  links_.push_back({std::move(name), capacity.value, 0, 0, 0});
  return {static_cast<int>(links_.size()) - 1};
}

void FlowNetwork::start(const Path& path, double bytes, double head, Completion* client,
                        int head_tag, int tag, BytesPerSecond limit, double* held_s) {
  start(path, bytes, client, tag, limit, held_s);
  flows_.back().milestone = bytes - head;
  flows_.back().head_tag = head_tag;
}

void FlowNetwork::start(const Path& path, double bytes, Completion* client, int tag,
                        BytesPerSecond limit, double* held_s) {
  settle();
  Flow f;
  f.path = path;
  f.remaining = bytes;
  f.limit = limit.value;
  f.held_s = held_s;
  f.client = client;
  f.tag = tag;
  f.order = order_++;
  for (const Hop& h : path) {
    links_[static_cast<std::size_t>(h.link.index)].bytes += bytes * h.share;
  }
  flows_.push_back(std::move(f));
  change_.notify(sc_core::SC_ZERO_TIME);  // all starts of this instant share once
}

/// Moves every flow forward at its rate to the present.
void FlowNetwork::settle() {
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  if (now == settled_) return;
  const double dt = (now - settled_).to_seconds();
  settled_ = now;
  if (flows_.empty()) return;
  fixed_.assign(links_.size(), 0);
  for (Flow& f : flows_) {
    const double moved = std::min(f.remaining, f.rate * dt);
    f.remaining -= moved;
    if (f.held && f.held_s) *f.held_s += dt;
    for (const Hop& h : f.path) {
      const auto i = static_cast<std::size_t>(h.link.index);
      links_[i].moved += moved * h.weight;
      if (!fixed_[i]) links_[i].busy_s += dt;
      fixed_[i] = 1;
    }
  }
}

/// Max-min fair rates by progressive filling: all rates rise together until a link or a flow's own
/// limit is reached; those flows stay, the others rise on.
void FlowNetwork::share() {
  left_.resize(links_.size());
  weight_.assign(links_.size(), 0);
  for (std::size_t i = 0; i < links_.size(); ++i) left_[i] = links_[i].capacity;
  fixed_.assign(flows_.size(), 0);
  for (const Flow& f : flows_)
    for (const Hop& h : f.path) weight_[static_cast<std::size_t>(h.link.index)] += h.weight;
  std::size_t open = flows_.size();
  double level = 0;
  while (open > 0) {
    double next = std::numeric_limits<double>::max();
    for (std::size_t i = 0; i < links_.size(); ++i)
      if (weight_[i] > 1e-12) next = std::min(next, left_[i] / weight_[i]);
    for (std::size_t k = 0; k < flows_.size(); ++k)
      if (!fixed_[k]) next = std::min(next, flows_[k].limit - level);
    next = std::max(next, 0.0);
    level += next;
    for (std::size_t i = 0; i < links_.size(); ++i) left_[i] -= next * weight_[i];
    bool any = false;
    for (std::size_t k = 0; k < flows_.size(); ++k) {
      if (fixed_[k]) continue;
      // Full but for the watched link, and that one.
      bool own = flows_[k].limit - level <= 1e-9 * level, watched = false;
      for (const Hop& h : flows_[k].path) {
        const auto i = static_cast<std::size_t>(h.link.index);
        if (left_[i] <= 1e-9 * links_[i].capacity)
          (h.link.index == watched_ ? watched : own) = true;
      }
      if (!own && !watched) continue;
      flows_[k].held = watched && !own;
      fixed_[k] = 1;
      any = true;
      flows_[k].rate = level;
      --open;
      for (const Hop& h : flows_[k].path)
        weight_[static_cast<std::size_t>(h.link.index)] -= h.weight;
    }
    if (!any) break;  // only rounding left
  }
}

void FlowNetwork::schedule() {
  double soonest = std::numeric_limits<double>::max();
  for (const Flow& f : flows_) {
    const double left = f.remaining - std::max(f.milestone, 0.0);
    soonest = std::min(soonest, left <= 0 ? 0.0 : left / std::max(f.rate, 1e-3));
  }
  if (flows_.empty()) return;
  // Rounded up, so that a flow has surely arrived when it is woken for.
  const double ps = std::ceil(soonest * 1e12);
  wake_.notify(sc_core::sc_time::from_value(static_cast<std::uint64_t>(std::min(ps, 1e18))));
}

void FlowNetwork::on_change() {
  settle();
  share();
  schedule();
}

void FlowNetwork::on_wake() {
  settle();
  // A wake-up for a flow that was slowed meanwhile finds nothing and is set again.
  heads_.clear();
  for (Flow& f : flows_)
    if (f.milestone >= 0 && f.remaining <= f.milestone + f.rate * 2e-12 + 1e-9) {
      f.milestone = -1;
      heads_.push_back(f);
    }
  done_.clear();
  auto arrived = [](const Flow& f) { return f.remaining <= f.rate * 2e-12 + 1e-9; };
  for (const Flow& f : flows_)
    if (arrived(f)) done_.push_back(f);
  if (done_.empty()) {
    // Rates have not changed: a first piece has arrived, or a slowed flow woke too early.
    schedule();
    for (const Flow& f : heads_) f.client->completed(f.head_tag);
    return;
  }
  std::erase_if(flows_, arrived);
  std::sort(done_.begin(), done_.end(),
            [](const Flow& a, const Flow& b) { return a.order < b.order; });
  if (!flows_.empty()) change_.notify(sc_core::SC_ZERO_TIME);
  for (const Flow& f : heads_) f.client->completed(f.head_tag);
  for (const Flow& f : done_) f.client->completed(f.tag);
}

std::vector<FlowNetwork::LinkStatistics> FlowNetwork::statistics() {
  settle();
  return links_;
}

}  // namespace anesim::models
