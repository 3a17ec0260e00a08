// What no value may exceed: the bus or the array behind a rate.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "models/spec/device_spec.h"

namespace anesim::spec {

struct PhysicalLimit {
  double most = 0;   ///< base units of the parameter
  std::string what;  ///< "the DRAM peak (memory.dram.*)"
};

/// The limit of a device or stack parameter on this device; nothing where none is known. Streams
/// from DRAM end at channels x width x transfer rate, what the shared SRAM may serve at the faster
/// of the two; INT8 doubles the array at most; Winograd F(2x2, 3x3) saves 36/16 at most.
[[nodiscard]] std::optional<PhysicalLimit> physical_limit(const DeviceSpec&, std::string_view path);

}  // namespace anesim::spec
