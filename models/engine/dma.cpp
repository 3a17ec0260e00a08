#include "models/engine/dma.h"

#include <utility>

#include "sim/core/error.h"

namespace anesim::models {
namespace {
enum : int { head_done, tail_done };
}

Dma::Dma(sc_core::sc_module_name name, Fabric& fabric, PortId port, Recorder& recorder,
         const std::string& track)
    : sc_module(name),
      fabric_(fabric),
      port_(port),
      recorder_(recorder),
      track_(recorder.track(track)) {}

void Dma::start(Transfer transfer, double head, int label, Completion* client, int head_tag,
                int tail_tag) {
  check(client_ == nullptr, "a DMA engine was started while busy");
  client_ = client;
  label_ = label;
  head_tag_ = head_tag;
  tail_tag_ = tail_tag;
  started_ = sc_core::sc_time_stamp();
  statistics_.bytes += static_cast<std::int64_t>(transfer.bytes);
  ++statistics_.transfers;
  transfer.port = port_;
  transfer.held_s = &statistics_.held_s;
  fabric_.start(transfer, head, this, head_done, tail_done);
}

void Dma::completed(int tag) {
  if (tag == head_done) {
    client_->completed(head_tag_);
    return;
  }
  const auto now = sc_core::sc_time_stamp();
  statistics_.busy_s += (now - started_).to_seconds();
  recorder_.slice(track_, label_, static_cast<std::int64_t>(started_.value()),
                  static_cast<std::int64_t>(now.value()));
  Completion* client = std::exchange(client_, nullptr);
  client->completed(tail_tag_);
}

}  // namespace anesim::models
