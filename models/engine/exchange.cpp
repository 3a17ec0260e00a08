#include "models/engine/exchange.h"

#include <algorithm>
#include <utility>

#include "models/clock.h"
#include "sim/core/error.h"

namespace anesim::models {

Exchange::Exchange(sc_core::sc_module_name name, const spec::DualSpec& spec, std::size_t engines)
    : sc_module(name), spec_(spec), engines_(engines) {
  SC_HAS_PROCESS(Exchange);
  SC_METHOD(on_release);
  sensitive << release_;
  dont_initialize();
}

void Exchange::arrive(std::size_t engine, compiler::Meeting kind, Completion* client, int tag) {
  waiting_.push_back({engine, client, tag, sc_core::sc_time_stamp()});
  if (waiting_.size() < engines_) return;
  check(waiting_.size() == engines_, "more engines at a meeting than there are");
  ++meetings_;
  for (const auto& w : waiting_) waited_s_ += (sc_core::sc_time_stamp() - w.since).to_seconds();
  release_.notify(to_sc_time(latency(kind)));
}

Seconds Exchange::latency(compiler::Meeting kind) const {
  switch (kind) {
    case compiler::Meeting::none:
      break;
    case compiler::Meeting::sync:
      return spec_.sync;
    case compiler::Meeting::halo:
      return spec_.halo;
    case compiler::Meeting::merge:
      return spec_.merge;
  }
  return Seconds(0);
}

void Exchange::on_release() {
  auto all = std::exchange(waiting_, {});
  std::sort(all.begin(), all.end(),
            [](const Waiting& a, const Waiting& b) { return a.engine < b.engine; });
  for (const auto& w : all) w.client->completed(w.tag);
}

}  // namespace anesim::models
