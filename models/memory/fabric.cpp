#include "models/memory/fabric.h"

#include <algorithm>
#include <utility>

namespace anesim::models {
namespace {

/// Tags in the network carry the slot and whether it is the head or the end.
constexpr int head_of(std::size_t slot) { return static_cast<int>(slot) * 2; }
constexpr int end_of(std::size_t slot) { return static_cast<int>(slot) * 2 + 1; }

double from_dram(const Transfer& t) { return t.memory ? (1 - t.cached) * t.bytes : 0; }

}  // namespace

Fabric::Fabric(sc_core::sc_module_name name, const spec::MemorySpec& spec, Recorder& recorder)
    : sc_module(name),
      spec_(spec),
      network_("arbiter"),
      dram_("dram", spec, network_, recorder),
      cache_("system_cache", spec, network_) {
  network_.watch(dram_.link());
}

PortId Fabric::add_port(std::string name, BytesPerSecond rate) {
  return network_.add_link(std::move(name), rate);
}

Path Fabric::path(const Transfer& t) const {
  Path path;
  if (t.port.index >= 0) path.push_back({t.port, t.port_cost});
  if (t.memory && t.cached > 0) path.push_back({cache_.link(), t.cached, t.cached});
  if (t.memory && t.cached < 1) path.push_back({dram_.link(), 1 - t.cached, 1 - t.cached});
  return path;
}

BytesPerSecond Fabric::limit(const Transfer& t) const {
  const double bytes = from_dram(t);
  if (bytes <= 0) return t.limit;
  // What comes from the SRAM flows beside it.
  return std::min(t.limit, BytesPerSecond(dram_rate(bytes, spec_).value / (1 - t.cached)));
}

std::size_t Fabric::admit(const Transfer& t, Completion* client, int head_tag, int tag) {
  if (free_.empty()) {
    free_.push_back(under_way_.size());
    under_way_.emplace_back();
  }
  const std::size_t slot = free_.back();
  free_.pop_back();
  if (t.memory) cache_.count(t.cached * t.bytes, from_dram(t));
  under_way_[slot] = {client, head_tag, tag, dram_.begin(from_dram(t))};
  return slot;
}

void Fabric::start(const Transfer& t, double head, Completion* client, int head_tag, int tag) {
  const std::size_t slot = admit(t, client, head_tag, tag);
  network_.start(path(t), t.bytes, t.bytes * head, this, head_of(slot), end_of(slot), limit(t),
                 t.held_s);
}

void Fabric::start(const Transfer& t, Completion* client, int tag) {
  const std::size_t slot = admit(t, client, 0, tag);
  network_.start(path(t), t.bytes, this, end_of(slot), limit(t), t.held_s);
}

void Fabric::completed(int tag) {
  const auto slot = static_cast<std::size_t>(tag / 2);
  const UnderWay done = under_way_[slot];
  if (tag == head_of(slot)) {
    done.client->completed(done.head_tag);
    return;
  }
  dram_.end(done.channels);
  free_.push_back(slot);
  done.client->completed(done.tag);
}

}  // namespace anesim::models
