// Text helpers: nearest names for typos, and hostile names made harmless.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace anesim {

/// Nearest candidate by edit distance if close enough to be a typo (at most a third of the length,
/// case ignored); empty otherwise.
[[nodiscard]] std::string nearest(std::string_view word,
                                  const std::vector<std::string>& candidates);
/// " (did you mean 'x'?)" or "".
[[nodiscard]] std::string did_you_mean(std::string_view word,
                                       const std::vector<std::string>& candidates);

/// For terminals: control characters and invalid UTF-8 as \xNN, cut to `limit` characters with
/// "...".
[[nodiscard]] std::string printable(std::string_view name, std::size_t limit = 80);
/// For HTML text and attributes.
[[nodiscard]] std::string html_escaped(std::string_view);

/// Writes a whole file: to a temporary beside it, then renamed. Throws UserError if impossible.
/// "-" writes to standard output.
void write_whole_file(const std::string& path, std::string_view content);
/// Reads a whole file, "-" is standard input. Throws UserError (missing, a folder, over `limit`).
[[nodiscard]] std::string read_whole_file(const std::string& path, std::size_t limit = 1u << 30);

}  // namespace anesim
