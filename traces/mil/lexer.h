// Splits MIL text into tokens; tokens are views into the text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sim/core/error.h"
#include "traces/mil/syntax.h"

namespace anesim::mil {

enum class TokenKind : std::uint8_t { identifier, number, string, symbol, end };

/// Its text is, of a string, what stands between the quotes, escapes kept.
struct Token : Word {
  TokenKind kind = TokenKind::end;
  bool escaped = false;  ///< the string holds a backslash
};

class Lexer {
 public:
  Lexer(std::string_view text, std::string file);

  /// The token that comes next, and the one after it.
  [[nodiscard]] const Token& peek() const { return next_; }
  [[nodiscard]] const Token& peek_second() const { return second_; }
  Token take();

  [[nodiscard]] Place place(const Word& word) const { return {file_, word.line, word.column}; }
  [[noreturn]] void fail(const Word& word, const std::string& message) const;
  /// "unexpected ';' (expected WHAT)". A word that touches the end of the text may be the first
  /// letters of a longer one, so the end is named instead.
  [[noreturn]] void unexpected(const Token& token, std::string_view expected) const;
  [[nodiscard]] bool may_be_cut(const Token& token) const;

 private:
  Token scan();
  void refuse_cut_symbol(const Token& token) const;
  void skip_blanks();
  std::size_t number_end(std::size_t from) const;

  std::string_view text_;
  std::string file_;
  std::size_t at_ = 0;
  std::size_t line_start_ = 0;
  int line_ = 1;
  Token next_, second_;
};

/// Text of a string token with its backslash escapes resolved.
[[nodiscard]] std::string unescaped(const Token&);

}  // namespace anesim::mil
