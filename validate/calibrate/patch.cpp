#include "validate/calibrate/patch.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <set>

#include "sim/core/text.h"
#include "validate/judge/statistics.h"

namespace anesim::validate {
namespace {

constexpr std::string_view own_note = "calibrated: ", older_note = " | ";
constexpr std::size_t context = 3;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

/// The note of a leaf on one line: ours is replaced, another's stays behind it.
void put_note(std::string& line, const std::string& note) {
  static constexpr std::string_view key = "note: \"";
  const std::size_t begin = line.find(key);
  if (begin == std::string::npos) {
    line.insert(line.rfind('}'), fmt::format(", {}{}{}\"", key, own_note, note));
    return;
  }
  const std::size_t first = begin + key.size();
  std::size_t end = first;
  while (end < line.size() && line[end] != '"') end += line[end] == '\\' ? 2 : 1;
  std::string old = line.substr(first, end - first);
  if (old.starts_with(own_note)) {
    const std::size_t rest = old.find(older_note);
    old = rest == std::string::npos ? "" : old.substr(rest + older_note.size());
  }
  line.replace(first, end - first,
               fmt::format("{}{}{}{}", own_note, note, old.empty() ? "" : older_note, old));
}

std::string percent(double error) { return fmt::format("{:.1f} %", 100 * error); }

using Cases = std::vector<const CalibratedCase*>;

std::set<std::string> files_of(const Cases& cases) {
  std::set<std::string> files;
  for (const CalibratedCase* c : cases) files.insert(c->judged->request->file->name);
  return files;
}

double median_of(const Cases& cases, double CalibratedCase::*error) {
  std::vector<double> errors;
  for (const CalibratedCase* c : cases) errors.push_back(c->*error);
  return median(errors).value_or(0);
}

std::string provenance(const UnitResult& r, std::size_t j) {
  constexpr std::size_t most_files = 4;
  const Cases cases = r.cases_of(j);
  const CrossCheck cross = cross_check(cases);
  const auto named = files_of(cases);
  std::vector<std::string> files(named.begin(), named.end());
  if (files.size() > most_files) {
    const auto rest = files.size() - most_files;
    files.resize(most_files);
    files.push_back(fmt::format("{} more files", rest));
  }
  std::set<std::string> folds;
  for (const CalibratedCase* c : cases) folds.insert(c->fold);
  std::string text =
      fmt::format("{} of {} in {}; median error {} before, {} after", counted(cases.size(), "case"),
                  fmt::join(files, ", "), counted(folds.size(), "fold"),
                  percent(median_of(cases, &CalibratedCase::before)),
                  percent(median_of(cases, &CalibratedCase::fitted)));
  text += cross.crossed == 0
              ? ", not cross-validated"
              : fmt::format(", {} cross-validated ({})", percent(cross.cross_validated),
                            counted(cross.crossed, "case"));
  if (const auto& error = r.fit.parameters[j].error)
    text += fmt::format("; standard error {}",
                        config::format_quantity(std::stod(fmt::format("{:.2g}", *error)),
                                                r.unit.parameters[j].dimension));
  if (!r.others.empty()) {
    Cases others;
    for (const auto& c : r.others) others.push_back(&c);
    text += fmt::format("; {} not fitted on {} before, {} after", counted(others.size(), "case"),
                        percent(median_of(others, &CalibratedCase::before)),
                        percent(median_of(others, &CalibratedCase::fitted)));
  }
  return text;
}

}  // namespace

std::string edited(const std::string& text, const std::vector<Edit>& edits) {
  auto lines = lines_of(text);
  for (const Edit& e : edits) {
    check(e.place.line >= 1 && static_cast<std::size_t>(e.place.line) <= lines.size(),
          "the line of an edit is in its file");
    std::string& line = lines[static_cast<std::size_t>(e.place.line) - 1];
    const auto begin = static_cast<std::size_t>(e.place.column) - 1;
    check(e.place.column >= 1 && begin < line.size(), "the column of an edit is in its line");
    const std::size_t end = std::min(line.find_first_of(",}#", begin), line.size());
    const std::size_t last = line.find_last_not_of(' ', end - 1);
    line.replace(begin, last + 1 - begin, e.value);
    if (!line.ends_with('}')) continue;
    static constexpr std::string_view rows = "fitted_on: [";
    if (const auto at = line.find(rows); !e.rows.empty() && at != std::string::npos)
      line.replace(at + rows.size(), line.find(']', at) - at - rows.size(), e.rows);
    if (!e.note.empty()) put_note(line, e.note);
  }
  std::string out;
  for (const auto& line : lines) out += line + "\n";
  return out;
}

std::string unified_diff(const std::string& file, const std::string& before,
                         const std::string& after) {
  const auto a = lines_of(before), b = lines_of(after);
  check(a.size() == b.size(), "an edit keeps the number of lines");
  std::vector<std::size_t> changed;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i] != b[i]) changed.push_back(i);
  if (changed.empty()) return {};
  std::string out = fmt::format("--- a/{}\n+++ b/{}\n", file, file);
  for (std::size_t k = 0; k < changed.size();) {
    std::size_t last = k;
    while (last + 1 < changed.size() && changed[last + 1] - changed[last] <= 2 * context) ++last;
    const std::size_t begin = changed[k] > context ? changed[k] - context : 0;
    const std::size_t end = std::min(a.size(), changed[last] + context + 1);
    out += fmt::format("@@ -{},{} +{},{} @@\n", begin + 1, end - begin, begin + 1, end - begin);
    for (std::size_t i = begin; i < end;) {
      if (a[i] == b[i]) {
        out += " " + a[i++] + "\n";
        continue;
      }
      std::size_t stop = i;  // neighbours that change come together: all old, then all new
      while (stop < end && a[stop] != b[stop]) ++stop;
      for (std::size_t l = i; l < stop; ++l) out += "-" + a[l] + "\n";
      for (std::size_t l = i; l < stop; ++l) out += "+" + b[l] + "\n";
      i = stop;
    }
    k = last + 1;
  }
  return out;
}

