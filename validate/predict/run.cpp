#include "validate/predict/run.h"

#include <algorithm>

namespace anesim::validate {

double joules_of(const Totals& t, Rail rail) {
  const double engine = t.energy_mj.value_or(0) * 1e-3,
               memory = t.memory_energy_mj.value_or(0) * 1e-3,
               machine = t.machine_energy_mj.value_or(0) * 1e-3;
  switch (rail) {
    case Rail::engine:
    case Rail::engine_above_idle:
      return engine;
    case Rail::engine_and_memory:
      return engine + memory;
    case Rail::memory:
      return memory;
    case Rail::package:
      return engine + t.call_energy_mj.value_or(0) * 1e-3;
    case Rail::machine:
      return machine;
    case Rail::machine_above_idle:
      return machine - t.idle_energy_mj.value_or(0) * 1e-3;
  }
  return engine;
}

Run run_of(const Result& result, Rail rail, const std::string& stream) {
  Run run;
  double first = 1e300, last = 0, busy = 0;
  for (const RequestResult& q : result.requests) {
    if (!stream.empty() && q.stream != stream) continue;
    run.call_s += (q.done_us - q.issued_us) * 1e-6;
    run.task_s += (q.end_us - q.start_us) * 1e-6;
    run.to_end_s += (q.end_us - q.issued_us) * 1e-6;
    busy += (q.end_us - q.start_us) * 1e-6;
    first = std::min(first, q.issued_us * 1e-6);
    last = std::max(last, q.done_us * 1e-6);
    ++run.calls;
  }
  if (run.calls == 0) return run;
  run.call_s /= run.calls;
  run.task_s /= run.calls;
  run.to_end_s /= run.calls;
  run.whole_s = last - first;
  double finished = 0;  // of anybody, in that time
  for (const RequestResult& q : result.requests) {
    finished += q.done_us * 1e-6 > first && q.done_us * 1e-6 <= last;
  }
  run.calls_per_second = finished / run.whole_s;
  run.busy_share = busy / run.whole_s;
  run.share_by_bound = result.totals.share_by_bound;
  for (const char* path : {"weights_moved", "activations_moved"})
    if (const auto moved = result.totals.bytes.find(path); moved != result.totals.bytes.end())
      run.memory_bytes += static_cast<double>(moved->second);
  run.joules = joules_of(result.totals, rail);
  return run;
}

}  // namespace anesim::validate
