// What the text says, before it means anything: the tree that the parser builds. Names are views
// into the text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "traces/graph/graph.h"
#include "traces/mil/lexer.h"

namespace anesim::mil {

enum class TypeKind : std::uint8_t { tensor, list, state, other };

/// A list is a tensor with its length before the dimensions of its elements; dictionaries and
/// tuples only occur in attributes and are `other`.
struct Type {
  TypeKind kind = TypeKind::other;
  graph::DType dtype = graph::DType::fp16;
  graph::Shape shape;
};

struct Blob {
  std::string path;
  std::int64_t offset = -1;
};

struct Literal;
/// Tuple or dictionary.
using Group = std::vector<Literal>;

/// Lists of scalars are flat, whatever their nesting: the type tells the shape.
struct Literal {
  std::variant<std::vector<bool>, std::vector<std::int64_t>, std::vector<double>,
               std::vector<std::string>, Blob, Group>
      values;
};

struct Value {
  Type type;
  Literal literal;
  Token at;
};

struct Attribute {
  std::string_view name;
  Value value;
};

/// A name, or a value written in place.
struct ArgumentValue {
  std::variant<Token, Value> source;
};

struct ArgumentSyntax {
  Token name;
  std::vector<ArgumentValue> values;
};

struct Declaration {
  Type type;
  Token name;
};

struct Statement;

struct BlockSyntax {
  std::vector<Declaration> inputs;
  std::vector<Statement> statements;
  std::vector<Token> outputs;
};

struct Statement {
  std::vector<Declaration> results;
  Token type;
  std::vector<ArgumentSyntax> arguments;
  std::vector<Attribute> attributes;
  std::vector<BlockSyntax> blocks;
};

struct Function {
  Token name;
  std::string_view opset;
  std::vector<Attribute> attributes;
  BlockSyntax body;  ///< its inputs are the function's
};

struct Program {
  std::vector<Function> functions;
};

}  // namespace anesim::mil
