#include "sim/config/yaml.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "sim/core/text.h"

namespace anesim::config {
namespace {

const char* name(Node::Kind kind) {
  switch (kind) {
    case Node::Kind::null:
      return "nothing";
    case Node::Kind::scalar:
      return "a single value";
    case Node::Kind::sequence:
      return "a list";
    case Node::Kind::map:
      return "a map";
  }
  return "";
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Length of the digits at `at`.
std::size_t digits(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && is_digit(text[end])) ++end;
  return end - at;
}

/// Digits of the whole part, without sign; 0 if there are none.
std::size_t whole_digits(std::string_view text) {
  return digits(text, !text.empty() && text[0] == '-' ? 1 : 0);
}

bool is_integer(std::string_view text) {
  const std::size_t sign = !text.empty() && text[0] == '-' ? 1 : 0;
  return whole_digits(text) > 0 && sign + whole_digits(text) == text.size();
}

bool is_decimal(std::string_view text) {
  std::size_t at = !text.empty() && text[0] == '-' ? 1 : 0;
  const std::size_t whole = digits(text, at);
  if (whole == 0) return false;
  at += whole;
  if (at < text.size() && text[at] == '.') {
    const std::size_t part = digits(text, at + 1);
    if (part == 0) return false;
    at += 1 + part;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    const std::size_t part = digits(text, at);
    if (part == 0) return false;
    at += part;
  }
  return at == text.size();
}

/// 010 would be 8 to some readers and 10 to others.
bool looks_octal(std::string_view text) {
  const std::size_t sign = !text.empty() && text[0] == '-' ? 1 : 0;
  return whole_digits(text) > 1 && text[sign] == '0';
}

std::string shown(std::string_view text) { return fmt::format("'{}'", printable(text, 60)); }

}  // namespace

Place Node::key_place() const { return {place_.file, key_line_, key_column_}; }

void Node::fail(const std::string& message) const {
  throw UserError(place_, path_.empty() ? message : printable(path_, 200) + ": " + message);
}

const std::string& Node::text() const {
  if (kind_ != Kind::scalar) fail(fmt::format("is {} (expected text)", name(kind_)));
  return scalar_;
}

std::int64_t Node::integer() const {
  const char* expected = "(expected a decimal integer)";
  if (kind_ != Kind::scalar) fail(fmt::format("is {} {}", name(kind_), expected));
  if (quoted_) fail(fmt::format("{} is quoted text {}", shown(scalar_), expected));
  if (!is_integer(scalar_)) fail(fmt::format("{} is not an integer {}", shown(scalar_), expected));
  if (looks_octal(scalar_)) fail(fmt::format("{} has a leading zero {}", shown(scalar_), expected));
  std::int64_t value = 0;
  const char* end = scalar_.data() + scalar_.size();
  if (std::from_chars(scalar_.data(), end, value).ec != std::errc()) {
    fail(fmt::format("{} is too large (expected at most 64 bits)", shown(scalar_)));
  }
  return value;
}

std::int64_t Node::integer(std::int64_t low, std::int64_t high) const {
  const std::int64_t value = integer();
  if (value < low || value > high) {
    fail(fmt::format("{} is out of range (expected {}..{})", value, low, high));
  }
  return value;
}

double Node::number() const {
  const char* expected = "(expected a decimal number)";
  if (kind_ != Kind::scalar) fail(fmt::format("is {} {}", name(kind_), expected));
  if (quoted_) fail(fmt::format("{} is quoted text {}", shown(scalar_), expected));
  if (!is_decimal(scalar_)) fail(fmt::format("{} is not a number {}", shown(scalar_), expected));
  if (looks_octal(scalar_)) fail(fmt::format("{} has a leading zero {}", shown(scalar_), expected));
  double value = 0;
  const char* end = scalar_.data() + scalar_.size();
  if (std::from_chars(scalar_.data(), end, value).ec != std::errc()) {
    fail(fmt::format("{} is beyond what a double holds", shown(scalar_)));
  }
  return value;
}

double Node::number(double low, double high) const {
  const double value = number();
  if (value < low || value > high) {
    fail(fmt::format("{} is out of range (expected {}..{})", value, low, high));
  }
  return value;
}

bool Node::boolean() const {
  const char* expected = "(expected true or false)";
  if (kind_ != Kind::scalar) fail(fmt::format("is {} {}", name(kind_), expected));
  if (quoted_) fail(fmt::format("{} is quoted text {}", shown(scalar_), expected));
  if (scalar_ == "true") return true;
  if (scalar_ == "false") return false;
  fail(fmt::format("{} is not a truth value {}", shown(scalar_), expected));
}

const std::vector<Node>& Node::sequence() const {
  if (kind_ != Kind::sequence) fail(fmt::format("is {} (expected a list)", name(kind_)));
  return items_;
}

const std::vector<std::pair<std::string, Node>>& Node::map() const {
  if (kind_ != Kind::map) fail(fmt::format("is {} (expected a map)", name(kind_)));
  return entries_;
}

const Node* Node::find(std::string_view key) const {
  const auto at = std::find_if(entries_.begin(), entries_.end(),
                               [&](const auto& entry) { return entry.first == key; });
  return at == entries_.end() ? nullptr : &at->second;
}

const Node& Node::require(std::string_view key) const {
  (void)map();
  const Node* node = find(key);
  if (!node) fail(fmt::format("key '{}' is missing", key));
  return *node;
}

void Node::only_keys(const std::vector<std::string_view>& allowed) const {
  for (const auto& [key, node] : map()) {
    if (std::find(allowed.begin(), allowed.end(), key) != allowed.end()) continue;
    const std::vector<std::string> names(allowed.begin(), allowed.end());
    std::string help = did_you_mean(key, names);
    if (help.empty() && !names.empty() && names.size() <= 12) {
      help = fmt::format(" (known: {})", fmt::join(names, ", "));
    }
    throw UserError(node.key_place(),
                    fmt::format("unknown key '{}'{}", printable(node.path(), 200), help));
  }
}

}  // namespace anesim::config
