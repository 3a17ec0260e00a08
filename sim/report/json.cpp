// anesim-result/1 (configs/schemas/anesim-result-1.schema.json).
#include "sim/core/json.h"

#include "sim/report/report.h"

namespace anesim::report {
namespace {

template <class Value>
void write_map(JsonWriter& w, const char* key, const std::map<std::string, Value>& values) {
  w.key(key).begin_object();
  for (const auto& [name, value] : values) w.key(name).value(value);
  w.end_object();
}

void write_device(JsonWriter& w, const Result& r) {
  w.key("device").begin_object();
  w.key("name").value(r.device);
  w.key("stack").value(r.stack);
  w.key("parameters").begin_array();
  for (const ResolvedParameter& p : r.parameters) {
    w.begin_object();
    w.key("path").value(p.path);
    w.key("value").value(p.value);
    w.key("origin").value(p.origin);
    w.key("evidence").value(p.evidence);
    w.key("source").value(p.source);
    if (!p.range.empty()) w.key("range").value(p.range);
    if (!p.follows.empty()) w.key("follows").value(p.follows);
    w.end_object();
  }
  w.end_array().end_object();
}

void write_totals(JsonWriter& w, const Totals& t) {
  w.key("totals").begin_object();
  w.key("simulated_us").value(t.simulated_us);
  w.key("interval_us");
  if (t.interval_low_us && t.interval_high_us) {
    w.begin_array().value(*t.interval_low_us).value(*t.interval_high_us).end_array();
  } else {
    w.null();
  }
  w.key("wall_us").value(t.wall_us);
  w.key("slowdown").begin_object();
  w.key("simulation").value(t.slowdown.simulation);
  w.key("pipeline").value(t.slowdown.pipeline);
  w.key("process").value(t.slowdown.process);
  w.end_object();
  w.key("macs").value(t.macs);
  write_map(w, "bytes", t.bytes);
  w.key("energy_mj").value(t.energy_mj);
  w.key("memory_energy_mj").value(t.memory_energy_mj);
  w.key("call_energy_mj").value(t.call_energy_mj);
  w.key("machine_energy_mj").value(t.machine_energy_mj);
  w.key("idle_energy_mj").value(t.idle_energy_mj);
  const auto interval = [&w](const char* key, std::optional<double> low,
                             std::optional<double> high) {
    w.key(key);
    if (low && high)
      w.begin_array().value(*low).value(*high).end_array();
    else
      w.null();
  };
  interval("energy_interval_mj", t.energy_low_mj, t.energy_high_mj);
  interval("machine_energy_interval_mj", t.machine_low_mj, t.machine_high_mj);
  write_map(w, "unit_us", t.unit_us);
  write_map(w, "utilisation", t.utilisation);
  write_map(w, "share_by_bound", t.share_by_bound);
  w.key("share_on_engine").value(t.share_on_engine);
  w.key("events").value(t.events);
  w.end_object();
}

void write_step(JsonWriter& w, const StepResult& s, const std::optional<double>& energy_mj) {
  w.key("step").begin_object();
  w.key("unit").value(s.unit);
  w.key("units").value(s.units);
  w.key("us").value(s.us);
  w.key("per_second").value(s.us > 0 ? s.units / s.us * 1e6 : 0.0);
  w.key("engine_us").value(s.engine_us);
  w.key("engine_call_us").value(s.engine_call_us);
  w.key("bytes_read_per_unit").value(s.units > 0 ? s.bytes_read / s.units : 0.0);
  w.key("energy_mj_per_unit");
  if (energy_mj && s.units > 0)
    w.value(*energy_mj / s.units);
  else
    w.null();
  w.key("parts").begin_array();
  for (const StepPart& p : s.parts) {
    w.begin_object();
    w.key("name").value(p.name);
    w.key("us").value(p.us);
    w.key("calls").value(p.calls);
    w.key("weight_bytes").value(p.weight_bytes);
    w.end_object();
  }
  w.end_array().end_object();
}

void write_op(JsonWriter& w, const OpResult& op) {
  w.begin_object();
  w.key("name").value(op.name);
  w.key("type").value(op.type);
  w.key("unit").value(op.unit);
  w.key("start_us").value(op.start_us);
  w.key("end_us").value(op.end_us);
  w.key("busy_us").value(duration_us(op));
  w.key("bound").value(name(op.bound));
  w.key("macs").value(op.macs);
  write_map(w, "bytes", op.bytes);
  w.key("energy_mj").value(op.energy_mj);
  w.key("reason").value(op.reason);
  w.end_object();
}

std::string write(const Result& r, JsonWriter::Layout layout) {
  JsonWriter w(layout);
  w.begin_object();
  w.key("schema").value("anesim-result/1");
  w.key("version").value(r.version);
  write_device(w, r);
  w.key("input").value(r.input);
  w.key("complete").value(r.complete);
  w.key("headline").value(r.headline);
  write_totals(w, r.totals);
  if (r.step) write_step(w, *r.step, r.totals.energy_mj);
  w.key("requests").begin_array();
  for (const RequestResult& q : r.requests) {
    w.begin_object();
    w.key("stream").value(q.stream);
    w.key("index").value(q.index);
    w.key("issued_us").value(q.issued_us);
    w.key("start_us").value(q.start_us);
    w.key("end_us").value(q.end_us);
    w.key("done_us").value(q.done_us);
    w.end_object();
  }
  w.end_array();
  w.key("ops").begin_array();
  for (const OpResult& op : r.ops) write_op(w, op);
  w.end_array();
  w.key("statistics").begin_array();
  for (const Statistic& s : r.statistics) {
    w.begin_object();
    w.key("name").value(s.name);
    w.key("unit").value(s.unit);
    w.key("description").value(s.description);
    w.key("value").value(s.value);
    w.end_object();
  }
  w.end_array();
  w.key("notes").begin_array();
  for (const std::string& note : r.notes) w.value(note);
  w.end_array();
  w.end_object();
  return w.text() + "\n";
}

}  // namespace

std::string json(const Result& r) { return write(r, JsonWriter::Layout::pretty); }
std::string jsonl(const Result& r) { return write(r, JsonWriter::Layout::compact); }

}  // namespace anesim::report
