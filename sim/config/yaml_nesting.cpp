// How deep lists and maps written with brackets nest, found without building anything: yaml-cpp
// keeps all that follows an open bracket of a line until it knows that it opens no key, so the
// loader's own limit comes after gigabytes.
// Follows quotes, comments, block and plain scalars of YAML 1.2; what it cannot tell it does not
// count.
#include <fmt/format.h>

#include "sim/config/yaml_text.h"
#include "sim/core/error.h"

namespace anesim::config {
namespace {

class Nesting {
 public:
  Nesting(std::string_view text, const std::string& file) : text_(text), file_(file) {}

  void check() {
    while (at_ < text_.size()) {
      if (depth_ == 0 && at_line_start()) begin_line();
      if (at_ < text_.size()) step();
    }
  }

 private:
  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\n';
  }
  [[nodiscard]] static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
  }
  [[nodiscard]] bool at_line_start() const { return at_ == line_start_; }
  [[nodiscard]] int column() const { return static_cast<int>(at_ - line_start_); }

  void take() {
    if (text_[at_++] != '\n') return;
    ++line_;
    line_start_ = at_;
  }
  void to_line_end() {
    const std::size_t end = text_.find('\n', at_);
    at_ = end == std::string_view::npos ? text_.size() : end;
  }

  /// A line outside brackets: it may go on with a plain scalar or the text of a block scalar.
  void begin_line() {
    while (peek() == ' ') ++at_;
    const bool blank = peek() == '\n' || peek() == '\r';
    if (blank) return;
    if (in_block_) {
      if (column() > parent_) return to_line_end();
      in_block_ = false;
    }
    if (in_plain_ && column() > parent_) return;
    in_plain_ = false;
    at_token_ = true;
    if (column() == 0 && text_.substr(at_, 3) == "---" && is_space(peek(3))) at_ += 3;
  }

  /// One character, or the whole of a quoted scalar or a comment.
  void step() {
    const char c = peek();
    if (c == '#' && (!in_plain_ || is_space(text_[at_ - 1]))) {
      in_plain_ = false;
      at_token_ |= depth_ > 0;
      return to_line_end();
    }
    if (is_space(c)) return take();
    if (depth_ > 0 ? flow_indicator(c) : at_token_ && opens(c)) return;
    // In brackets a colon may follow a quoted key at once.
    if (c == ':' && (is_space(peek(1)) || (depth_ > 0 && !in_plain_))) {
      if (depth_ == 0) parent_ = at_token_ ? column() : key_;
      in_plain_ = false;
      at_token_ = true;
      return take();
    }
    if (!at_token_) return take();
    token(c);
  }

  bool opens(char c) {
    if (c != '[' && c != '{') return false;
    if (++depth_ > yaml_deepest)
      throw UserError({file_, line_, column() + 1},
                      fmt::format("nested more than {} deep", yaml_deepest));
    in_plain_ = false;
    at_token_ = true;
    take();
    return true;
  }

  bool flow_indicator(char c) {
    if (opens(c)) return true;
    if (c != ']' && c != '}' && c != ',') return false;
    in_plain_ = false;
    at_token_ = c == ',';
    if (c != ',') --depth_;
    take();
    return true;
  }

  /// The first character of a key, a value or what announces one.
  void token(char c) {
    if (depth_ == 0) key_ = column();
    if ((c == '-' || c == '?') && is_space(peek(1))) {
      if (depth_ == 0) parent_ = column();
      return take();
    }
    at_token_ = false;
    if (c == '"' || c == '\'') return quoted(c);
    if (depth_ == 0 && (c == '|' || c == '>')) {
      in_block_ = true;
      return to_line_end();
    }
    in_plain_ = true;
    take();
  }

  void quoted(char quote) {
    take();
    while (at_ < text_.size()) {
      const char c = peek();
      if (c == '\\' && quote == '"') take();
      if (at_ < text_.size()) take();
      if (c != quote) continue;
      if (quote == '"' || peek() != '\'') return;
      take();
    }
  }

  std::string_view text_;
  const std::string& file_;
  std::size_t at_ = 0, line_start_ = 0;
  int line_ = 1;
  int depth_ = 0;          ///< brackets that are open
  int parent_ = -1;        ///< column of the key or dash that what follows belongs to
  int key_ = 0;            ///< column of the last token: a key if a colon follows
  bool at_token_ = true;   ///< the next character begins one
  bool in_plain_ = false;  ///< within a scalar without quotes, which may go on on the next line
  bool in_block_ = false;  ///< below "|" or ">"
};

}  // namespace

void check_yaml_nesting(std::string_view text, const std::string& file) {
  Nesting(text, file).check();
}

}  // namespace anesim::config
