// The one YAML reader of the project: strict, with places. It refuses what yaml-cpp lets pass:
// duplicate keys, nan and inf, octal-looking and hexadecimal integers, anchors and merge keys,
// several documents, tags, non-string keys, depth over 64, files over 64 MiB, nodes over 1 GiB.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/core/error.h"

namespace anesim::config {

/// A parsed node that knows its place and its path ("memory.sram.size", "cases[3].id").
class Node {
 public:
  enum class Kind { null, scalar, sequence, map };

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] const Place& place() const { return place_; }
  [[nodiscard]] const std::string& path() const { return path_; }
  /// Where the key of this value stands; the value's own place in sequences and at the root.
  [[nodiscard]] Place key_place() const;
  /// True if the scalar was quoted (then it is text, never a number).
  [[nodiscard]] bool quoted() const { return quoted_; }

  /// Throw UserError at this node's place: "place: path: 'value' is not an integer (expected ...)".
  [[nodiscard]] const std::string& text() const;  ///< any scalar as written
  [[nodiscard]] std::int64_t integer() const;
  [[nodiscard]] std::int64_t integer(std::int64_t low, std::int64_t high) const;
  [[nodiscard]] double number() const;  ///< plain decimal number, finite
  [[nodiscard]] double number(double low, double high) const;
  [[nodiscard]] bool boolean() const;  ///< true or false only
  [[nodiscard]] const std::vector<Node>& sequence() const;
  [[nodiscard]] const std::vector<std::pair<std::string, Node>>& map() const;  ///< in file order

  [[nodiscard]] const Node* find(std::string_view key) const;  ///< null if absent
  [[nodiscard]] const Node& require(std::string_view key) const;
  /// Refuses keys outside `allowed` with place and the nearest allowed name.
  void only_keys(const std::vector<std::string_view>& allowed) const;

  [[noreturn]] void fail(const std::string& message) const;  ///< UserError at this node

 private:
  friend class YamlLoader;
  Kind kind_ = Kind::null;
  Place place_;
  std::string path_;
  int key_line_ = 0;
  int key_column_ = 0;
  bool quoted_ = false;
  std::string scalar_;
  std::vector<Node> items_;
  std::vector<std::pair<std::string, Node>> entries_;
};

/// Parses text; `file` is what messages name. Throws UserError.
[[nodiscard]] Node parse_yaml(std::string_view text, const std::string& file);
/// Reads a file ("-" is standard input). Throws UserError if it cannot be read.
[[nodiscard]] Node read_yaml(const std::string& path);

}  // namespace anesim::config
