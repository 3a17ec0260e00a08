#include "models/memory/dram.h"

#include <fmt/format.h>

#include "sim/core/error.h"

namespace anesim::models {
namespace {

std::int64_t now_ps() { return static_cast<std::int64_t>(sc_core::sc_time_stamp().value()); }

}  // namespace

DramChannel::DramChannel(sc_core::sc_module_name name, Recorder& recorder)
    : sc_module(name), recorder_(recorder), label_(recorder.label("transfer")) {}

void DramChannel::begin(double bytes, std::int64_t now) {
  statistics_.bytes += bytes;
  if (open_++ > 0) return;
  if (now == until_ps_) return;  // goes on where the last one ended
  close();
  since_ps_ = now;
}

void DramChannel::end(std::int64_t now) {
  check(open_ > 0, "a DRAM channel was released more often than taken");
  --open_;
  until_ps_ = now;
}

void DramChannel::finish() {
  if (open_ > 0) until_ps_ = now_ps();
  close();
}

void DramChannel::close() {
  statistics_.busy_s += static_cast<double>(until_ps_ - since_ps_) * 1e-12;
  recorder_.slice(track_, label_, since_ps_, until_ps_);
  since_ps_ = until_ps_;
}

Dram::Dram(sc_core::sc_module_name name, const spec::MemorySpec& spec, FlowNetwork& network,
           Recorder& recorder)
    : sc_module(name),
      spec_(spec),
      link_(
          network.add_link("dram", BytesPerSecond(spec.dram_peak().value * spec.dram_efficiency))) {
  for (int c = 0; c < spec.dram_channels; ++c)
    channels_.push_back(
        std::make_unique<DramChannel>(fmt::format("channel_{}", c).c_str(), recorder));
}

Interleaved Dram::begin(double bytes) {
  const Interleaved lies = interleaved(next_block_, bytes, spec_);
  const auto block = static_cast<double>(spec_.dram_interleave.value);
  const std::int64_t now = now_ps();
  next_block_ = (next_block_ + lies.extra) % spec_.dram_channels;
  for (int k = 0; k < lies.count; ++k)
    channel(lies, k).begin(lies.bytes(k, spec_.dram_channels, block), now);
  return lies;
}

void Dram::end(const Interleaved& lies) {
  const std::int64_t now = now_ps();
  for (int k = 0; k < lies.count; ++k) channel(lies, k).end(now);
}

DramChannel& Dram::channel(const Interleaved& lies, int k) {
  const int c = lies.first + k;
  return *channels_[static_cast<std::size_t>(c < spec_.dram_channels ? c
                                                                     : c - spec_.dram_channels)];
}

void Dram::add_rows() {
  for (std::size_t c = 0; c < channels_.size(); ++c)
    channels_[c]->add_row(fmt::format("DRAM channel {}", c));
}

void Dram::finish() {
  for (auto& c : channels_) c->finish();
}

}  // namespace anesim::models
