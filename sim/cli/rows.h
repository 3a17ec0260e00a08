// Rows that a verb found, in the form that -o asks for.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace anesim::cli {

/// True for the forms that programs read (json, jsonl, csv), false for table and md.
[[nodiscard]] bool machine_readable(const std::string& output);

/// `rows` is an array of objects with the members `keys`: a JSON array, an object a line, or CSV
/// with a header row. Text that a spreadsheet would run is made harmless in CSV.
[[nodiscard]] std::string rows_text(const std::vector<std::string>& keys,
                                    const nlohmann::json& rows, const std::string& output);
/// Indented, with a line break at the end; invalid UTF-8 is replaced, never refused.
[[nodiscard]] std::string json_text(const nlohmann::json& document);

}  // namespace anesim::cli
