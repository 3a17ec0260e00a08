#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <string_view>

#include "sim/core/json.h"
#include "sim/core/text.h"
#include "sim/core/units.h"
#include "sim/report/figures.h"
#include "sim/report/html_assets.h"
#include "sim/report/report.h"

namespace anesim::report {
namespace {

/// A browser draws this many smoothly; the Chrome trace has them all.
constexpr std::size_t most_slices = 200000;

std::string shown(std::string_view text) { return html_escaped(printable(text, 400)); }

/// One slice: track, label, start and end in microseconds, index of the op or -1.
void write_slice(JsonWriter& w, std::int64_t track, std::int64_t label, double start, double end,
                 std::int64_t op) {
  w.begin_array().value(track).value(label).value(start).value(end).value(op).end_array();
}

/// Without a recorded timeline the ops themselves are drawn, a row a unit.
void write_timeline_of_ops(JsonWriter& w, const Result& r) {
  std::map<std::string, std::int64_t> units;
  for (const OpResult& op : r.ops) {
    if (op.end_us > op.start_us) units.emplace(op.unit, 0);
  }
  std::int64_t next = 0;
  for (auto& [unit, row] : units) row = next++;
  w.key("tracks").begin_array();
  for (const auto& [unit, row] : units) w.value(printable(unit));
  w.end_array();
  w.key("labels").begin_array();
  for (const OpResult& op : r.ops) w.value(printable(op.name));
  w.end_array();
  w.key("slices").begin_array();
  for (std::size_t i = 0; i < std::min(r.ops.size(), most_slices); ++i) {
    const OpResult& op = r.ops[i];
    if (op.end_us <= op.start_us) continue;
    const auto index = static_cast<std::int64_t>(i);
    write_slice(w, units[op.unit], index, op.start_us, op.end_us, index);
  }
  w.end_array();
}

void write_timeline(JsonWriter& w, const Result& r) {
  if (r.slices.empty()) return write_timeline_of_ops(w, r);
  w.key("tracks").begin_array();
  for (const std::string& track : r.tracks) w.value(printable(track));
  w.end_array();
  w.key("labels").begin_array();
  for (const std::string& label : r.labels) w.value(printable(label));
  w.end_array();
  w.key("slices").begin_array();
  for (std::size_t i = 0; i < std::min(r.slices.size(), most_slices); ++i) {
    const TimelineSlice& s = r.slices[i];
    write_slice(w, s.track, s.label, to_us(Picoseconds(s.start_ps)), to_us(Picoseconds(s.end_ps)),
                -1);
  }
  w.end_array();
}

std::string page_data(const Result& r) {
  JsonWriter w(JsonWriter::Layout::compact);
  w.begin_object();
  w.key("ops").begin_array();
  std::int64_t index = 0;
  for (const OpResult& op : r.ops) {
    std::int64_t bytes = 0;
    for (const auto& [path, count] : op.bytes) bytes += count;
    w.begin_object();
    w.key("i").value(index++);
    w.key("name").value(printable(op.name));
    w.key("type").value(printable(op.type));
    w.key("unit").value(printable(op.unit));
    w.key("start").value(op.start_us);
    w.key("end").value(op.end_us);
    w.key("bound").value(name(op.bound));
    w.key("macs").value(op.macs);
    w.key("bytes").value(bytes);
    w.key("reason").value(printable(op.reason, 200));
    w.end_object();
  }
  w.end_array();
  write_timeline(w, r);
  w.end_object();
  return w.text();
}

std::string totals_rows(const Result& r) {
  std::string out;
  for (const auto& [label, text] : totals_text(r)) {
    out += fmt::format("<tr><th>{}</th><td>{}</td></tr>\n", shown(label), shown(text));
  }
  return out;
}

/// The colours stand in the script too, where the drawing needs them.
constexpr std::string_view legend =
    "<p class=\"legend\">bound by"
    "<i style=\"background:#3b7dd8\"></i>compute<i style=\"background:#d9822b\"></i>weights"
    "<i style=\"background:#2f9e6e\"></i>activations<i style=\"background:#8a63d2\"></i>planar"
    "<i style=\"background:#c2497e\"></i>l2<i style=\"background:#c0392b\"></i>dram"
    "<i style=\"background:#7f8c9a\"></i>dispatch<i style=\"background:#a08b50\"></i>host</p>\n";

void append_parts(std::string& out, const Result& r) {
  const bool recorded = !r.slices.empty();
  if (recorded || !r.ops.empty()) {
    out +=
        "<h2>Timeline</h2>\n<p class=\"hint\">Wheel zooms, dragging moves, a double click shows "
        "everything.";
    if (r.slices.size() > most_slices) {
      out += fmt::format(" The first {} of {} slices.", most_slices, r.slices.size());
    }
    out += "</p>\n<canvas id=\"timeline\"></canvas>\n";
    if (!recorded) out += legend;
  }
  if (r.ops.empty()) return;
  out +=
      "<div id=\"roofline-part\"><h2>Roofline</h2>\n<p class=\"hint\" id=\"roof-text\"></p>\n"
      "<svg id=\"roofline\"></svg>\n";
  out += legend;
  out +=
      "</div>\n<h2>Ops</h2>\n<input id=\"filter\" placeholder=\"filter\" aria-label=\"filter\">"
      "\n<table id=\"ops\"><thead><tr><th class=\"n\">#</th><th>op</th><th>type</th>"
      "<th>unit</th><th class=\"n\">start</th><th class=\"n\">time</th><th>bound</th>"
      "<th class=\"n\">MACs</th><th class=\"n\">bytes</th><th>why</th></tr></thead>"
      "<tbody></tbody></table>\n<button id=\"more\" hidden></button>\n";
}

}  // namespace

std::string html(const Result& r) {
  const std::string title = shown(r.headline.empty() ? r.input : r.headline);
  std::string out =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'; script-src 'unsafe-inline'; img-src data:\">\n"
      "<link rel=\"icon\" href=\"data:,\">\n";
  out += fmt::format("<title>{}</title>\n<style>{}</style></head><body>\n<h1>{}</h1>\n", title,
                     html_style(), title);
  if (!r.complete) out += "<p>Stopped before the end: this page covers the finished part.</p>\n";
  out += fmt::format("<table id=\"totals\">\n{}</table>\n", totals_rows(r));
  out += "<noscript><p>The drawings and the table of ops need JavaScript.</p></noscript>\n";
  append_parts(out, r);
  if (!r.notes.empty()) out += "<h2>Notes</h2>\n<ul>\n";
  for (const std::string& note : r.notes) out += fmt::format("<li>{}</li>\n", shown(note));
  if (!r.notes.empty()) out += "</ul>\n";
  out += fmt::format("<p class=\"hint\">anesim {}</p>\n<div id=\"tip\"></div>\n", shown(r.version));
  out += fmt::format("<script type=\"application/json\" id=\"data\">{}</script>\n", page_data(r));
  out += fmt::format("<script>{}</script>\n</body></html>\n", html_script());
  return out;
}

}  // namespace anesim::report
