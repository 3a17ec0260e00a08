// From device and stack files to immutable specs: extends, defaults, --set, bounds, cross checks.
#pragma once

#include <string>
#include <vector>

#include "models/spec/device_spec.h"

namespace anesim::config {
class Node;
}

namespace anesim::spec {

/// One --set path=value of the command line or of a study.
struct Override {
  std::string path;
  std::string value;
};
/// Splits "path=value"; throws UserError.
[[nodiscard]] Override parse_override(const std::string& text);

/// Reads `root`/configs/devices/NAME.yaml, or a path to a file; names and aliases ignore case,
/// blanks and hyphens ("M1 Max", "m1-max"). Throws UserError with place, or with the nearest name.
/// Overrides of paths "stack.*" are left to resolve_stack.
[[nodiscard]] DeviceSpec resolve_device(const std::string& root, const std::string& name,
                                        const std::vector<Override>& overrides = {});
/// The same for configs/stacks. A stack file may hold values by chip under `chips:`; the entry of
/// the device's chip wins over the general one.
[[nodiscard]] StackSpec resolve_stack(const std::string& root, const std::string& name,
                                      const DeviceSpec& device,
                                      const std::vector<Override>& overrides = {});

/// The same from a document that was read already; its place names the file.
[[nodiscard]] DeviceSpec resolve_device(const std::string& root, const config::Node& document,
                                        const std::vector<Override>& overrides = {});
[[nodiscard]] StackSpec resolve_stack(const std::string& root, const config::Node& document,
                                      const DeviceSpec& device,
                                      const std::vector<Override>& overrides = {});

struct Listing {
  std::string name;
  std::string description;
  std::vector<std::string> aliases;
};
[[nodiscard]] std::vector<Listing> list_devices(const std::string& root);
[[nodiscard]] std::vector<Listing> list_stacks(const std::string& root);
/// "M1 Max" and "m1_max" -> "m1-max".
[[nodiscard]] std::string canonical_name(const std::string& name);

}  // namespace anesim::spec
