#include "traces/mil/mil.h"

#include <filesystem>

#include "sim/core/text.h"
#include "traces/graph/shape_rules.h"
#include "traces/mil/importer.h"
#include "traces/mil/parser.h"

namespace anesim::mil {

namespace {
namespace fs = std::filesystem;

std::string model_name(const std::string& path) {
  if (path == "-") return "stdin";
  fs::path named(path);
  if (named.filename() == "model.mil" && named.has_parent_path()) {
    named = named.parent_path();
  }
  return named.stem().string();
}
}  // namespace

graph::Graph parse_mil(std::string_view text, const std::string& file, const ReadOptions& options) {
  const Program program = parse(text, file);
  graph::Graph graph =
      import_function(choose_function(program, file, options.function), file, options);
  graph::propagate_shapes(graph);
  return graph;
}

bool looks_like_mil(std::string_view head) {
  if (head.starts_with("\xef\xbb\xbf")) head.remove_prefix(3);
  const auto start = head.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return true;  // an empty one, refused with its place
  return head.substr(start).starts_with("program") || head.substr(start).starts_with("//");
}

graph::Graph read_mil(const std::string& path, const ReadOptions& options) {
  const std::string text = read_whole_file(path);
  graph::Graph graph = parse_mil(text, path == "-" ? "stdin" : path, options);
  graph.name = model_name(path);
  return graph;
}

}  // namespace anesim::mil
