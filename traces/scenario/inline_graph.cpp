#include "traces/scenario/inline_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "sim/core/text.h"
#include "traces/graph/builder.h"

namespace anesim::scenario {
namespace {

using config::Node;
using graph::TensorId;

graph::Shape read_shape(const Node& n) {
  graph::Shape s;
  for (const Node& d : n.sequence()) s.push_back(d.integer(1, std::int64_t{1} << 40));
  return s;
}

/// Parameters that are words; what stands in any other is a number, a flag, a weight or a tensor.
constexpr std::array text_parameters = std::to_array<std::string_view>({"activation",
                                                                        "box_coordinate_mode",
                                                                        "cell_activation",
                                                                        "coordinates_mode",
                                                                        "direction",
                                                                        "dtype",
                                                                        "equation",
                                                                        "interpolation_mode",
                                                                        "list_dtype",
                                                                        "mode",
                                                                        "nearest_rounding_mode",
                                                                        "output_activation",
                                                                        "output_dtype",
                                                                        "output_indices_dtype",
                                                                        "pad_type",
                                                                        "padding_mode",
                                                                        "recurrent_activation",
                                                                        "rounding_mode",
                                                                        "sampling_mode",
                                                                        "output_type",
                                                                        "post_op"});

bool is_text_parameter(std::string_view parameter) {
  return std::ranges::find(text_parameters, parameter) != text_parameters.end();
}

/// Written without quotes and not as a number or a flag.
bool is_word(const Node& n) {
  return n.kind() == Node::Kind::scalar &&
         (n.quoted() || (n.text() != "true" && n.text() != "false" &&
                         n.text().find_first_not_of("+-.0123456789eE") != std::string::npos));
}

/// Roughly what a value takes in memory, from each round of a repeated block anew.
std::size_t memory_of(const Node& n) {
  if (n.kind() == Node::Kind::scalar) return 64 + n.text().size();
  std::size_t bytes = 64;
  if (n.kind() == Node::Kind::sequence)
    for (const Node& item : n.sequence()) bytes += memory_of(item);
  if (n.kind() == Node::Kind::map)
    for (const auto& [key, value] : n.map()) bytes += key.size() + memory_of(value);
  return bytes;
}

class InlineReader {
 public:
  InlineReader(const Node& program, const std::string& name) : program_(program), builder_(name) {}

  graph::Graph run() {
    for (const Node& n : program_.require("inputs").sequence()) {
      n.only_keys({"name", "shape", "dtype"});
      graph::DType type = graph::DType::fp16;
      if (const Node* d = n.find("dtype")) {
        const auto parsed = graph::parse_dtype(d->text());
        if (!parsed) d->fail(fmt::format("'{}' is not a data type", printable(d->text())));
        type = *parsed;
      }
      const std::string name = n.require("name").text();
      define(n, name, builder_.input(name, read_shape(n.require("shape")), type));
    }
    if (const Node* constants = program_.find("constants"))
      for (const Node& n : constants->sequence()) read_constant(n);
    const Node& ops = program_.require("ops");
    for (const Node& n : ops.sequence()) {
      block_ = &ops;
      read_step(n, "");
    }
    block_ = nullptr;
    std::vector<TensorId> outputs;
    for (const Node& n : program_.require("outputs").sequence()) outputs.push_back(tensor(n));
    return builder_.finish(std::move(outputs));
  }

 private:
  /// In a repeated block a name stands for the tensor of the latest round.
  void define(const Node& n, const std::string& name, TensorId id) {
    if (depth_ > 0) written_.insert(name);
    if (rounds_.count(name) > 0) {
      tensors_[name] = id;
    } else if (!tensors_.emplace(name, id).second)
      n.fail(fmt::format("the name '{}' is taken", printable(name)));
  }

  TensorId tensor(const Node& n) const {
    const auto it = tensors_.find(n.text());
    if (it != tensors_.end()) return it->second;
    refuse_order(n);
    std::vector<std::string> names;
    for (const auto& [name, id] : tensors_) names.push_back(name);
    n.fail(fmt::format("no tensor is named '{}'{}", printable(n.text()),
                       did_you_mean(n.text(), names)));
  }

