// Figures as people read them, and the choices that table, Markdown and HTML share.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sim/report/text_table.h"
#include "sim/result/result.h"

namespace anesim::report {

/// Three significant digits with a fitting unit: "1.70 ms", "12.3 us", "0.45 us".
[[nodiscard]] std::string time_text(double us);
/// "12.5 MiB".
[[nodiscard]] std::string bytes_text(std::int64_t bytes);
/// "1.23 G" for 1.23e9; `count_text(123)` is "123".
[[nodiscard]] std::string count_text(double count);
/// "61.2 %".
[[nodiscard]] std::string share_text(double share);

/// Label and text of each total, in the order shown; what is not known is left out.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> totals_text(const Result&);
/// Rate, parts and traffic of a step, in the same form.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> step_text(const StepResult&);
/// Entries of a map by falling value, then name.
[[nodiscard]] std::vector<std::pair<std::string, double>> falling(
    const std::map<std::string, double>&);
/// Indices of the ops that took longest, at most `count`, ties in program order.
[[nodiscard]] std::vector<std::size_t> slowest_ops(const Result&, std::size_t count);
/// Those ops as a table.
[[nodiscard]] TextTable ops_table(const Result&, std::size_t count);
/// "+3 more ops, 1.20 ms" or "".
[[nodiscard]] std::string more_ops(const Result&, std::size_t shown);
/// Statistics of every block as a table.
[[nodiscard]] TextTable statistics_table(const Result&);

}  // namespace anesim::report
