#include <fmt/format.h>

#include <array>

#include "validate/judge/report.h"

namespace anesim::validate {
namespace {

/// A field in quotes where it needs them. A leading =, +, - or @ would be a formula in a
/// spreadsheet, so such text gets an apostrophe in front.
std::string text_field(std::string_view text) {
  std::string safe(text);
  if (!safe.empty() && std::string_view("=+-@\t\r").find(safe[0]) != std::string_view::npos) {
    safe.insert(safe.begin(), '\'');
  }
  if (safe.find_first_of(",\"\n\r") == std::string::npos) return safe;
  std::string quoted = "\"";
  for (const char letter : safe) {
    if (letter == '"') quoted += '"';
    quoted += letter;
  }
  return quoted + "\"";
}

std::string number_field(const std::optional<double>& value) {
  return value ? fmt::format("{}", *value) : "";
}

}  // namespace

std::string validation_csv(const Judgement& judgement) {
  std::string csv =
      "file,id,chip,class,kind,metric,unit,clock,trust,measured,reference,reference_min,"
      "reference_max,repeats,predicted,interval_low,interval_high,error,status,reason,fitted_on,"
      "baseline\n";
  for (const JudgedCase& c : judgement.cases) {
    const Case& measured = *c.request->measured;
    const Prediction& p = c.prediction;
    const bool ok = p.status == Status::ok;
    const std::array<std::string, 22> fields{text_field(c.request->file->name),
                                             text_field(measured.id),
                                             text_field(c.request->chip),
                                             text_field(name(measured.scored_as)),
                                             text_field(name(measured.workload.kind)),
                                             text_field(name(measured.metric)),
                                             text_field(name(measured.unit)),
                                             text_field(name(c.request->clock)),
                                             text_field(c.trust),
                                             number_field(measured.value),
                                             number_field(c.reference.value),
                                             number_field(c.reference.min),
                                             number_field(c.reference.max),
                                             fmt::format("{}", c.reference.repeats),
                                             ok ? number_field(p.value) : "",
                                             ok ? number_field(p.low) : "",
                                             ok ? number_field(p.high) : "",
                                             number_field(c.error),
                                             name(p.status),
                                             text_field(c.remark),
                                             p.fitted_on ? "true" : "false",
                                             number_field(c.baseline)};
    csv += fmt::format("{}\n", fmt::join(fields, ","));
  }
  return csv;
}

}  // namespace anesim::validate
