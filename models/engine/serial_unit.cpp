#include "models/engine/serial_unit.h"

#include <utility>

#include "sim/core/error.h"

namespace anesim::models {

SerialUnit::SerialUnit(sc_core::sc_module_name name, Recorder& recorder, const std::string& track)
    : sc_module(name), recorder_(recorder), track_(recorder.track(track)) {
  SC_HAS_PROCESS(SerialUnit);
  SC_METHOD(on_done);
  sensitive << done_;
  dont_initialize();
}

void SerialUnit::start(sc_core::sc_time time, int label, Completion* client, int tag) {
  check(client_ == nullptr, "a serial unit was started while busy");
  client_ = client;
  tag_ = tag;
  follow(time, label);
  done_.notify(time);
}

void SerialUnit::follow(sc_core::sc_time time, int label) {
  // The resolution is a picosecond; to_seconds() is a call and this is done for every core.
  statistics_.busy_s += static_cast<double>(time.value()) * 1e-12;
  ++statistics_.pieces;
  if (!recorder_.timeline()) return;
  const auto now = static_cast<std::int64_t>(sc_core::sc_time_stamp().value());
  recorder_.slice(track_, label, now, now + static_cast<std::int64_t>(time.value()));
}

void SerialUnit::on_done() {
  Completion* client = std::exchange(client_, nullptr);
  client->completed(tag_);
}

}  // namespace anesim::models
