#include "models/memory/flow_network.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
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
  capacity_.push_back(capacity.value);
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
  counted_.assign(links_.size(), 0);
  for (Flow& f : flows_) {
    const double moved = std::min(f.remaining, f.rate * dt);
    f.remaining -= moved;
    if (f.held && f.held_s) *f.held_s += dt;
    for (const Hop& h : f.path) {
      const auto i = static_cast<std::size_t>(h.link.index);
      links_[i].moved += moved * h.weight;
      if (!counted_[i]) links_[i].busy_s += dt;
      counted_[i] = 1;
    }
  }
}

void FlowNetwork::share() { share_fairly(std::span<Flow>(flows_), capacity_, watched_, scratch_); }

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
