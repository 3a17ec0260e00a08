#include "sim/core/utf8.h"

namespace anesim {

Utf8Step utf8_step(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  const Utf8Step invalid{lead, 1, false};
  if (lead < 0x80) return {lead, 1, true};
  std::size_t length = 0;
  char32_t code = 0;
  char32_t lowest = 0;
  if ((lead & 0xE0) == 0xC0) {
    length = 2, code = lead & 0x1F, lowest = 0x80;
  } else if ((lead & 0xF0) == 0xE0) {
    length = 3, code = lead & 0x0F, lowest = 0x800;
  } else if ((lead & 0xF8) == 0xF0) {
    length = 4, code = lead & 0x07, lowest = 0x10000;
  } else {
    return invalid;
  }
  if (text.size() - at < length) return invalid;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return invalid;
    code = (code << 6) | (byte(at + i) & 0x3F);
  }
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code < lowest || code > 0x10FFFF || surrogate) return invalid;
  return {code, length, true};
}

bool is_deceptive(char32_t code) {
  if (code < 0x20 || (code >= 0x7F && code <= 0x9F)) return true;
  if (code >= 0x200B && code <= 0x200F) return true;  // zero width, direction marks
  if (code >= 0x2028 && code <= 0x202E) return true;  // separators, embeddings, overrides
  if (code >= 0x2060 && code <= 0x206F) return true;  // invisible operators, isolates
  if (code == 0x00AD || code == 0x061C || code == 0xFEFF) return true;
  return code >= 0xE0000 && code <= 0xE0FFF;  // tags
}

}  // namespace anesim
