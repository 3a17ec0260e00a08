#include "sim/core/error.h"

#include <fmt/format.h>

namespace anesim {

std::string Place::text() const {
  if (line == 0) return file;
  if (column == 0) return fmt::format("{}:{}", file, line);
  return fmt::format("{}:{}:{}", file, line, column);
}

UserError::UserError(const Place& place, const std::string& message)
    : std::runtime_error(place.file.empty() ? message : place.text() + ": " + message) {}

void check(bool condition, std::string_view what, std::source_location where) {
  if (condition) return;
  throw InternalError(
      fmt::format("internal check failed at {}:{}: {}", where.file_name(), where.line(), what));
}

}  // namespace anesim
