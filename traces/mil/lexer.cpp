#include "traces/mil/lexer.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "sim/core/text.h"

namespace anesim::mil {

namespace {
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
}  // namespace

Lexer::Lexer(std::string_view text, std::string file) : text_(text), file_(std::move(file)) {
  if (text_.starts_with("\xef\xbb\xbf")) at_ = line_start_ = 3;
  next_ = scan();
  second_ = scan();
}

Token Lexer::take() {
  const Token taken = next_;
  next_ = second_;
  if (second_.kind != TokenKind::end) second_ = scan();
  return taken;
}

void Lexer::fail(const Word& word, const std::string& message) const {
  throw UserError(place(word), message);
}

bool Lexer::may_be_cut(const Token& token) const {
  if (token.kind == TokenKind::end) return true;
  const bool word = token.kind == TokenKind::identifier || token.kind == TokenKind::number;
  return word && token.text.data() + token.text.size() == text_.data() + text_.size();
}

void Lexer::unexpected(const Token& token, std::string_view expected) const {
  if (may_be_cut(token)) {
    Word end = token;
    end.column += static_cast<int>(token.text.size());
    fail(end, fmt::format("unexpected end of the text (expected {})", expected));
  }
  fail(token, fmt::format("unexpected '{}' (expected {})", printable(token.text), expected));
}

void Lexer::skip_blanks() {
  for (; at_ < text_.size(); ++at_) {
    if (text_[at_] == '\n') {
      if (line_ < std::numeric_limits<int>::max()) ++line_;
      line_start_ = at_ + 1;
    } else if (text_.substr(at_, 2) == "//") {
      at_ = std::min(text_.find('\n', at_), text_.size()) - 1;
    } else if (!is_blank(text_[at_])) {
      return;
    }
  }
}

/// End of a number: digits, letters and points, and a sign right after an exponent letter.
std::size_t Lexer::number_end(std::size_t from) const {
  std::size_t end = from;
  if (text_[end] == '-' || text_[end] == '+') ++end;
  const bool hexadecimal = text_.substr(end, 2) == "0x" || text_.substr(end, 2) == "0X";
  for (; end < text_.size(); ++end) {
    const char c = text_[end];
    if (is_digit(c) || is_letter(c) || c == '.') continue;
    const char before = text_[end - 1];
    const bool exponent =
        hexadecimal ? before == 'p' || before == 'P' : before == 'e' || before == 'E';
    if (!((c == '+' || c == '-') && exponent)) break;
  }
  return end;
}

/// At the end of the text, of a character that begins a longer token.
void Lexer::refuse_cut_symbol(const Token& token) const {
  if (at_ + 1 != text_.size()) return;
  const char c = text_[at_];
  if (c != '-' && c != '+' && c != '/') return;
  Word end = token;
  ++end.column;
  fail(end,
       fmt::format("unexpected end of the text (expected {})", c == '-'   ? "'->' or a number"
                                                               : c == '+' ? "a number"
                                                                          : "a comment, '//'"));
}

Token Lexer::scan() {
  skip_blanks();
  Token token;
  token.line = line_;
  token.column = static_cast<int>(
      std::min<std::size_t>(at_ - line_start_ + 1, std::numeric_limits<int>::max()));
  if (at_ >= text_.size()) return token;

  const std::size_t start = at_;
  const char c = text_[at_];
  const char after = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
  if (is_letter(c)) {
    token.kind = TokenKind::identifier;
    while (at_ < text_.size() &&
           (is_letter(text_[at_]) || is_digit(text_[at_]) || text_[at_] == '@')) {
      ++at_;
    }
  } else if (is_digit(c) || ((c == '-' || c == '+') && (is_digit(after) || is_letter(after)))) {
    token.kind = TokenKind::number;
    at_ = number_end(at_);
  } else if (c == '"') {
    token.kind = TokenKind::string;
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\n') fail(token, "string does not end on its line (expected '\"')");
      if (text_[at_] == '\\') {
        token.escaped = true;
        ++at_;
      }
    }
    if (at_ >= text_.size()) {
      token.column += static_cast<int>(text_.size() - start);
      fail(token, "unexpected end of the text (expected '\"', the end of the string)");
    }
    ++at_;
    token.text = text_.substr(start + 1, at_ - start - 2);
    return token;
  } else if (c == '-' && after == '>') {
    token.kind = TokenKind::symbol;
    at_ += 2;
  } else if (std::string_view("(){}[]<>,;=?").find(c) != std::string_view::npos) {
    token.kind = TokenKind::symbol;
    ++at_;
  } else {
    refuse_cut_symbol(token);
    fail(token, fmt::format("unexpected character '{}' (expected MIL text)",
                            printable(text_.substr(at_, 1))));
  }
  token.text = text_.substr(start, at_ - start);
  return token;
}

std::string unescaped(const Token& token) {
  if (!token.escaped) return std::string(token.text);
  std::string out;
  for (std::size_t i = 0; i < token.text.size(); ++i) {
    char c = token.text[i];
    if (c == '\\' && i + 1 < token.text.size()) {
      c = token.text[++i];
      if (c == 'n') c = '\n';
      if (c == 't') c = '\t';
    }
    out += c;
  }
  return out;
}

}  // namespace anesim::mil