std::vector<Move> moves_of(const UnitResult& r) {
  constexpr double least_share = 1e-3;
  std::vector<Move> moves;
  for (std::size_t j = 0; j < r.unit.parameters.size(); ++j) {
    const UnitParameter& p = r.unit.parameters[j];
    const FittedParameter& f = r.fit.parameters[j];
    if (f.verdict != Verdict::fitted) continue;
    const double rounded = std::stod(fmt::format("{:.2e}", f.value));
    const double value = std::clamp(rounded, p.value.low, p.value.high);
    const double moved = std::abs(value - p.value.value);
    if (moved <= f.error.value_or(0) / 2 || moved <= least_share * std::abs(p.value.value))
      continue;
    moves.push_back({&p, value, config::format_quantity(value, p.dimension)});
  }
  return moves;
}

std::string calibration_patch(const Calibration& calibration, const CalibrationOptions& options) {
  std::map<std::string, std::vector<Edit>> by_file;
  for (const UnitResult& r : calibration.units)
    for (const Move& m : moves_of(r)) {
      const auto j = static_cast<std::size_t>(m.parameter - r.unit.parameters.data());
      const spec::FittedValue& v = m.parameter->value;
      const std::string rows =
          options.all_cases ? fmt::format("{}", fmt::join(files_of(r.cases_of(j)), ", ")) : "";
      by_file[v.place.file].push_back({v.place, m.text, provenance(r, j), rows});
      for (const auto& [path, place] : v.followers)
        by_file[place.file].push_back({place, m.text, "", ""});
    }
  std::string out;
  for (const auto& [file, edits] : by_file) {
    const std::string before = read_whole_file(file);
    out += unified_diff(
        std::filesystem::path(file).lexically_proximate(options.data_root).generic_string(), before,
        edited(before, edits));
  }
  return out;
}

}  // namespace anesim::validate
