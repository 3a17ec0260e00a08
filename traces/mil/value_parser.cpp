#include "traces/mil/value_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "sim/core/text.h"

namespace anesim::mil {

namespace {
constexpr int deepest = 64;

std::optional<std::int64_t> as_integer(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> as_real(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  auto format = std::chars_format::general;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    text.remove_prefix(2);
    format = std::chars_format::hex;
  }
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, format);
  if (end != text.data() + text.size()) return std::nullopt;
  // Beyond the range of a double: the sign of the exponent decides.
  if (error == std::errc::result_out_of_range) {
    value =
        text.find('-') != std::string_view::npos ? 0.0 : std::numeric_limits<double>::infinity();
  } else if (error != std::errc{}) {
    return std::nullopt;
  }
  return negative ? -value : value;
}

bool is_number(const Token& token) {
  return token.kind == TokenKind::number ||
         (token.kind == TokenKind::identifier && (token.text == "inf" || token.text == "nan"));
}
}  // namespace

ValueParser::Nesting::Nesting(ValueParser& parser) : parser_(parser) {
  if (parser.depth_ >= deepest) {
    parser.lexer_.fail(parser.lexer_.peek(), fmt::format("nesting is over {} deep", deepest));
  }
  ++parser.depth_;
}

bool ValueParser::at_symbol(std::string_view symbol) const {
  return lexer_.peek().kind == TokenKind::symbol && lexer_.peek().text == symbol;
}

bool ValueParser::accept(std::string_view symbol) {
  if (!at_symbol(symbol)) return false;
  lexer_.take();
  return true;
}

Token ValueParser::expect(std::string_view symbol) {
  if (!at_symbol(symbol)) lexer_.unexpected(lexer_.peek(), fmt::format("'{}'", symbol));
  return lexer_.take();
}

Token ValueParser::identifier(std::string_view what) {
  if (lexer_.peek().kind != TokenKind::identifier) lexer_.unexpected(lexer_.peek(), what);
  return lexer_.take();
}

bool ValueParser::at_type() const {
  const Token& token = lexer_.peek();
  if (token.kind != TokenKind::identifier) return false;
  constexpr std::array words = std::to_array<std::string_view>(
      {"tensor", "tensor_buffer", "list", "dict", "tuple", "state"});
  return std::ranges::find(words, token.text) != words.end() ||
         graph::parse_dtype(token.text).has_value();
}

std::int64_t ValueParser::dimension() {
  if (accept("?")) return graph::unknown_dim;
  const Token token = lexer_.peek();
  if (token.kind != TokenKind::number) lexer_.unexpected(token, "a dimension or '?'");
  const auto value = as_integer(token.text);
  if (!value || *value < 0) lexer_.unexpected(token, "a dimension of 0..2^63-1");
  lexer_.take();
  return *value;
}

graph::Shape ValueParser::dimensions() {
  graph::Shape shape;
  expect("[");
  if (accept("]")) return shape;
  do {
    shape.push_back(dimension());
  } while (accept(","));
  if (!at_symbol("]")) lexer_.unexpected(lexer_.peek(), "',' or ']'");
  lexer_.take();
  return shape;
}

void ValueParser::refuse_unknown(const Token& token, std::string_view what,
                                 std::string_view examples) const {
  if (lexer_.may_be_cut(token)) lexer_.unexpected(token, fmt::format("a {}", what));
  lexer_.fail(token, fmt::format("unknown {} '{}' (expected e.g. {})", what, printable(token.text),
                                 examples));
}

graph::DType ValueParser::dtype() {
  const Token token = identifier("a data type");
  const auto found = graph::parse_dtype(token.text);
  if (!found) refuse_unknown(token, "data type", "fp16, int8 or bool");
  return *found;
}

/// tensor_buffer<fp16, shape=[...], strides=[...], interleave_factors=[...]>
Type ValueParser::buffer() {
  Type result;
  result.kind = TypeKind::tensor;
  expect("<");
  result.dtype = dtype();
  bool shaped = false;
  while (accept(",")) {
    const Token name = identifier("shape, strides or interleave_factors");
    expect("=");
    graph::Shape numbers = dimensions();
    if (name.text == "shape") {
      result.shape = std::move(numbers);
      shaped = true;
    }
  }
  const Token close = expect(">");
  if (!shaped) lexer_.fail(close, "tensor_buffer has no shape (expected shape=[...])");
  return result;
}