  /// Ops stand in the order of execution: says so where `n` is the result of a later one, or where
  /// two wait for each other.
  void refuse_order(const Node& n) const {
    if (block_ == nullptr) return;
    std::map<std::string, const Node*> ops;  // by name
    for (const Node& op : block_->sequence()) {
      const Node* own = op.kind() == Node::Kind::map ? op.find("name") : nullptr;
      if (own && own->kind() == Node::Kind::scalar) ops.emplace(own->text(), &op);
    }
    if (!ops.contains(n.text())) return;
    // Depth first from the later one back to the one that reads it.
    std::vector<std::string> open{n.text()};
    std::set<std::string> seen;
    std::map<std::string, std::string> reader{{n.text(), at_}};
    while (!open.empty()) {
      const std::string name = open.back();
      open.pop_back();
      if (name == at_) {
        std::string text = at_;
        for (std::string step = reader.at(at_); step != at_; step = reader.at(step))
          text = step + " -> " + text;
        n.fail(fmt::format("operations read each other in a cycle: {}",
                           printable(at_ + " -> " + text, 200)));
      }
      const auto op = ops.find(name);
      if (op == ops.end() || !seen.insert(name).second) continue;
      for (const auto& [key, value] : op->second->map()) {
        if (key == "op" || key == "name" || is_text_parameter(key)) continue;
        std::vector<std::string> read;
        if (value.kind() == Node::Kind::scalar) read.push_back(value.text());
        if (value.kind() == Node::Kind::sequence)
          for (const Node& item : value.sequence())
            if (item.kind() == Node::Kind::scalar) read.push_back(item.text());
        for (const auto& other : read)
          if (reader.emplace(other, name).second) open.push_back(other);
      }
    }
    n.fail(fmt::format("'{}' is made by a later operation (expected the operations in order)",
                       printable(n.text())));
  }

  std::vector<TensorId> argument(const Node& n, const std::string& parameter,
                                 const std::string& op) {
    if (n.kind() == Node::Kind::map) {
      n.only_keys({"shape", "format", "density"});
      return {weight_of(n, fmt::format("{}_weight_{}", op, weights_++))};
    }
    if (n.kind() == Node::Kind::sequence) {
      const auto& items = n.sequence();
      const bool names = std::ranges::any_of(items, is_word);
      std::vector<TensorId> ids;
      std::vector<std::int64_t> numbers;
      for (const Node& item : items) {
        if (names)
          ids.push_back(tensor(item));
        else
          numbers.push_back(item.integer());
      }
      return names ? ids : std::vector<TensorId>{builder_.ints(numbers)};
    }
    const std::string& text = n.text();
    if (is_text_parameter(parameter)) return {builder_.text(text)};
    const auto known = tensors_.find(text);
    if (known != tensors_.end()) return {known->second};
    if (is_word(n)) return {tensor(n)};
    if (text == "true" || text == "false") return {builder_.boolean(text == "true")};
    if (text.find_first_not_of("+-0123456789") == std::string::npos)
      return {builder_.integer(n.integer())};
    return {builder_.number(n.number())};
  }

  /// A weight that several operations read.
  void read_constant(const Node& n) {
    n.only_keys({"name", "shape", "format", "density"});
    const std::string name = n.require("name").text();
    define(n, name, weight_of(n, name));
  }

  TensorId weight_of(const Node& n, const std::string& name) {
    graph::StorageFormat f;
    if (const Node* v = n.find("format")) f = parse_format(*v);
    if (const Node* v = n.find("density")) f.nonzero_fraction = v->number(0, 1);
    return builder_.weight(name, read_shape(n.require("shape")), f);
  }

  /// An op, or a block that is repeated.
  void read_step(const Node& n, const std::string& suffix) {
    if (n.kind() == Node::Kind::map && n.find("repeat")) {
      read_repeat(n, suffix);
    } else {
      read_op(n, suffix);
    }
  }

