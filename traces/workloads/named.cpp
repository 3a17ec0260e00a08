#include "traces/workloads/named.h"

#include <fmt/format.h>

#include "sim/core/error.h"
#include "sim/core/text.h"

namespace anesim::workloads {

Named parse_named(std::string_view text) {
  const auto comma = text.find(',');
  Named result{std::string(text.substr(0, comma)), {}};
  if (comma == std::string_view::npos) return result;
  if (text.ends_with(',')) {
    throw UserError(
        fmt::format("'{}' ends in a comma (expected name=value behind it)", printable(text, 200)));
  }
  result.parameters = parse_parameters(text.substr(comma + 1));
  return result;
}

}  // namespace anesim::workloads
