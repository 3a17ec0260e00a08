// What a program says, before it means anything: the tree that the parser of MIL text and the
// reader of Core ML protobufs both build. Names are views into the text, or into Program::strings.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "traces/graph/graph.h"

namespace anesim::mil {

/// A name and where it stands; 0 where the file has no lines.
struct Word {
  std::string_view text;
  int line = 0;
  int column = 0;
};

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

/// Values that were counted but not kept: only the size of a weight matters.
struct Counted {
  std::int64_t count = 0;
};

struct Literal;
/// Tuple or dictionary.
using Group = std::vector<Literal>;

/// Lists of scalars are flat, whatever their nesting: the type tells the shape.
struct Literal {
  std::variant<std::vector<bool>, std::vector<std::int64_t>, std::vector<double>,
               std::vector<std::string>, Blob, Counted, Group>
      values;
};

struct Value {
  Type type;
  Literal literal;
  Word at;
};

struct Attribute {
  std::string_view name;
  Value value;
};

/// A name, or a value written in place.
struct ArgumentValue {
  std::variant<Word, Value> source;
};

struct ArgumentSyntax {
  Word name;
  std::vector<ArgumentValue> values;
};

struct Declaration {
  Type type;
  Word name;
};

struct Statement;

struct BlockSyntax {
  std::vector<Declaration> inputs;
  std::vector<Statement> statements;
  std::vector<Word> outputs;
};

struct Statement {
  std::vector<Declaration> results;
  Word type;
  std::vector<ArgumentSyntax> arguments;
  std::vector<Attribute> attributes;
  std::vector<BlockSyntax> blocks;
};

struct Function {
  Word name;
  std::string_view opset;
  std::vector<Attribute> attributes;
  BlockSyntax body;  ///< its inputs are the function's
};

/// Moved, never copied: the names of a copy would refer to the strings of the original. A deque
/// hands its elements over where they stand, so the names stay good.
struct Program {
  Program() = default;
  Program(Program&&) = default;
  Program& operator=(Program&&) = default;
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program() = default;

  std::vector<Function> functions;
  std::deque<std::string> strings;  ///< what names refer to if no text holds them
};
static_assert(!std::is_copy_constructible_v<Program> && !std::is_copy_assignable_v<Program>);

}  // namespace anesim::mil
