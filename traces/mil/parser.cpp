#include "traces/mil/parser.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/core/text.h"
#include "traces/mil/value_parser.h"

namespace anesim::mil {

namespace {
class Parser {
 public:
  Parser(std::string_view text, const std::string& file)
      : text_(text), lexer_(text, file), values_(lexer_) {}

  Program program() {
    const Token start = lexer_.peek();
    if (start.text != "program" || start.kind != TokenKind::identifier) refuse_start(start);
    lexer_.take();
    values_.expect("(");
    if (lexer_.peek().kind != TokenKind::number) lexer_.unexpected(lexer_.peek(), "a version");
    lexer_.take();
    values_.expect(")");
    (void)values_.attributes();
    values_.expect("{");
    Program result;
    while (!values_.accept("}")) {
      const Token& token = lexer_.peek();
      if (token.text != "func") lexer_.unexpected(token, "'func' or '}'");
      result.functions.push_back(function());
    }
    if (lexer_.peek().kind != TokenKind::end) {
      lexer_.unexpected(lexer_.peek(), "the end of the text");
    }
    return result;
  }

 private:
  [[noreturn]] void refuse_start(const Token& token) {
    const std::string_view head = text_.substr(0, 4096);
    if (head.find("[CoreML") != std::string_view::npos ||
        head.find("%") != std::string_view::npos) {
      lexer_.fail(token,
                  "this is a printout of coremltools, not MIL text (expected 'program(1.0)...'; "
                  "give the .mlpackage, or model.mil of the compiled .mlmodelc)");
    }
    // A text of one other word is no cut one.
    if (token.kind != TokenKind::end && !std::string_view("program").starts_with(token.text)) {
      lexer_.fail(token, fmt::format("unexpected '{}' (expected 'program', the start of MIL text)",
                                     printable(token.text)));
    }
    lexer_.unexpected(token, "'program', the start of MIL text");
  }

  Function function() {
    lexer_.take();
    Function result;
    result.name = values_.identifier("a function name");
    result.opset = opset();
    std::vector<Declaration> inputs = parameters();
    result.attributes = values_.attributes();
    result.body = block();
    result.body.inputs = std::move(inputs);
    values_.expect(";");
    return result;
  }

  std::string_view opset() {
    if (!values_.accept("<")) return {};
    const Token name = values_.identifier("an opset");
    values_.expect(">");
    return name.text;
  }

  std::vector<Declaration> parameters() {
    std::vector<Declaration> result;
    values_.expect("(");
    if (values_.accept(")")) return result;
    do {
      Type type = values_.type();
      result.push_back({std::move(type), values_.identifier("a name")});
    } while (values_.accept(","));
    if (!values_.at_symbol(")")) lexer_.unexpected(lexer_.peek(), "',' or ')'");
    lexer_.take();
    return result;
  }

  BlockSyntax block() {
    const ValueParser::Nesting nesting(values_);
    BlockSyntax result;
    values_.expect("{");
    while (!values_.accept("}")) result.statements.push_back(statement());
    values_.expect("->");
    values_.expect("(");
    if (!values_.accept(")")) {
      do {
        result.outputs.push_back(values_.identifier("the name of a result"));
      } while (values_.accept(","));
      if (!values_.at_symbol(")")) lexer_.unexpected(lexer_.peek(), "',' or ')'");
      lexer_.take();
    }
    return result;
  }

  Statement statement() {
    Statement result;
    const Token& start = lexer_.peek();
    if (start.kind != TokenKind::identifier) lexer_.unexpected(start, "a statement or '}'");
    // Without a result: an op name with its arguments or its opset.
    const bool bare = lexer_.peek_second().text == "(" ||
                      (lexer_.peek_second().text == "<" && !values_.at_type());
    if (!bare) {
      do {
        Type type = values_.type();
        result.results.push_back({std::move(type), values_.identifier("a name")});
      } while (values_.accept(","));
      if (!values_.at_symbol("=")) lexer_.unexpected(lexer_.peek(), "',' or '='");
      lexer_.take();
    }
    result.type = values_.identifier("an operation");
    (void)opset();
    arguments(result);
    result.attributes = values_.attributes();
    while (values_.at_symbol("(") || values_.at_symbol("{") || values_.at_symbol(",")) {
      values_.accept(",");
      std::vector<Declaration> inputs;
      if (values_.at_symbol("(")) inputs = parameters();
      result.blocks.push_back(block());
      result.blocks.back().inputs = std::move(inputs);
    }
    values_.expect(";");
    return result;
  }

  void arguments(Statement& into) {
    values_.expect("(");
    if (values_.accept(")")) return;
    do {
      ArgumentSyntax argument;
      argument.name = values_.identifier("a parameter name");
      values_.expect("=");
      if (values_.accept("(")) {
        if (!values_.accept(")")) {
          do {
            argument.values.push_back(argument_value());
          } while (values_.accept(","));
          if (!values_.at_symbol(")")) lexer_.unexpected(lexer_.peek(), "',' or ')'");
          lexer_.take();
        }
      } else {
        argument.values.push_back(argument_value());
      }
      into.arguments.push_back(std::move(argument));
    } while (values_.accept(","));
    if (!values_.at_symbol(")")) lexer_.unexpected(lexer_.peek(), "',' or ')'");
    lexer_.take();
  }

  ArgumentValue argument_value() {
    const Token& token = lexer_.peek();
    if (token.kind != TokenKind::identifier) lexer_.unexpected(token, "a name or a typed value");
    const Token& second = lexer_.peek_second();
    if (second.text == "(" || second.text == "<") return {values_.value()};
    return {lexer_.take()};
  }

  std::string_view text_;
  Lexer lexer_;
  ValueParser values_;
};
}  // namespace

Program parse(std::string_view text, const std::string& file) {
  return Parser(text, file).program();
}

}  // namespace anesim::mil
