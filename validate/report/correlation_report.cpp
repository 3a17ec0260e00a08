#include "validate/report/correlation_report.h"

#include <fmt/format.h>

#include <map>

#include "sim/core/json.h"
#include "sim/core/text.h"
#include "sim/report/embedded.h"

namespace anesim::validate {
namespace {

void write_case(JsonWriter& w, const JudgedCase& c) {
  const Case& measured = *c.request->measured;
  const Prediction& p = c.prediction;
  const bool ok = p.status == Status::ok;
  w.begin_object();
  w.key("file").value(printable(c.request->file->name));
  w.key("id").value(printable(measured.id));
  w.key("chip").value(printable(c.request->chip));
  w.key("class").value(name(measured.scored_as));
  w.key("kind").value(name(measured.workload.kind));
  w.key("unit").value(name(measured.unit));
  w.key("clock").value(name(c.request->clock));
  w.key("trust").value(printable(c.trust));
  w.key("reference").value(c.reference.value);
  w.key("reference_min").value(c.reference.min);
  w.key("reference_max").value(c.reference.max);
  w.key("repeats").value(c.reference.repeats);
  w.key("predicted");
  ok ? w.value(p.value) : w.null();
  w.key("interval");
  if (ok && p.low && p.high) {
    w.begin_array().value(*p.low).value(*p.high).end_array();
  } else {
    w.null();
  }
  w.key("error").value(c.error);
  w.key("status").value(name(p.status));
  w.key("reason").value(printable(c.remark, 200));
  w.key("fitted_on").value(p.fitted_on);
  w.key("scored").value(c.scored);
  w.key("macs").value(p.breakdown.macs);
  w.key("bytes").value(p.breakdown.bytes);
  w.key("seconds_by_bound").begin_object();
  for (const auto& [bound, seconds] : p.breakdown.seconds_by_bound) w.key(bound).value(seconds);
  w.end_object().end_object();
}

std::string page_data(const Judgement& judgement) {
  JsonWriter w(JsonWriter::Layout::compact);
  std::map<std::string, std::string> sources;
  w.begin_object().key("cases").begin_array();
  for (const JudgedCase& c : judgement.cases) {
    write_case(w, c);
    const Source& s = c.request->file->source;
    sources[printable(c.request->file->name)] = fmt::format(
        "{}{}{}", printable(s.title, 120), s.authors.empty() ? "" : "; ", printable(s.authors));
  }
  w.end_array().key("sources").begin_object();
  for (const auto& [file, text] : sources) w.key(file).value(text);
  w.end_object().end_object();
  return w.text();
}

constexpr std::string_view head = R"html(<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>anesim: predicted against measured</title>
)html";

constexpr std::string_view body = R"html(</head><body>
<h1>Predicted against measured</h1>
<p class="hint">Published measurements of real Neural Engines, each replayed under its own conditions. The reference is the median of equal measurements.</p>
<noscript><p>The charts need JavaScript.</p></noscript>
<div id="filters">
<label>class<select id="filter-class"></select></label>
<label>chip<select id="filter-chip"></select></label>
<label>source<select id="filter-source"></select></label>
<label>quantity<select id="filter-quantity"></select></label>
<label>text<input id="filter-text" placeholder="case, file or kind"></label>
<button id="reset">show all</button>
</div>
<p id="selection"></p>
<div id="class-legend" class="legend"></div>
<div class="pair">
<div><h2>Correlation</h2>
<p class="hint"><span id="correlation-hint"></span>. Bands: 10 % and a factor of 2. Horizontal bars: lowest to highest of the repeats; vertical: 90 % interval.</p>
<figure id="correlation"></figure></div>
<div><h2>Distribution of errors</h2>
<p class="hint">Scored cases; beyond a factor of 8 they stand in the outermost bars.</p>
<figure id="distribution"></figure><figure id="cumulative"></figure></div>
</div>
<h2>Residuals</h2>
<p class="hint">Where the error comes from: scored cases against the work of a call (of a layer, for slopes). Band: a factor of 2.</p>
<div class="three"><figure id="residuals-macs"></figure><figure id="residuals-bytes"></figure><figure id="residuals-intensity"></figure></div>
<h2>By class</h2>
<table id="by-class"><thead><tr><th>class</th><th class="n">cases</th><th class="n">covered</th><th class="n">scored</th><th class="n">median error</th><th class="n">90th percentile</th><th class="n">bias</th><th class="n">within 10 %</th><th class="n">worst factor</th><th class="n">in interval</th></tr></thead><tbody></tbody></table>
<h2>Worst cases</h2>
<p class="hint">Largest factor between predicted and measured; the bar is the predicted time by what bounds it.</p>
<div id="bound-legend" class="legend"></div>
<table id="worst"><thead><tr><th>case</th><th>chip</th><th>class</th><th class="n">measured</th><th class="n">predicted</th><th class="n">factor</th><th>predicted time</th></tr></thead><tbody></tbody></table>
<p><button id="more" hidden>show more</button></p>
<div id="reasons-part"><h2>Not predicted</h2>
<table id="reasons"><thead><tr><th class="n">cases</th><th>reason</th></tr></thead><tbody></tbody></table></div>
)html";

}  // namespace

std::string correlation_page(const Judgement& judgement, const ReportInfo& info) {
  std::string page(head);
  page += fmt::format("<style>{}</style>\n{}", embedded::correlation_css, body);
  if (!judgement.complete)
    page += "<p id=\"interrupted\">Interrupted: cases that were not reached count as failed.</p>\n";
  page += fmt::format("<p class=\"hint\">anesim {}</p>\n", html_escaped(printable(info.version)));
  page += fmt::format("<script type=\"application/json\" id=\"data\">{}</script>\n",
                      page_data(judgement));
  page += fmt::format("<script>{}</script>\n<script>{}</script>\n</body></html>\n",
                      embedded::charts_js, embedded::correlation_js);
  return page;
}

}  // namespace anesim::validate
