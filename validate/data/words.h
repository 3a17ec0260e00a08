// Reading words of a vocabulary from a node, with the nearest word in the message.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "sim/config/yaml.h"
#include "sim/core/text.h"
#include "validate/data/vocabulary.h"

namespace anesim::validate {

[[noreturn]] inline void fail_word(const config::Node& node, std::string_view what,
                                   const std::vector<std::string>& known) {
  const std::string& came = node.text();
  node.fail(fmt::format("unknown {} '{}'{} (expected one of {})", what, printable(came),
                        did_you_mean(came, known), fmt::join(known, ", ")));
}

/// The node's text, which must be one of `allowed`.
[[nodiscard]] inline std::string one_of(const config::Node& node,
                                        const std::vector<std::string_view>& allowed) {
  for (const std::string_view word : allowed) {
    if (node.text() == word) return std::string(word);
  }
  fail_word(node, "value", {allowed.begin(), allowed.end()});
}

/// A word of a closed vocabulary.
template <class Enum>
[[nodiscard]] Enum read_word(const config::Node& node, std::string_view what) {
  if (const auto value = parse_word<Enum>(node.text())) return *value;
  std::vector<std::string> known;
  for (const auto& word : words<Enum>()) known.emplace_back(word.text);
  fail_word(node, what, known);
}

}  // namespace anesim::validate
