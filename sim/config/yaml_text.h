// What must hold of YAML text before yaml-cpp may see it.
#pragma once

#include <string>
#include <string_view>

namespace anesim::config {

constexpr int yaml_deepest = 64;
constexpr std::size_t yaml_largest = std::size_t{64} << 20;
/// What the nodes of a document may take in memory: below a long key every node repeats it in its
/// path.
constexpr std::size_t yaml_most_memory = std::size_t{1} << 30;

/// Throws UserError with a place unless the text is UTF-8 without control characters (yaml-cpp
/// takes the byte 04 for the end of its input) and within the size limit.
void check_yaml_text(std::string_view text, const std::string& file);

/// Throws UserError with a place where brackets nest deeper than `yaml_deepest`. Brackets in
/// quotes, comments, block and plain scalars are text.
void check_yaml_nesting(std::string_view text, const std::string& file);

}  // namespace anesim::config
