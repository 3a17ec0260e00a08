// Reports of a judgement: JSON for tools, a table for people, Markdown and CSV.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "validate/judge/accuracy.h"
#include "validate/judge/judge.h"

namespace anesim::validate {

struct ReportInfo {
  std::string version{};       ///< of the program
  std::vector<BarRow> bars{};  ///< what is to be reached beside what is
  std::size_t worst = 0;       ///< worst cases listed in the JSON
};

/// anesim-validation/1 (DESIGN.md, configs/schemas).
[[nodiscard]] std::string validation_json(const Judgement&, const ReportInfo&);
/// One row a case, with the fields of the JSON; starts with a header.
[[nodiscard]] std::string validation_csv(const Judgement&);

enum class TableStyle { plain, markdown };
/// Statistics by class, chip and source, the bars, how well networks are ranked, and the reasons of
/// what was not predicted. Says first if it is not whole.
[[nodiscard]] std::string validation_table(const Judgement&, TableStyle,
                                           const std::vector<BarRow>& bars = {});
/// What is to be reached beside what is; "" without rows.
[[nodiscard]] std::string bars_table(const std::vector<BarRow>&, TableStyle);
/// Kendall's tau of networks and language models by chip; "" without any.
[[nodiscard]] std::string order_table(const Judgement&, TableStyle);
/// "no measurement covers: tanh (1 case)" with its newline, or "".
[[nodiscard]] std::string uncovered_line(const Judgement&);

/// Factor between predicted and reference, from 1.
[[nodiscard]] double factor_of(const JudgedCase&);
/// The `count` scored cases with the largest factor, worst first.
[[nodiscard]] std::vector<const JudgedCase*> worst_cases(const Judgement&, std::size_t count);
[[nodiscard]] std::string worst_table(const Judgement&, std::size_t count, TableStyle);

}  // namespace anesim::validate
