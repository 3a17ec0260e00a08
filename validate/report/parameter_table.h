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

/// Values that follow another are no numbers of their own and not counted.
[[nodiscard]] EvidenceCounts evidence_counts(const std::vector<ResolvedParameter>&);

/// What the predictions of a chip rest on.
struct ChipEvidence {
  EvidenceCounts device;
  EvidenceCounts stacks;  ///< of its host paths together
};

/// One row a chip, "device + stacks" a cell, with the share of all numbers that somebody measured
/// or published.
[[nodiscard]] std::string parameter_table(const std::map<std::string, ChipEvidence>& by_chip,
                                          TableStyle);

}  // namespace anesim::validate
