#include "validate/import/json_fields.h"

#include <fmt/format.h>

#include <cmath>

#include "sim/core/error.h"
#include "sim/core/text.h"

namespace anesim::validate {

std::string At::place() const {
  return fmt::format("{}: {}", printable(file, 200), printable(path, 200));
}

void At::fail(const std::string& what) const {
  throw UserError(fmt::format("{}: {}", place(), what));
}

At At::member(const std::string& key, const CaseWriter::Json& value) const {
  return {&value, file, path.empty() ? key : path + "." + key};
}

At At::item(std::size_t index) const {
  return {&json->at(index), file, fmt::format("{}[{}]", path, index)};
}

std::optional<At> At::find(std::initializer_list<std::string_view> keys) const {
  if (!json->is_object()) return std::nullopt;
  for (const std::string_view key : keys) {
    const auto found = json->find(key);
    if (found != json->end() && !found->is_null()) return member(std::string(key), *found);
  }
  return std::nullopt;
}

At At::require(std::string_view key) const {
  const auto found = find({key});
  if (!found) fail(fmt::format("has no '{}'", key));
  return *found;
}

double At::positive() const {
  const double value = json->is_number() ? json->get<double>() : 0;
  if (!std::isfinite(value) || value <= 0)
    fail(fmt::format(
        "{} (expected a number above 0)",
        printable(json->dump(-1, ' ', true, CaseWriter::Json::error_handler_t::replace), 40)));
  return value;
}

std::int64_t At::count() const {
  const double value = positive();
  if (std::nearbyint(value) != value || value > 1e12)
    fail(fmt::format("{} (expected a whole number from 1)", value));
  return static_cast<std::int64_t>(value);
}

std::string At::text() const {
  if (!json->is_string()) fail("is no text");
  auto value = json->get<std::string>();
  if (value.size() > 1000) fail("is longer than 1000 bytes");
  return value;
}

}  // namespace anesim::validate
