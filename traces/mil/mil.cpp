#include "traces/mil/mil.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

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

/// A NUL byte cannot stand in text: a file with one is refused where it stands.
void refuse_nul(std::string_view text, std::size_t from, const std::string& file) {
  const auto nul = text.find('\0', from);
  if (nul == std::string_view::npos) return;
  const std::string_view before = text.substr(0, nul);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const auto column = nul - (before.rfind('\n') + 1) + 1;  // npos + 1 is 0
  throw UserError({file, static_cast<int>(line), static_cast<int>(column)},
                  "a NUL byte (expected MIL text)");
}

/// A gigabyte of something else is refused by its beginning, or where the text ends, before the
/// rest is read.
std::string read_text(const std::string& path) {
  constexpr std::size_t limit = std::size_t{1} << 30, head = 4096, piece = std::size_t{1} << 22;
  std::error_code error;
  std::ifstream in;
  if (path != "-" && fs::is_regular_file(path, error)) in.open(path, std::ios::binary);
  // Pipes are read once and whole; what cannot be opened gets its message there.
  if (!in.is_open()) return read_whole_file(path);
  std::string text;
  while (in) {
    const std::size_t before = text.size();
    text.resize(before + (before == 0 ? head : piece));
    in.read(text.data() + before, static_cast<std::streamsize>(text.size() - before));
    text.resize(before + static_cast<std::size_t>(in.gcount()));
    if (before == 0 && !looks_like_mil(text)) {
      (void)parse(text, path);  // says what stands there
      throw UserError({path, 1, 1}, "is no MIL text");
    }
    refuse_nul(text, before, path);
    if (text.size() > limit) return read_whole_file(path, limit);  // refuses it
  }
  return text;
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
  const std::string text = read_text(path);
  graph::Graph graph = parse_mil(text, path == "-" ? "stdin" : path, options);
  graph.name = model_name(path);
  return graph;
}

}  // namespace anesim::mil
