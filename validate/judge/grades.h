// How far each measurement file is to be trusted: the grades of the audit, as data.
#pragma once

#include <map>
#include <string>

#include "sim/config/yaml.h"
#include "validate/judge/prediction.h"

namespace anesim::validate {

/// Grade A to D by source id. Source: validate/measurements/AUDIT.md.
using Grades = std::map<std::string, std::string>;

/// Reads an ane-grades/1 file. Throws UserError.
[[nodiscard]] Grades read_grades(const std::string& path);
[[nodiscard]] Grades read_grades(const config::Node&);

/// The case's own grade, else its file's, else "".
[[nodiscard]] std::string trust_of(const CaseRequest&, const Grades&);

}  // namespace anesim::validate
