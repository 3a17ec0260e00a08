// A calibration for people (tables) and for programs (JSON).
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "validate/calibrate/calibrate.h"
#include "validate/judge/report.h"

namespace anesim::validate {

[[nodiscard]] std::string calibration_text(const Calibration&, TableStyle);

/// One object a parameter: unit, parameter, value, fitted, standard_error, verdict, ... the rows of
/// jsonl and csv.
[[nodiscard]] nlohmann::json calibration_rows(const Calibration&);
/// `anesim-fit/1`: units with their parameters, correlations and errors; classes.
[[nodiscard]] nlohmann::json calibration_json(const Calibration&);

}  // namespace anesim::validate
