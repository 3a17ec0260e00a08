#include "traces/scenario/inline_graph.h"

#include <fmt/format.h>

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
    for (const Node& n : program_.require("ops").sequence()) read_step(n, "");
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
    std::vector<std::string> names;
    for (const auto& [name, id] : tensors_) names.push_back(name);
    n.fail(fmt::format("no tensor is named '{}'{}", printable(n.text()),
                       did_you_mean(n.text(), names)));
  }

  std::vector<TensorId> argument(const Node& n, const std::string& op) {
    if (n.kind() == Node::Kind::map) {
      n.only_keys({"shape", "format", "density"});
      return {weight_of(n, fmt::format("{}_weight_{}", op, weights_++))};
    }
    if (n.kind() == Node::Kind::sequence) {
      const auto& items = n.sequence();
      const bool names = !items.empty() && tensors_.count(items[0].text());
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
    const auto known = tensors_.find(text);
    if (known != tensors_.end()) return {known->second};
    if (n.quoted()) return {builder_.text(text)};
    if (text == "true" || text == "false") return {builder_.boolean(text == "true")};
    if (text.find_first_not_of("+-0123456789") == std::string::npos)
      return {builder_.integer(n.integer())};
    if (text.find_first_not_of("+-.0123456789eE") == std::string::npos)
      return {builder_.number(n.number())};
    return {builder_.text(text)};
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
    if (const Node* carry = n.find("carry"))
      for (const auto& [name, first] : carry->map()) {
        const TensorId start = tensor(first);
        define(first, name, start);
        rounds_.insert(name);
      }
    ++depth_;
    for (std::int64_t round = 0; round < rounds; ++round) {
      for (const Node& op : ops.sequence()) read_step(op, fmt::format("{}_{}", suffix, round));
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
    graph::Builder::Arguments arguments;
    for (const auto& [key, value] : n.map()) {
      if (key == "op" || key == "name") continue;
      arguments.push_back({key, argument(value, full)});
    }
    std::vector<TensorId> results;
    try {
      results = builder_.op_many(type, std::move(arguments), full);
    } catch (const UserError& e) {
      throw UserError(n.place(), e.what());
    }
    for (std::size_t i = 0; i < results.size(); ++i)
      define(n, results.size() == 1 ? name : fmt::format("{}.{}", name, i), results[i]);
  }

  const Node& program_;
  graph::Builder builder_;
  /// A typing error in a count must not fill the memory.
  static constexpr int most_steps = 100'000;

  std::map<std::string, TensorId> tensors_;
  std::set<std::string> rounds_;   ///< names that a repeated block may write again
  std::set<std::string> written_;  ///< names that it wrote
  int depth_ = 0;                  ///< of repeated blocks
  int weights_ = 0;
  int steps_ = 0;
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
