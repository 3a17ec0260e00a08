// The 90 % interval of an input, and what of it no measurement covers.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "models/spec/device_spec.h"
#include "sim/cli/options.h"
#include "traces/scenario/scenario.h"
#include "validate/uncertainty/interval.h"

namespace anesim::cli {

/// validate/residuals.yaml of the data folder; nothing if there is none. Throws UserError if it is
/// broken.
[[nodiscard]] std::optional<validate::Residuals> shipped_residuals();

/// How a measurement of this input would be classed: by the caller's noun (llm, training), several
/// requests in flight, graphs of many kinds of operation, stored formats, programs without MACs.
[[nodiscard]] validate::Class class_of(const scenario::Scenario&, const std::string& input);

struct InputInterval {
  double factor = 0;  ///< >= 1; 0: none
  std::string note;   ///< from what it was made, if not from its own class
};
[[nodiscard]] InputInterval interval_of(const validate::Residuals&, validate::Class,
                                        const spec::DeviceSpec&, const std::string& stack,
                                        validate::Clock);

/// "no measurement covers: conv_transpose, gru", or "". Types in `free` do no work.
[[nodiscard]] std::string uncovered_note(const validate::Residuals&, const graph::Graph&,
                                         const std::set<std::string>& free);

}  // namespace anesim::cli
