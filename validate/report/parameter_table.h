// How well the parameters of each device are known: their number by evidence.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "sim/result/result.h"
#include "validate/judge/report.h"

namespace anesim::validate {

/// Number of parameters by evidence ("measured", "published", "fitted", "assumed", "override").
using EvidenceCounts = std::map<std::string, int>;

[[nodiscard]] EvidenceCounts evidence_counts(const std::vector<ResolvedParameter>&);

/// One row a device, with the share of its numbers that somebody measured or published.
[[nodiscard]] std::string parameter_table(const std::map<std::string, EvidenceCounts>& by_chip,
                                          TableStyle);

}  // namespace anesim::validate
