// Shared by the tests of models/: devices and stacks from configs/, overrides, one-line replays.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/compiler/compile.h"
#include "models/context.h"
#include "models/machine.h"
#include "models/spec/resolve.h"
#include "traces/workloads/workloads.h"

namespace anesim::models {

inline std::vector<spec::Override> sets(const std::vector<std::string>& texts) {
  std::vector<spec::Override> out;
  for (const auto& t : texts) out.push_back(spec::parse_override(t));
  return out;
}

/// A chip of configs/devices, changed as by --set.
inline spec::DeviceSpec chip(const std::string& name,
                             const std::vector<std::string>& changes = {}) {
  return spec::resolve_device(ANESIM_SOURCE_DIR, name, sets(changes));
}

/// The M6 of configs/devices, changed as by --set.
inline spec::DeviceSpec m6(const std::vector<std::string>& changes = {}) {
  return chip("m6", changes);
}

/// Host path with round numbers: 10 us to the engine, 20 us back, no copies.
inline spec::StackSpec plain_stack() {
  spec::StackSpec s;
  s.name = "plain";
  s.submit = microseconds(10);
  s.completion_short = s.completion_long = microseconds(20);
  return s;
}

inline graph::Graph workload(std::string_view text) { return workloads::make_workload(text); }

/// One stream of `calls` calls of a graph.
inline scenario::Scenario calls_of(graph::Graph g, std::int64_t calls = 1, std::int64_t depth = 1) {
  auto s = scenario::single_call(std::move(g));
  s.streams[0].count = calls;
  s.streams[0].depth = depth;
  return s;
}

inline ReplayOptions on_engines(int engines) {
  ReplayOptions o;
  o.compiler.engines = engines;
  o.compiler.force_engine = true;
  return o;
}

/// Replays in a context of its own; the test fails if a call has not come back.
inline Result run(const scenario::Scenario& s, const spec::DeviceSpec& d,
                  const ReplayOptions& o = on_engines(0),
                  const spec::StackSpec& stack = plain_stack()) {
  const FreshContext context;
  Result r = replay(s, d, {stack}, o);
  std::int64_t calls = 0;
  for (const auto& stream : s.streams) calls += stream.count;
  EXPECT_EQ(static_cast<std::int64_t>(r.requests.size()), calls);
  return r;
}

inline Result run(std::string_view text, const spec::DeviceSpec& d, int engines = 1) {
  return run(calls_of(workload(text)), d, on_engines(engines));
}

/// A program of one engine segment from hand-made descriptor lists, one a used engine.
inline compiler::Program program_of(std::vector<std::vector<compiler::TaskDescriptor>> lists) {
  compiler::Program p;
  p.name = "hand";
  p.ops.resize(1);
  for (auto& list : lists)
    for (auto& t : list) t.op = 0;
  compiler::Segment s;
  s.engines = std::move(lists);
  p.segments.push_back(std::move(s));
  return p;
}

/// Replays a hand-made program `calls` times.
inline Result run(const compiler::Program& p, const spec::DeviceSpec& d, std::int64_t calls = 1) {
  const FreshContext context;
  scenario::Scenario s;
  s.programs.push_back({p.name, {}});
  s.streams.push_back({});
  s.streams[0].name = "main";
  s.streams[0].count = calls;
  Result r = replay_compiled(s, {p}, d, {plain_stack()});
  EXPECT_EQ(static_cast<std::int64_t>(r.requests.size()), calls);
  return r;
}

/// A statistic by its full name; a missing one fails the test.
inline double statistic(const Result& r, const std::string& name) {
  for (const auto& s : r.statistics)
    if (s.name == name) return s.value;
  ADD_FAILURE() << "no statistic " << name;
  return 0;
}

/// Engine time of the first call, in microseconds.
inline double task_us(const Result& r, std::size_t call = 0) {
  return r.requests.at(call).end_us - r.requests.at(call).start_us;
}

inline const OpResult& op_named(const Result& r, const std::string& name) {
  for (const auto& op : r.ops)
    if (op.name == name) return op;
  ADD_FAILURE() << "no operation " << name;
  return r.ops.front();
}

/// 100 * (value / reference - 1).
inline double percent(double value, double reference) { return (value / reference - 1) * 100; }

}  // namespace anesim::models
