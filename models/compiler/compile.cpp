#include "models/compiler/compile.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "models/compiler/choose_plan.h"
#include "models/compiler/emit.h"
#include "models/compiler/estimate.h"
#include "models/compiler/layer_graph.h"
#include "models/compiler/limits.h"
#include "models/compiler/lower.h"
#include "traces/graph/shape_rules.h"

namespace anesim::compiler {

const char* name(Unit u) {
  switch (u) {
    case Unit::ne:
      return "NE";
    case Unit::planar:
      return "PE";
    case Unit::dma:
      return "DMA";
  }
  return "?";
}

const char* name(Where w) {
  switch (w) {
    case Where::ane:
      return "ANE";
    case Where::cpu:
      return "CPU";
    case Where::gpu:
      return "GPU";
  }
  return "?";
}

const char* name(Stream s) {
  switch (s) {
    case Stream::none:
      return "none";
    case Stream::native:
      return "native";
    case Stream::compressed:
      return "compressed";
    case Stream::sparse:
      return "sparse";
    case Stream::decoded:
      return "decoded";
    case Stream::restream:
      return "restream";
  }
  return "?";
}

std::int64_t Program::descriptors() const {
  std::int64_t n = 0;
  for (const auto& s : segments)
    for (const auto& e : s.engines) n += static_cast<std::int64_t>(e.size());
  return n;
}

namespace {

std::vector<Alternative> others(const Layer& l) {
  std::vector<Alternative> out;
  for (const Alternative& a : l.estimates)
    if (a.where != l.where()) out.push_back(a);
  return out;
}

void emit_host(Program& p, const std::vector<Layer>& layers, const Stretch& stretch) {
  Segment s;
  s.where = stretch.where;
  for (std::size_t i = stretch.first; i < stretch.last; ++i) {
    const Layer& l = layers[i];
    ProgramOp op;
    op.name = l.name;
    op.type = l.type;
    const bool work = l.kind != LayerKind::view;
    const AgentLoad load = agent_load(l);
    op.unit = work ? name(stretch.where) : "-";
    op.where = stretch.where;
    op.reason = work ? l.reason : "no data moves";
    op.graph_ops = static_cast<std::int64_t>(l.ops.size());
    op.level = "DRAM";
    op.macs = load.macs;
    op.approximated = l.approximated;
    op.alternatives = others(l);
    if (l.weight.index >= 0) op.weight_bytes = stored_bytes(l.format, l.weight_elements);
    p.ops.push_back(op);
    if (!work) continue;
    Segment::AgentWork w;
    w.op = static_cast<std::int32_t>(p.ops.size() - 1);
    w.flops = load.flops;
    w.bytes = load.bytes;
    s.agent.push_back(w);
  }
  p.segments.push_back(std::move(s));
}

/// The engine's buffers hold rows of the last axis padded to 64 bytes (m6-study 2.6).
bool padded_rows(const graph::Tensor& t) {
  constexpr std::int64_t granule = 64;
  if (t.shape.empty() || graph::element_count(t.shape) == t.shape.back()) return false;
  return t.shape.back() * std::clamp(bit_width(t.dtype), 8, 16) / 8 % granule != 0;
}

}  // namespace

Program compile(const graph::Graph& g, const spec::DeviceSpec& d, const Options& o) {
  graph::require_bound(g);
  if (o.engines > d.engine.count)
    throw UserError(fmt::format("{} engines were asked for, {} has {} a die", o.engines, d.name,
                                d.engine.count));
  const graph::Work work = checked_work(g);
  const bool segmenter = o.segmenter && !o.force_engine && !g.kernel;
  std::vector<Layer> lowered = lower(g, d, {o.approximate_unknown});
  check_support(g, lowered, d, segmenter);
  std::vector<Layer> layers = fuse(g, std::move(lowered));
  note_zero_activations(g, layers, o.zero_activations);
  if (!o.force_engine) layers = place(g, std::move(layers), d, {o.units, segmenter});

  Program p;
  p.name = g.name;
  const int forced = o.allow_split ? o.engines : 1;
  for (const Stretch& s : stretches(layers)) {
    if (s.where != Where::ane) {
      emit_host(p, layers, s);
      continue;
    }
    join_in_place(g, layers, s.first, s.last);
    const std::size_t first_op = p.ops.size();
    const SplitPlan split = plan_split(layers, s.first, s.last, forced, d);
    const auto plans = choose_plan(g, layers, s.first, s.last, split, d);
    emit_segment(p, layers, plans, split, s.first, s.last, d);
    for (std::size_t i = s.first; i < s.last; ++i)
      p.ops[first_op + i - s.first].alternatives = others(layers[i]);
  }
  check_sums(g, p);

  for (const auto id : g.inputs) {
    const auto& t = g.at(id);
    if (t.state) continue;  // lives on the device between calls
    p.input_bytes += graph::element_count(t.shape) * bit_width(t.dtype) / 8;
  }
  for (const auto id : g.outputs) {
    const auto& t = g.at(id);
    const std::int64_t bytes = graph::element_count(t.shape) * bit_width(t.dtype) / 8;
    p.output_bytes += bytes;
    if (padded_rows(t)) p.padded_output_bytes += bytes;
  }
  std::set<std::string> approximated;
  for (const auto& op : p.ops) {
    p.macs += op.macs;
    if (op.where == Where::ane) p.macs_on_engine += op.macs;
    if (op.approximated) approximated.insert(op.type);
  }
  for (const auto& t : approximated)
    p.notes.push_back(fmt::format("operation '{}' is unknown and treated as memory traffic", t));
  p.weight_bytes = work.weight_bytes;
  return p;
}

}  // namespace anesim::compiler
