// Errors of two kinds: the user's (UserError, exit code 2) and ours (InternalError, exit code 1).
#pragma once

#include <source_location>
#include <stdexcept>
#include <string>
#include <string_view>

namespace anesim {

/// Where in an input something stands. Lines and columns count from 1; 0 means unknown.
struct Place {
  std::string file;
  int line = 0;
  int column = 0;

  /// "file:line:column", leaving out what is unknown.
  [[nodiscard]] std::string text() const;
  friend bool operator==(const Place&, const Place&) = default;
};

/// The user's input or usage is wrong. The message says where, what came, what was expected and
/// what helps; it starts in lower case and has no full stop.
class UserError : public std::runtime_error {
 public:
  explicit UserError(const std::string& message) : std::runtime_error(message) {}
  /// Prefixes the message with "place: ".
  UserError(const Place& place, const std::string& message);
};

/// A check of ours failed: a bug of this program.
class InternalError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

/// Throws InternalError naming file and line unless `condition` holds.
void check(bool condition, std::string_view what,
           std::source_location where = std::source_location::current());

}  // namespace anesim
