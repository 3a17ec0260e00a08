// Which operations the measured programs contain.
#pragma once

#include <string>
#include <vector>

#include "validate/judge/judge.h"

namespace anesim::validate {

/// Operation types in the programs of the scored cases, sorted.
[[nodiscard]] std::vector<std::string> covered_ops(const Judgement&);

}  // namespace anesim::validate
