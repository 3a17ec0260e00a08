// A prediction as one line of JSON: what a worker process sends home.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "validate/judge/prediction.h"

namespace anesim::validate {

/// One line with its newline. Text that is not UTF-8 is replaced, so a line can always be written.
[[nodiscard]] std::string prediction_line(std::size_t index, const Prediction&);
/// Nothing if the line is not one of ours.
[[nodiscard]] std::optional<std::pair<std::size_t, Prediction>> parse_prediction_line(
    std::string_view line);

}  // namespace anesim::validate
