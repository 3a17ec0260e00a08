#include "traces/coreml/program_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/core/text.h"
#include "traces/coreml/value_reader.h"

namespace anesim::coreml {

namespace {
/// As deep as MIL text may nest.
constexpr int deepest_block = 60;

class ProgramReader {
 public:
  explicit ProgramReader(Wire& wire) : wire_(wire) {}

  mil::Program run() {
    wire_.message([&](int field) {
      if (field == 2) program_.functions.push_back(function_entry());
    });
    by_name(program_.functions, [](const mil::Function& f) { return f.name.text; });
    return std::move(program_);
  }

 private:
  std::string_view keep(std::string text) { return program_.strings.emplace_back(std::move(text)); }
  mil::Word word() { return {keep(wire_.text())}; }

  /// Sorts the entries of a map; of equal keys the last stays, as protobuf has it.
  template <class Entry, class Key>
  static void by_name(std::vector<Entry>& entries, Key key) {
    std::ranges::stable_sort(entries, {}, key);
    std::vector<Entry> kept;
    for (Entry& entry : entries) {
      if (!kept.empty() && key(kept.back()) == key(entry)) kept.pop_back();
      kept.push_back(std::move(entry));
    }
    entries = std::move(kept);
  }

  /// The key and value fields of a map entry.
  template <class Value>
  mil::Word entry(Value&& value) {
    mil::Word name;
    wire_.message([&](int field) {
      if (field == 1) name = word();
      if (field == 2) value();
    });
    return name;
  }

  mil::Attribute attribute() {
    mil::Attribute result;
    result.name = entry([&] { result.value = read_value(wire_); }).text;
    return result;
  }

  mil::Declaration declaration() {
    mil::Declaration result;
    wire_.message([&](int field) {
      if (field == 1) result.name = word();
      if (field == 2) result.type = read_type(wire_);
    });
    return result;
  }

  mil::ArgumentSyntax argument() {
    mil::ArgumentSyntax result;
    result.name = entry([&] {
      wire_.message([&](int field) {
        if (field == 1) result.values.push_back(binding());
      });
    });
    return result;
  }

  mil::ArgumentValue binding() {
    mil::ArgumentValue result;
    wire_.message([&](int field) {
      if (field == 1) result.source = word();
      if (field == 2) result.source = read_value(wire_);
    });
    return result;
  }

  mil::Statement operation() {
    mil::Statement result;
    wire_.message([&](int field) {
      switch (field) {
        case 1:
          result.type = word();
          break;
        case 2:
          result.arguments.push_back(argument());
          break;
        case 3:
          result.results.push_back(declaration());
          break;
        case 4:
          result.blocks.push_back(block());
          break;
        case 5:
          result.attributes.push_back(attribute());
          break;
        default:
          break;
      }
    });
    if (result.type.text.empty()) wire_.fail("an operation without a type");
    by_name(result.arguments, [](const mil::ArgumentSyntax& a) { return a.name.text; });
    by_name(result.attributes, [](const mil::Attribute& a) { return a.name; });
    return result;
  }

  mil::BlockSyntax block() {
    if (++depth_ > deepest_block) wire_.fail(fmt::format("blocks are over {} deep", deepest_block));
    mil::BlockSyntax result;
    wire_.message([&](int field) {
      if (field == 1) result.inputs.push_back(declaration());
      if (field == 2) result.outputs.push_back(word());
      if (field == 3) result.statements.push_back(operation());
    });
    --depth_;
    return result;
  }

  /// The block for the function's own opset, or the only one.
  mil::BlockSyntax choose_block(const mil::Function& function,
                                std::vector<std::pair<mil::Word, mil::BlockSyntax>> blocks) {
    for (auto& [opset, block] : blocks) {
      if (opset.text == function.opset || blocks.size() == 1) return std::move(block);
    }
    if (blocks.empty()) wire_.fail("a function without a block");
    wire_.fail(fmt::format("function '{}' has {} blocks, none for its opset '{}'",
                           printable(function.name.text), blocks.size(),
                           printable(function.opset)));
  }

  mil::Function function_entry() {
    mil::Function result;
    std::vector<mil::Declaration> inputs;
    std::vector<std::pair<mil::Word, mil::BlockSyntax>> blocks;
    result.name = entry([&] {
      wire_.message([&](int field) {
        if (field == 1) inputs.push_back(declaration());
        if (field == 2) result.opset = word().text;
        if (field == 3) {
          mil::BlockSyntax body;
          const mil::Word opset = entry([&] { body = block(); });
          blocks.emplace_back(opset, std::move(body));
        }
        if (field == 4) result.attributes.push_back(attribute());
      });
    });
    result.body = choose_block(result, std::move(blocks));
    result.body.inputs = std::move(inputs);
    return result;
  }

  Wire& wire_;
  mil::Program program_;
  int depth_ = 0;
};
}  // namespace

mil::Program read_program(Wire& wire) { return ProgramReader(wire).run(); }

}  // namespace anesim::coreml
