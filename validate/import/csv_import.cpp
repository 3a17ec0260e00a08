// A table with a header row: columns of the case, and a column for each key of its workload.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>

#include "sim/core/error.h"
#include "sim/core/text.h"
#include "validate/import/formats.h"

namespace anesim::validate {
namespace {

using Json = CaseWriter::Json;

struct Row {
  std::size_t line = 0;
  std::vector<std::string> fields;
};

/// More than a case and all workloads have keys.
constexpr std::size_t most_columns = 200;

/// Calls `use` with every row. RFC 4180: fields in quotes may hold commas, quotes (doubled) and
/// line breaks. Empty lines and lines that start with # are left out.
void each_row(std::string_view text, const std::string& path, const std::function<void(Row)>& use) {
  std::size_t line = 1, at = 0;
  if (text.starts_with("\xEF\xBB\xBF")) at = 3;  // written by spreadsheets
  while (at < text.size()) {
    Row row{line, {""}};
    const std::size_t begin = at;
    const bool remark = text[begin] == '#';  // has neither fields nor quotes
    bool inside = false, ended = false;
    while (at < text.size() && !ended) {
      const char c = text[at++];
      if (c == '\n') ++line;
      if (inside) {
        if (c != '"') {
          row.fields.back() += c;
        } else if (at < text.size() && text[at] == '"') {
          row.fields.back() += text[at++];
        } else {
          inside = false;
        }
      } else if (c == '"' && row.fields.back().empty()) {
        inside = true;
      } else if (c == ',' && !remark) {
        if (row.fields.size() == most_columns)
          throw UserError(fmt::format("{}:{}: more than {} fields", printable(path, 200), row.line,
                                      most_columns));
        row.fields.emplace_back();
      } else if (c == '\n') {
        ended = true;
      } else if (c != '\r') {
        row.fields.back() += c;
      }
    }
    if (inside)
      throw UserError(
          fmt::format("{}:{}: a field in quotes does not end", printable(path, 200), row.line));
    const bool empty = row.fields.size() == 1 && row.fields[0].empty();
    if (!empty && !remark) use(std::move(row));
  }
}

/// Text as the number, flag, list ("3x3") or word that a measurement file has there.
Json value_of(const std::string& key, const std::string& text) {
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error == std::errc() && stop == end && std::isfinite(number)) {
    if (std::nearbyint(number) == number && std::abs(number) < 9e15)
      return static_cast<std::int64_t>(number);
    return number;
  }
  if (key == "kernel" || key == "shape" || key == "layer_points") {
    Json list = Json::array();
    std::size_t from = 0;
    while (from <= text.size()) {
      const std::size_t to = std::min(text.find('x', from), text.size());
      std::int64_t item = 0;
      const auto got = std::from_chars(text.data() + from, text.data() + to, item);
      if (got.ec != std::errc() || got.ptr != text.data() + to) return text;
      list.push_back(item);
      from = to + 1;
    }
    return list;
  }
  if (text == "true" || text == "false") return text == "true";
  return text;
}

}  // namespace

Imported import_csv(std::string_view text, const std::string& path, const ImportOptions& options) {
  if (options.chip.empty())
    throw UserError(
        fmt::format("{}: a table does not say of which chip it is (expected --chip, "
                    "e.g. --chip M4)",
                    printable(path, 200)));
  const std::string stack = options.stack.empty() ? "coreml" : options.stack;
  CaseWriter writer(options, path, chip_name(options.chip),
                    {.api = stack == "coreml" || stack == "coreai" ? stack : "private",
                     .stack = stack,
                     .method = "Imported from a table; see the source for warm-up, repetitions and "
                               "statistic"});
  static const std::vector<std::string> of_case{"id",  "class", "metric",    "unit", "value", "min",
                                                "max", "n",     "sustained", "at",   "note"};
  Row header;
  each_row(text, path, [&](Row row) {
    if (header.fields.empty()) {
      header = std::move(row);
      return;
    }
    const std::string place = fmt::format("{}:{}", printable(path, 200), row.line);
    if (row.fields.size() != header.fields.size())
      throw UserError(fmt::format("{}: {} fields (expected {} as in the header)", place,
                                  row.fields.size(), header.fields.size()));
    Json fields, workload = Json::object();
    // The number of samples of a case, but a dimension of a product.
    const auto kind = std::find(header.fields.begin(), header.fields.end(), "kind");
    const bool product =
        kind != header.fields.end() &&
        row.fields[static_cast<std::size_t>(kind - header.fields.begin())] == "matmul";
    for (std::size_t i = 0; i < row.fields.size(); ++i) {
      if (row.fields[i].empty()) continue;
      const std::string& key = header.fields[i];
      const bool own = !(product && key == "n") &&
                       std::find(of_case.begin(), of_case.end(), key) != of_case.end();
      if (key == "samples") {
        fields["n"] = value_of(key, row.fields[i]);
        continue;
      }
      const bool words = key == "id" || key == "at" || key == "note";
      (own ? fields : workload)[key] = words ? Json(row.fields[i]) : value_of(key, row.fields[i]);
    }
    Json ordered;
    ordered["id"] = fields.value("id", Json(fmt::format("line_{}", row.line)));
    ordered["workload"] = workload;
    for (const std::string& key : of_case) {
      if (key != "id" && fields.contains(key)) ordered[key] = fields[key];
    }
    if (!ordered.contains("at")) ordered["at"] = fmt::format("line {}", row.line);
    writer.add(place, std::move(ordered));
  });
  if (header.fields.empty())
    throw UserError(
        fmt::format("{}: an empty table (expected a header row)", printable(path, 200)));
  return {writer.yaml(), writer.cases(), {}};
}

}  // namespace anesim::validate
