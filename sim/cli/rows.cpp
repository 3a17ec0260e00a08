#include "sim/cli/rows.h"

#include "sim/report/text_table.h"

namespace anesim::cli {
namespace {

using nlohmann::json;

constexpr auto replace = json::error_handler_t::replace;

std::string csv_value(const json& value) {
  if (value.is_null()) return {};
  if (value.is_string()) return report::csv_cell(value.get<std::string>());
  return value.dump(-1, ' ', false, replace);
}

}  // namespace

bool machine_readable(const std::string& output) {
  return output == "json" || output == "jsonl" || output == "csv";
}

std::string json_text(const json& document) { return document.dump(1, ' ', false, replace) + "\n"; }

std::string rows_text(const std::vector<std::string>& keys, const json& rows,
                      const std::string& output) {
  if (output == "json") return json_text(rows);
  std::string out;
  if (output == "jsonl") {
    for (const json& row : rows) out += row.dump(-1, ' ', false, replace) + "\n";
    return out;
  }
  for (const std::string& key : keys) out += (out.empty() ? "" : ",") + report::csv_cell(key);
  out += "\r\n";
  for (const json& row : rows) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (i > 0) out += ',';
      const auto found = row.find(keys[i]);
      if (found != row.end()) out += csv_value(*found);
    }
    out += "\r\n";
  }
  return out;
}

}  // namespace anesim::cli
