#include "models/spec/support_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/config/yaml.h"
#include "sim/core/text.h"

namespace anesim::spec {
namespace {

using config::Node;

const std::vector<std::string>& evidence_marks() {
  static const std::vector<std::string> marks{"measured", "published", "fitted", "assumed"};
  return marks;
}

/// Text that must be one of `choices`.
const std::string& choice(const Node& node, const std::vector<std::string>& choices,
                          std::string_view what) {
  const std::string& t = node.text();
  if (std::find(choices.begin(), choices.end(), t) == choices.end())
    node.fail(fmt::format("'{}' is not {} (expected {}){}", printable(t), what,
                          fmt::join(choices, ", "), did_you_mean(t, choices)));
  return t;
}

class Reader {
 public:
  explicit Reader(const Node& root) : root_(root) {}

  SupportTable run(const std::string& generation) {
    root_.only_keys(
        {"schema", "name", "description", "notes", "generations", "operations", "limits", "types"});
    const Node& schema = root_.require("schema");
    if (schema.text() != "ane-placement/1")
      schema.fail(fmt::format("schema '{}' is not 'ane-placement/1'", printable(schema.text())));
    const Node& generations = root_.require("generations");
    for (const Node& n : generations.sequence()) {
      if (std::find(table_.generations.begin(), table_.generations.end(), n.text()) !=
          table_.generations.end())
        n.fail(fmt::format("generation '{}' stands twice", printable(n.text())));
      table_.generations.push_back(n.text());
    }
    const auto own = std::find(table_.generations.begin(), table_.generations.end(), generation);
    if (own == table_.generations.end())
      generations.fail(fmt::format("generation '{}' of the device is missing (listed: {})",
                                   printable(generation), fmt::join(table_.generations, ", ")));
    table_.own = static_cast<Generation>(own - table_.generations.begin());
    for (const Node& n : root_.require("operations").sequence()) row(n);
    for (const Node& n : root_.require("limits").sequence()) limit(n);
    types(root_.require("types"));
    return std::move(table_);
  }

 private:
  Generation generation(const Node& node, bool may_be_never) const {
    auto choices = table_.generations;
    if (may_be_never) choices.push_back("never");
    const std::string& t = choice(node, choices, "a generation");
    if (t == "never") return never_generation;
    return static_cast<Generation>(
        std::find(table_.generations.begin(), table_.generations.end(), t) -
        table_.generations.begin());
  }

  /// "never" is the only thing that the GPU column says.
  static bool allowed(const Node* node) {
    if (!node) return true;
    return choice(*node, {"never"}, "a column entry") != "never";
  }

  static void evidence(const Node& node, std::string& mark, std::string& source) {
    mark = choice(node.require("evidence"), evidence_marks(), "an evidence mark");
    source = node.require("source").text();
  }

  void row(const Node& node) {
    node.only_keys(
        {"ops", "engine", "core_ml", "gpu", "constant", "constant_engine", "evidence", "source"});
    OpSupportRow r;
    r.engine = generation(node.require("engine"), true);
    if (const Node* n = node.find("core_ml")) r.core_ml = generation(*n, true) <= table_.own;
    r.gpu = allowed(node.find("gpu"));
    if (const Node* n = node.find("constant")) {
      r.constant = n->text();
      r.constant_engine = generation(node.require("constant_engine"), true);
    }
    evidence(node, r.evidence, r.source);
    for (const Node& op : node.require("ops").sequence())
      if (!table_.ops.emplace(op.text(), r).second)
        op.fail(fmt::format("operation '{}' stands in two rows", printable(op.text())));
  }

  void limit(const Node& node) {
    node.only_keys({"limit", "generations", "value", "evidence", "source"});
    const std::string& name = choice(node.require("limit"), support_limits(), "a limit");
    OpLimit l;
    l.value = node.require("value").integer(1, std::int64_t{1} << 40);
    evidence(node, l.evidence, l.source);
    for (const Node& g : node.require("generations").sequence())
      if (generation(g, false) == table_.own && !table_.limits.emplace(name, l).second)
        g.fail(fmt::format("limit '{}' of generation '{}' stands in two rows", name,
                           printable(g.text())));
  }

  void types(const Node& node) {
    node.only_keys({"cpu", "evidence", "source"});
    for (const Node& n : node.require("cpu").sequence()) {
      const auto t = graph::parse_dtype(n.text());
      if (!t)
        n.fail(fmt::format("'{}' is not a data type (expected e.g. int32)", printable(n.text())));
      table_.cpu_types.push_back(*t);
    }
    evidence(node, table_.types_evidence, table_.types_source);
  }

  const Node& root_;
  SupportTable table_;
};

}  // namespace

const OpSupportRow* SupportTable::find(std::string_view op) const {
  const auto it = ops.find(op);
  return it == ops.end() ? nullptr : &it->second;
}

std::optional<std::int64_t> SupportTable::limit(std::string_view name) const {
  const auto it = limits.find(name);
  if (it == limits.end()) return std::nullopt;
  return it->second.value;
}

const std::vector<std::string>& support_limits() {
  static const std::vector<std::string> names{"width",           "height",       "channels",
                                              "batch",           "rank",         "spatial_axes",
                                              "max_pool_kernel", "matmul_inner", "arg_reduction"};
  return names;
}

SupportTable read_support_table(const std::string& file, const std::string& generation) {
  return read_support_table(config::read_yaml(file), generation);
}

SupportTable read_support_table(const Node& root, const std::string& generation) {
  return Reader(root).run(generation);
}

}  // namespace anesim::spec
