// Which cases are no predictions: those that a value of the chip or stack was read from.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "validate/judge/prediction.h"

namespace anesim::validate {

/// True if `row` of a file's `fitted_on` ("FILE" or "FILE/ID", `*` for any part) names the case.
[[nodiscard]] bool names_case(std::string_view row, std::string_view file, std::string_view id);

/// Sets `fitted_on` of the cases that a fitted or measured value of their chip or stack, or of the
/// code around an engine (traces/scenario/host_code.h), names as its data.
void mark_fitted(const std::vector<CaseRequest>&, std::vector<Prediction>&,
                 const std::string& data_root);

}  // namespace anesim::validate
