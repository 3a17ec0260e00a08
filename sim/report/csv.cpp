#include <fmt/format.h>

#include <iterator>
#include <set>

#include "sim/core/utf8.h"
#include "sim/report/report.h"

namespace anesim::report {
namespace {

/// A text cell (RFC 4180). Spreadsheets run cells that start with = + - @ or white space before
/// those; control characters other than line breaks and invalid UTF-8 are replaced.
std::string cell(std::string_view text) {
  std::string clean;
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Step step = utf8_step(text, at);
    const bool line = step.code == '\n' || step.code == '\t' || step.code == '\r';
    if (!step.valid || (is_deceptive(step.code) && !line)) {
      clean += "\xEF\xBF\xBD";
    } else {
      clean += text.substr(at, step.length);
    }
    at += step.length;
  }
  if (!clean.empty() && std::string_view("=+-@\t\r\n |%").find(clean[0]) != std::string::npos) {
    if (clean != "-") clean.insert(0, 1, '\'');
  }
  // Full-width forms of = + - @ are taken for the plain ones by some spreadsheets.
  for (const char* wide : {"\uFF1D", "\uFF0B", "\uFF0D", "\uFF20"}) {
    if (clean.starts_with(wide)) clean.insert(0, 1, '\'');
  }
  if (clean.find_first_of(",\"\r\n") == std::string::npos) return clean;
  std::string quoted = "\"";
  for (const char c : clean) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace

std::string csv(const Result& r) {
  std::set<std::string> paths;
  for (const OpResult& op : r.ops) {
    for (const auto& [path, bytes] : op.bytes) paths.insert(path);
  }
  fmt::memory_buffer out;
  const auto add = std::back_inserter(out);
  fmt::format_to(add,
                 "version,device,stack,input,index,name,type,unit,start_us,end_us,bound,macs,"
                 "energy_mj");
  for (const std::string& path : paths) fmt::format_to(add, ",{}", cell("bytes_" + path));
  fmt::format_to(add, ",reason\r\n");
  const std::string run =
      fmt::format("{},{},{},{}", cell(r.version), cell(r.device), cell(r.stack), cell(r.input));
  std::size_t index = 0;
  for (const OpResult& op : r.ops) {
    fmt::format_to(add, "{},{},{},{},{},{:.15g},{:.15g},{},{},", run, index++, cell(op.name),
                   cell(op.type), cell(op.unit), op.start_us, op.end_us, name(op.bound), op.macs);
    if (op.energy_mj) fmt::format_to(add, "{:.15g}", *op.energy_mj);
    for (const std::string& path : paths) {
      const auto found = op.bytes.find(path);
      if (found == op.bytes.end()) {
        fmt::format_to(add, ",");
      } else {
        fmt::format_to(add, ",{}", found->second);
      }
    }
    fmt::format_to(add, ",{}\r\n", cell(op.reason));
  }
  return fmt::to_string(out);
}

}  // namespace anesim::report
