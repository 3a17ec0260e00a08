// What follows the colon of an input: "resnet50,batch=16".
#pragma once

#include <string>
#include <string_view>

#include "traces/workloads/parameters.h"

namespace anesim::workloads {

struct Named {
  std::string name;
  Parameters parameters;
};
/// Throws UserError as parse_parameters does, also for a comma that nothing follows.
[[nodiscard]] Named parse_named(std::string_view text);

}  // namespace anesim::workloads