  void read_repeat(const Node& n, const std::string& suffix) {
    n.only_keys({"repeat", "carry", "ops"});
    const std::int64_t rounds = n.require("repeat").integer(1, 100'000);
    const Node& ops = n.require("ops");
    if (ops.sequence().empty()) ops.fail("a repeated block needs at least one op");
    at_.clear();
    if (const Node* carry = n.find("carry"))
      for (const auto& [name, first] : carry->map()) {
        const TensorId start = tensor(first);
        define(first, name, start);
        rounds_.insert(name);
      }
    ++depth_;
    for (std::int64_t round = 0; round < rounds; ++round) {
      for (const Node& op : ops.sequence()) {
        block_ = &ops;
        read_step(op, fmt::format("{}_{}", suffix, round));
      }
      if (++steps_ > most_steps)
        n.fail(fmt::format("repeats more than {} rounds in all", most_steps));
      // From its second round on, a block writes names that exist already.
      rounds_.insert(written_.begin(), written_.end());
    }
    if (--depth_ > 0) return;
    rounds_.clear();
    written_.clear();
  }

  void read_op(const Node& n, const std::string& suffix) {
    const std::string type = n.require("op").text();
    const std::string name = n.require("name").text();
    const std::string full = name + suffix;
    at_ = name;
    if (depth_ > 0) take(n, memory_of(n) + 4 * full.size());
    graph::Builder::Arguments arguments;
    for (const auto& [key, value] : n.map()) {
      if (key == "op" || key == "name") continue;
      arguments.push_back({key, argument(value, key, full)});
    }
    std::vector<TensorId> results;
    try {
      results = builder_.op_many(type, std::move(arguments), full);
    } catch (const UserError& e) {
      throw UserError(n.place(), e.what());
    }
    if (depth_ > 0) take(n, results.size() * (1024 + full.size()));
    for (std::size_t i = 0; i < results.size(); ++i)
      define(n, results.size() == 1 ? name : fmt::format("{}.{}", name, i), results[i]);
  }

  /// What an operation of a repeated block takes.
  void take(const Node& n, std::size_t bytes) {
    repeated_bytes_ += bytes;
    if (repeated_bytes_ > most_bytes)
      n.fail(fmt::format("repeated operations take more than {} MiB", most_bytes >> 20));
  }

  const Node& program_;
  graph::Builder builder_;
  /// A typing error in a count must not fill the memory.
  static constexpr int most_steps = 100'000;
  static constexpr std::size_t most_bytes = std::size_t{256} << 20;

  std::map<std::string, TensorId> tensors_;
  std::set<std::string> rounds_;   ///< names that a repeated block may write again
  std::set<std::string> written_;  ///< names that it wrote
  const Node* block_ = nullptr;    ///< operations beside the one that is read
  std::string at_;                 ///< its name
  int depth_ = 0;                  ///< of repeated blocks
  int weights_ = 0;
  int steps_ = 0;
  std::size_t repeated_bytes_ = 0;
};

}  // namespace

graph::StorageFormat parse_format(const Node& n) {
  const std::string& t = n.text();
  graph::StorageFormat f;
  if (t == "sparse") {
    f.encoding = graph::Encoding::sparse;
    return f;
  }
  if (t.size() == 4 && t.rfind("lut", 0) == 0 && t[3] >= '1' && t[3] <= '8') {
    f.encoding = graph::Encoding::palette;
    f.bits = t[3] - '0';
    f.table_bytes = (std::int64_t{1} << f.bits) * 2;
    return f;
  }
  const auto type = graph::parse_dtype(t);
  if (!type)
    n.fail(fmt::format("'{}' is not a storage format (expected fp16, int8, lut1 to lut8, sparse)",
                       printable(t)));
  f.stored = *type;
  f.bits = bit_width(*type);
  if (f.bits <= 8) f.encoding = graph::Encoding::affine;
  return f;
}

graph::Graph read_inline_graph(const Node& program, const std::string& name) {
  return InlineReader(program, name).run();
}

}  // namespace anesim::scenario
