// Finds and reads measurement files: single files, folders, or both.
#pragma once

#include <string>
#include <vector>

#include "validate/data/measurement.h"

namespace anesim::validate {

/// Reads files and, below folders, every *.yaml and *.yml; sorted by name so that the order never
/// depends on the file system. A file named twice is read once. "-" is standard input. Throws
/// UserError: nothing found, two files of the same source, or whatever is wrong inside one.
[[nodiscard]] std::vector<MeasurementFile> load_measurements(const std::vector<std::string>& paths);

}  // namespace anesim::validate
