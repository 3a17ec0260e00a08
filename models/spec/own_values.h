// How many numbers of its own a chip rests on: a model with a free number for every chip and stack
// would fit anything and predict nothing.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "models/spec/device_spec.h"

namespace anesim::spec {

inline constexpr std::size_t most_own_fitted = 3;
inline constexpr std::size_t most_own_assumed = 10;

/// Paths of a device, and of a stack's entry for its chip ("stack.input_copy"), that are numbers of
/// their own: not those of the generation's base or of the device it extends, nor of another value
/// that they follow.
struct OwnValues {
  std::vector<std::string> fitted, assumed;
};

/// The first file of the chain of `extends` that is of the device's generation; its own name if it
/// extends none of that generation.
[[nodiscard]] DeviceSpec base_of_generation(const std::string& root, const DeviceSpec&);

[[nodiscard]] OwnValues own_values(const std::string& root, const DeviceSpec&,
                                   const std::string& stack);

/// What is wrong with the evidence of a device under a stack, one sentence each: too many own
/// values, fitted values without `range` or `fitted_on`.
[[nodiscard]] std::vector<std::string> evidence_faults(const std::string& root, const DeviceSpec&,
                                                       const std::string& stack);

}  // namespace anesim::spec
