// UTF-8 read byte-exactly: names in model files need not be valid text.
#pragma once

#include <cstddef>
#include <string_view>

namespace anesim {

/// One step of decoding. Invalid bytes come one at a time with `valid` false and the byte as code.
struct Utf8Step {
  char32_t code = 0;
  std::size_t length = 1;
  bool valid = false;
};

/// Decodes what starts at `text[at]`; overlong forms, surrogates and codes over 10FFFF are invalid.
[[nodiscard]] Utf8Step utf8_step(std::string_view text, std::size_t at);

/// True for characters that can change how the text around them is shown: controls, direction
/// marks and overrides, zero-width characters, line and paragraph separators.
[[nodiscard]] bool is_deceptive(char32_t code);

}  // namespace anesim
