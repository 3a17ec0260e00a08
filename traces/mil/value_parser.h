// Parses types, literals and attributes: the part of the grammar below statements.
#pragma once

#include <optional>

#include "traces/mil/lexer.h"
#include "traces/mil/syntax.h"

namespace anesim::mil {

class ValueParser {
 public:
  explicit ValueParser(Lexer& lexer) : lexer_(lexer) {}

  [[nodiscard]] Type type();
  [[nodiscard]] Value value();
  [[nodiscard]] std::vector<Attribute> attributes();

  [[nodiscard]] bool at_symbol(std::string_view symbol) const;
  [[nodiscard]] bool at_type() const;
  bool accept(std::string_view symbol);
  Token expect(std::string_view symbol);
  Token identifier(std::string_view what);

  /// Counts nesting for its lifetime; deep nesting is refused before it costs the stack.
  class Nesting {
   public:
    explicit Nesting(ValueParser& parser);
    ~Nesting() { --parser_.depth_; }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;

   private:
    ValueParser& parser_;
  };

 private:
  std::int64_t dimension();
  graph::Shape dimensions();
  graph::DType dtype();
  Type buffer();
  Literal literal();
  Literal blob();
  Literal list();
  Literal group(std::string_view close);
  void list_items(Literal& into, bool& empty);
  void scalar(Literal& into, bool& empty);

  [[noreturn]] void refuse_unknown(const Token& token, std::string_view what,
                                   std::string_view examples) const;

  Lexer& lexer_;
  int depth_ = 0;
};

}  // namespace anesim::mil
