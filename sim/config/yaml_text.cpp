#include "sim/config/yaml_text.h"

#include <fmt/format.h>

#include "sim/core/error.h"
#include "sim/core/utf8.h"

namespace anesim::config {

void check_yaml_text(std::string_view text, const std::string& file) {
  if (text.size() > yaml_largest) {
    throw UserError({file}, fmt::format("larger than {} MiB", yaml_largest >> 20));
  }
  int line = 1;
  std::size_t line_start = 0;
  const auto fail = [&](std::size_t at, const std::string& what) {
    throw UserError({file, line, static_cast<int>(at - line_start) + 1}, what);
  };
  for (std::size_t at = 0; at < text.size();) {
    const auto c = static_cast<unsigned char>(text[at]);
    if (c == '\n') {
      ++line;
      line_start = at + 1;
    } else if (c == '\r') {
      if (at + 1 == text.size() || text[at + 1] != '\n') fail(at, "lone carriage return");
    } else if ((c < 0x20 && c != '\t') || c == 0x7F) {
      fail(at, fmt::format("control character \\x{:02x} (expected text)", c));
    } else if (c >= 0x80) {
      const Utf8Step step = utf8_step(text, at);
      if (!step.valid) fail(at, fmt::format("byte \\x{:02x} is not UTF-8", c));
      at += step.length;
      continue;
    }
    ++at;
  }
}

}  // namespace anesim::config
