// Where configs/ and validate/measurements/ lie.
#pragma once

#include <string>

namespace anesim::cli {

/// $ANESIM_DATA, else beside the executable (or one folder up), else the source tree it was built
/// from. Throws UserError if none of them holds configs/devices.
[[nodiscard]] const std::string& data_root();

}  // namespace anesim::cli
