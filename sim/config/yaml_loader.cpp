// Builds Nodes from yaml-cpp's events and refuses what yaml-cpp lets pass.
#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <istream>
#include <streambuf>
#include <unordered_set>

#include "sim/config/yaml.h"
#include "sim/config/yaml_text.h"
#include "sim/core/text.h"

namespace anesim::config {
namespace {

/// Reads a string_view in place: a string stream would copy it.
class ViewBuffer : public std::streambuf {
 public:
  explicit ViewBuffer(std::string_view text) {
    char* begin = const_cast<char*>(text.data());  // streambuf's interface; nothing is written
    setg(begin, begin, begin + text.size());
  }
};

}  // namespace

/// Recursion of yaml-cpp's parser is bounded because the event that opens level 65 throws.
class YamlLoader : public YAML::EventHandler {
 public:
  explicit YamlLoader(const std::string& file) : file_(file) {
    root_.place_ = {file, 1, 1};
    root_.key_line_ = root_.key_column_ = 1;
  }

  Node take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ > 0) fail(mark, "second document in one file (expected one)");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    if (expects_key()) fail(mark, "empty key (expected a name)");
    add(open(Node::Kind::null, mark));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    if (expects_key()) return set_key(mark, tag, value);
    Node node = open(Node::Kind::scalar, mark);
    node.quoted_ = tag == "!";
    node.scalar_ = value;
    add(std::move(node));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    start(Node::Kind::sequence, mark, tag, anchor);
  }
  void OnSequenceEnd() override { end(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    start(Node::Kind::map, mark, tag, anchor);
  }
  void OnMapEnd() override { end(); }

  [[noreturn]] void fail(const YAML::Mark& mark, const std::string& what) const {
    if (mark.is_null()) throw UserError({file_}, what);
    throw UserError({file_, mark.line + 1, mark.column + 1}, what);
  }

 private:
  /// An unfinished map or sequence; of a map also the key read last.
  struct Frame {
    Node node;
    bool has_key = false;
    std::string key;
    int key_line = 0;
    int key_column = 0;
    std::unordered_set<std::string> seen;  ///< keys, once there are too many to compare each
  };
  static constexpr std::size_t many_keys = 16;

  bool expects_key() const {
    return !stack_.empty() && stack_.back().node.kind_ == Node::Kind::map && !stack_.back().has_key;
  }

  void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) const {
    if (anchor == YAML::NullAnchor) return;
    fail(mark, "anchors and aliases are not supported (write the value out)");
  }
  /// yaml-cpp names plain nodes "?" and quoted scalars "!".
  void refuse_tag(const YAML::Mark& mark, const std::string& tag) const {
    if (tag.empty() || tag == "?" || tag == "!") return;
    fail(mark,
         fmt::format("tag '{}' is not supported (expected a plain value)", printable(tag, 60)));
  }

  void set_key(const YAML::Mark& mark, const std::string& tag, const std::string& key) {
    Frame& frame = stack_.back();
    if (key == "<<" && tag == "?") fail(mark, "merge key '<<' is not supported");
    if (key.empty()) fail(mark, "empty key (expected a name)");
    if (is_known(frame, key)) {
      fail(mark, fmt::format("duplicate key '{}'", printable(child_path(frame.node, key))));
    }
    frame.has_key = true;
    frame.key = key;
    frame.key_line = mark.line + 1;
    frame.key_column = mark.column + 1;
  }

  static bool is_known(Frame& frame, const std::string& key) {
    const auto& entries = frame.node.entries_;
    if (entries.size() < many_keys) return frame.node.find(key) != nullptr;
    if (frame.seen.empty()) {
      for (const auto& [name, node] : entries) frame.seen.insert(name);
    }
    return !frame.seen.insert(key).second;
  }

  static std::string child_path(const Node& parent, const std::string& key) {
    return parent.path_.empty() ? key : fmt::format("{}.{}", parent.path_, key);
  }

  Node open(Node::Kind kind, const YAML::Mark& mark) {
    Node node;
    node.kind_ = kind;
    node.place_ = {file_, mark.line + 1, mark.column + 1};
    node.key_line_ = node.place_.line;
    node.key_column_ = node.place_.column;
    if (stack_.empty()) return node;
    const Frame& parent = stack_.back();
    memory_ += sizeof(Node) + file_.size() + parent.node.path_.size() + parent.key.size();
    if (memory_ > yaml_most_memory) {
      fail(mark, fmt::format("needs more than {} MiB (expected fewer values or shorter keys)",
                             yaml_most_memory >> 20));
    }
    if (parent.node.kind_ == Node::Kind::sequence) {
      node.path_ = fmt::format("{}[{}]", parent.node.path_, parent.node.items_.size());
    } else {
      node.path_ = child_path(parent.node, parent.key);
      node.key_line_ = parent.key_line;
      node.key_column_ = parent.key_column;
    }
    return node;
  }

  void add(Node node) {
    if (stack_.empty()) {
      root_ = std::move(node);
      return;
    }
    Frame& parent = stack_.back();
    if (parent.node.kind_ == Node::Kind::sequence) {
      parent.node.items_.push_back(std::move(node));
    } else {
      parent.node.entries_.emplace_back(std::move(parent.key), std::move(node));
      parent.has_key = false;
    }
  }

  void start(Node::Kind kind, const YAML::Mark& mark, const std::string& tag,
             YAML::anchor_t anchor) {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    if (expects_key()) fail(mark, "a list or map as key is not supported (expected a name)");
    if (stack_.size() >= yaml_deepest) {
      fail(mark, fmt::format("nested more than {} deep", yaml_deepest));
    }
    Frame frame;
    frame.node = open(kind, mark);
    stack_.push_back(std::move(frame));
  }

  void end() {
    Node node = std::move(stack_.back().node);
    stack_.pop_back();
    add(std::move(node));
  }

  const std::string& file_;
  int documents_ = 0;
  std::size_t memory_ = 0;
  Node root_;
  std::vector<Frame> stack_;
};

Node parse_yaml(std::string_view text, const std::string& file) {
  check_yaml_text(text, file);
  check_yaml_nesting(text, file);
  ViewBuffer buffer(text);
  std::istream stream(&buffer);
  YamlLoader loader(file);
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(loader)) {
    }
  } catch (const YAML::Exception& e) {
    loader.fail(e.mark, "not valid YAML: " + printable(e.msg, 200));
  }
  return loader.take();
}

Node read_yaml(const std::string& path) {
  const std::string text = read_whole_file(path, yaml_largest);
  return parse_yaml(text, path == "-" ? "standard input" : path);
}

}  // namespace anesim::config
