#include "models/engine/l2.h"

#include <utility>

#include "sim/core/error.h"

namespace anesim::models {

L2::L2(sc_core::sc_module_name name, Recorder& recorder, const std::string& track)
    : sc_module(name), recorder_(recorder), track_(recorder.track(track)) {
  SC_HAS_PROCESS(L2);
  SC_METHOD(on_event);
  sensitive << event_;
  dont_initialize();
}

void L2::start(sc_core::sc_time exposed, sc_core::sc_time transfer, bool awaited, int label,
               Completion* client, int first_tag, int all_tag) {
  check(!busy() && !first_due_, "L2 was started while busy");
  client_ = client;
  awaited_ = awaited;
  until_ = sc_core::sc_time_stamp() + exposed + transfer;
  first_tag_ = first_tag;
  all_tag_ = all_tag;
  first_due_ = true;
  const auto whole = exposed + transfer;
  statistics_.busy_s += whole.to_seconds();
  ++statistics_.transfers;
  recorder_.slice(track_, label, static_cast<std::int64_t>(sc_core::sc_time_stamp().value()),
                  static_cast<std::int64_t>(until_.value()));
  event_.notify(exposed);
}

void L2::on_event() {
  if (std::exchange(first_due_, false)) {
    if (awaited_) event_.notify(until_ - sc_core::sc_time_stamp());
    client_->completed(first_tag_);
    return;
  }
  client_->completed(all_tag_);
}

}  // namespace anesim::models
