// Chips of measurements against the devices the model has, before anything is simulated.
#pragma once

#include <string>
#include <vector>

#include "models/spec/resolve.h"
#include "validate/judge/prediction.h"

namespace anesim::validate {

/// Cases of a chip that no device file describes become `unsupported`, "unknown chip 'M99'": what
/// is published may be newer than the model.
void mark_unknown_chips(std::vector<CaseRequest>&, const std::string& data_root);

/// Names of the chips of all devices, as measurements write them ("M1 Max"), sorted.
[[nodiscard]] std::vector<std::string> known_chips(const std::string& data_root);

/// Resolves every device and host path that the cases need with these overrides, so that a wrong
/// one is told before the first case runs, and once. Throws UserError.
void require_overrides(const std::vector<CaseRequest>&, const std::string& data_root,
                       const std::vector<spec::Override>&);

}  // namespace anesim::validate
