#include "models/compiler/compile.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "models/compiler/emit.h"
#include "models/compiler/lower.h"
#include "traces/graph/shape_rules.h"
#include "traces/graph/work.h"

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

void emit_host(Program& p, const std::vector<Layer>& layers, std::size_t first, std::size_t last,
               Where where) {
  Segment s;
  s.where = where;
  for (std::size_t i = first; i < last; ++i) {
    const Layer& l = layers[i];
    ProgramOp op;
    op.name = l.name;
    op.type = l.type;
    const bool work = l.kind != LayerKind::view;
    op.unit = !work ? "-" : where == Where::gpu ? "GPU" : "CPU";
    op.reason = work ? l.reason : "no data moves";
    op.graph_ops = static_cast<std::int64_t>(l.ops.size());
    op.level = "DRAM";
    op.macs = l.weight_elements > 0 ? l.macs() : l.host_macs;
    if (l.weight.index >= 0) op.weight_bytes = stored_bytes(l.format, l.weight_elements);
    p.ops.push_back(op);
    if (!work) continue;
    Segment::AgentWork w;
    w.op = static_cast<std::int32_t>(p.ops.size() - 1);
    w.flops = l.flops > 0 ? l.flops
                          : (op.macs > 0 ? 2.0 * static_cast<double>(op.macs)
                                         : static_cast<double>(l.elements) * l.element_passes);
    w.bytes = l.input_bytes + l.output_bytes + op.weight_bytes;
    s.agent.push_back(w);
  }
  p.segments.push_back(std::move(s));
}

}  // namespace

Program compile(const graph::Graph& g, const spec::DeviceSpec& d, const Options& o) {
  graph::require_bound(g);
  if (o.engines > d.engine.count)
    throw UserError(fmt::format("{} engines were asked for, {} has {} a die", o.engines, d.name,
                                d.engine.count));
  std::vector<Layer> layers = fuse(g, lower(g, d, {o.approximate_unknown}));
  if (!o.force_engine) place(layers, d, o.units);

  Program p;
  p.name = g.name;
  const Where other = o.units == ComputeUnits::cpu_and_gpu ? Where::gpu : Where::cpu;
  auto on_host = [&](const Layer& l) { return l.kind == LayerKind::host; };
  const int forced = o.allow_split ? o.engines : 1;
  for (std::size_t i = 0; i < layers.size();) {
    const bool host = on_host(layers[i]);
    std::size_t end = i + 1;
    while (end < layers.size() &&
           (layers[end].kind == LayerKind::view || on_host(layers[end]) == host))
      ++end;
    if (host) {
      emit_host(p, layers, i, end, other);
    } else {
      const SplitPlan split = plan_split(layers, i, end, forced, d);
      const auto plans = plan_memory(g, layers, i, end, split.use_both ? d.engine.count : 1, d);
      emit_segment(p, layers, plans, split, i, end, d);
    }
    i = end;
  }

  for (const auto id : g.inputs) {
    const auto& t = g.at(id);
    if (t.state) continue;  // lives on the device between calls
    p.input_bytes += graph::element_count(t.shape) * bit_width(t.dtype) / 8;
  }
  for (const auto id : g.outputs) {
    const auto& t = g.at(id);
    p.output_bytes += graph::element_count(t.shape) * bit_width(t.dtype) / 8;
  }
  std::set<std::string> approximated;
  for (const auto& op : p.ops) {
    p.macs += op.macs;
    if (op.unit != "CPU" && op.unit != "GPU") p.macs_on_engine += op.macs;
    if (op.approximated) approximated.insert(op.type);
  }
  for (const auto& t : approximated)
    p.notes.push_back(fmt::format("operation '{}' is unknown and treated as memory traffic", t));
  p.weight_bytes = graph::work_of(g).weight_bytes;
  return p;
}

}  // namespace anesim::compiler
