#include "models/host/rules.h"

#include <algorithm>

namespace anesim::models {

Seconds completion_time(const spec::StackSpec& s, Seconds task) {
  if (task <= s.short_task) return s.completion_short;
  if (task >= s.long_task) return s.completion_long;
  const double share = (task - s.short_task) / (s.long_task - s.short_task);
  return s.completion_short + (s.completion_long - s.completion_short) * share;
}

bool uses_engine(const compiler::Program& p) {
  return std::any_of(p.segments.begin(), p.segments.end(),
                     [](const auto& s) { return s.where == compiler::Where::ane; });
}

Seconds submit_time(const spec::StackSpec& s, const compiler::Program& p) {
  return uses_engine(p) ? s.submit : s.submit - std::min(s.submit, s.driver_submit);
}

Seconds hand_over_time(const spec::StackSpec& stack, const spec::PlacementSpec& placement,
                       compiler::Where from, compiler::Where to, Seconds task,
                       bool on_engine_before) {
  const bool leaves = from == compiler::Where::ane, enters = to == compiler::Where::ane;
  Seconds cost{0};
  if (leaves || enters) cost += placement.backend_switch;
  if (leaves) cost += completion_time(stack, task);
  if (enters && on_engine_before) cost += stack.submit;
  return cost;
}

Seconds copy_time(BytesPerSecond rate, std::int64_t bytes) {
  if (rate.value <= 0) return Seconds(0);
  return Bytes(bytes) / rate;
}

Seconds output_copy_time(const spec::StackSpec& s, const compiler::Program& p) {
  return copy_time(s.output_copy, p.output_bytes - p.padded_output_bytes) +
         copy_time(s.output_copy * s.padded_copy, p.padded_output_bytes);
}

Seconds agent_time(const spec::AgentSpec& a, double flops, std::int64_t bytes) {
  return a.operation_time(flops, bytes);
}

Seconds host_time(const scenario::HostWork& w, const spec::AgentSpec& cpu,
                  const spec::StackSpec& stack) {
  const double compiled = static_cast<double>(w.compiled);
  const Seconds one =
      stack.compile + Seconds(static_cast<double>(w.baked_weights) / stack.compile_weights);
  spec::AgentSpec code = cpu;
  if (w.rate > 0)
    code.bandwidth = BytesPerSecond(std::min(static_cast<double>(cpu.bandwidth.value), w.rate));
  return agent_time(code, w.flops, w.bytes) + microseconds(w.fixed_us) +
         Seconds(compiled * one.value + static_cast<double>(w.reloaded) * stack.reload.value);
}

}  // namespace anesim::models