Type ValueParser::type() {
  const Nesting nesting(*this);
  const Token token = lexer_.peek();
  if (!at_type()) {
    if (token.kind != TokenKind::identifier) lexer_.unexpected(token, "a type");
    refuse_unknown(token, "type", "tensor<fp16, [1, 3]> or int32");
  }
  Type result;
  lexer_.take();
  if (token.text == "tensor_buffer") return buffer();
  if (const auto scalar = graph::parse_dtype(token.text)) {
    result.kind = TypeKind::tensor;
    result.dtype = *scalar;
    return result;
  }
  expect("<");
  if (token.text == "tensor") {
    result.kind = TypeKind::tensor;
    result.dtype = dtype();
    expect(",");
    result.shape = dimensions();
  } else if (token.text == "state") {
    result = type();
    if (result.kind != TypeKind::tensor) lexer_.fail(token, "a state must hold a tensor");
    result.kind = TypeKind::state;
  } else if (token.text == "list") {
    Type element = type();
    expect(",");
    const std::int64_t length = dimension();
    if (element.kind == TypeKind::tensor) {
      result = std::move(element);
      result.shape.insert(result.shape.begin(), length);
    }
    result.kind = TypeKind::list;
  } else {
    do {
      (void)type();
    } while (accept(","));
  }
  expect(">");
  return result;
}

Value ValueParser::value() {
  Value result;
  result.at = lexer_.peek();
  result.type = type();
  expect("(");
  result.literal = literal();
  expect(")");
  return result;
}

std::vector<Attribute> ValueParser::attributes() {
  std::vector<Attribute> result;
  if (!accept("[")) return result;
  if (accept("]")) return result;
  do {
    const Token name = identifier("an attribute name");
    expect("=");
    result.push_back({name.text, value()});
  } while (accept(","));
  if (!at_symbol("]")) lexer_.unexpected(lexer_.peek(), "',' or ']'");
  lexer_.take();
  return result;
}

Literal ValueParser::literal() {
  const Nesting nesting(*this);
  const Token& token = lexer_.peek();
  if (token.kind == TokenKind::symbol) {
    if (token.text == "[") return list();
    if (accept("(")) return group(")");
    if (accept("{")) return group("}");
  }
  if (token.kind == TokenKind::identifier && token.text == "BLOBFILE") return blob();
  if (!is_number(token) && at_type()) return value().literal;
  Literal result;
  bool empty = true;
  scalar(result, empty);
  return result;
}

/// Appends a number, string or flag; all of one list are of one kind.
void ValueParser::scalar(Literal& into, bool& empty) {
  const Token token = lexer_.peek();
  const auto append = [&]<class T>(T item) {
    if (empty) {
      into.values = std::vector<T>{};
      empty = false;
    }
    auto* items = std::get_if<std::vector<T>>(&into.values);
    if (items == nullptr) lexer_.unexpected(token, "a value like the others of its list");
    items->push_back(std::move(item));
  };
  if (token.kind == TokenKind::string) {
    append(unescaped(token));
  } else if (token.kind == TokenKind::identifier &&
             (token.text == "true" || token.text == "false")) {
    append(token.text == "true");
  } else if (is_number(token)) {
    const auto integer = as_integer(token.text);
    const auto* integers = std::get_if<std::vector<std::int64_t>>(&into.values);
    if (integer && (empty || integers != nullptr)) {
      append(*integer);
    } else {
      const auto real = as_real(token.text);
      if (!real) lexer_.unexpected(token, "a number");
      if (!empty && integers != nullptr) {  // the first real number makes all of them real
        into.values = std::vector<double>(integers->begin(), integers->end());
      }
      append(*real);
    }
  } else {
    lexer_.unexpected(token, "a value");
  }
  lexer_.take();
}

Literal ValueParser::list() {
  Literal result;
  result.values = std::vector<std::int64_t>{};
  bool empty = true;
  list_items(result, empty);
  return result;
}

void ValueParser::list_items(Literal& into, bool& empty) {
  expect("[");
  if (accept("]")) return;
  do {
    if (at_symbol("[")) {
      const Nesting nesting(*this);
      list_items(into, empty);
    } else {
      scalar(into, empty);
    }
  } while (accept(","));
  if (!at_symbol("]")) lexer_.unexpected(lexer_.peek(), "',' or ']'");
  lexer_.take();
}

Literal ValueParser::group(std::string_view close) {
  Group items;
  if (!accept(close)) {
    do {
      items.push_back(literal());
    } while (accept(","));
    if (!at_symbol(close)) lexer_.unexpected(lexer_.peek(), fmt::format("',' or '{}'", close));
    lexer_.take();
  }
  return {std::move(items)};
}

Literal ValueParser::blob() {
  const Token start = lexer_.take();
  Blob result;
  expect("(");
  do {
    const Token name = identifier("path or offset");
    expect("=");
    const Value given = value();
    if (name.text == "path") {
      const auto* path = std::get_if<std::vector<std::string>>(&given.literal.values);
      if (path == nullptr || path->size() != 1) lexer_.fail(name, "path is not one string");
      result.path = path->front();
    } else if (name.text == "offset") {
      const auto* offset = std::get_if<std::vector<std::int64_t>>(&given.literal.values);
      if (offset == nullptr || offset->size() != 1 || offset->front() < 0) {
        lexer_.fail(name, "offset is not one number of 0..2^63-1");
      }
      result.offset = offset->front();
    }
  } while (accept(","));
  expect(")");
  if (result.path.empty() || result.offset < 0) {
    lexer_.fail(start, "BLOBFILE needs a path and an offset");
  }
  return {std::move(result)};
}

}  // namespace anesim::mil
