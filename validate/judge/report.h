// Reports of a judgement: JSON for tools, a table for people, Markdown and CSV.
#pragma once

#include <string>

#include "validate/judge/grades.h"
#include "validate/judge/judge.h"

namespace anesim::validate {

struct ReportInfo {
  std::string version{};  ///< of the program
  Grades grades{};
};

/// anesim-validation/1 (DESIGN.md, configs/schemas).
[[nodiscard]] std::string validation_json(const Judgement&, const ReportInfo&);
/// One row a case, with the fields of the JSON; starts with a header.
[[nodiscard]] std::string validation_csv(const Judgement&, const ReportInfo&);

enum class TableStyle { plain, markdown };
/// Statistics by class, chip and source, and the reasons of what was not predicted.
[[nodiscard]] std::string validation_table(const Judgement&, TableStyle);

/// The `count` scored cases with the largest factor between predicted and reference, worst first.
[[nodiscard]] std::string worst_table(const Judgement&, std::size_t count, TableStyle);

}  // namespace anesim::validate
