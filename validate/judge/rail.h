// Which supply a power or an energy was read on, and whether the model has it.
#pragma once

#include <string>

#include "validate/data/measurement.h"
#include "validate/judge/prediction.h"

namespace anesim::validate {

/// The rail of a case: `workload.rail`, else what its note says in words that the files use
/// ("CPU+GPU+ANE counters"); "" if it names none, which is the engine's own.
[[nodiscard]] std::string rail_of(const Case&);

/// The supply to predict; the engine's for a case that names none or one that is not modelled.
[[nodiscard]] Rail modelled_rail(const Case&);

/// "the system rail is not modelled" for a power or an energy of a rail that models/power has not,
/// else "".
[[nodiscard]] std::string unmodelled_rail(const Case&);

}  // namespace anesim::validate
