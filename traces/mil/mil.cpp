#include "traces/mil/mil.h"

#include <fmt/format.h>

#include <filesystem>

#include "sim/core/text.h"
#include "traces/graph/shape_rules.h"
#include "traces/mil/importer.h"
#include "traces/mil/parser.h"

namespace anesim::mil {

namespace {
namespace fs = std::filesystem;

const Function& choose(const Program& program, const std::string& file, const std::string& wanted) {
  std::vector<std::string> names;
  for (const Function& function : program.functions) {
    if (function.name.text == (wanted.empty() ? "main" : wanted)) return function;
    names.emplace_back(printable(function.name.text));
  }
  const Place place{file, 0, 0};
  if (program.functions.empty()) throw UserError(place, "the program has no function");
  if (wanted.empty() && program.functions.size() == 1) return program.functions.front();
  throw UserError(
      place, fmt::format("no function '{}'{} (expected one of {})",
                         printable(wanted.empty() ? "main" : wanted), did_you_mean(wanted, names),
                         printable(fmt::format("{}", fmt::join(names, ", ")), 200)));
}

/// The text file behind a path.
std::string text_file(const std::string& path) {
  std::error_code error;
  const fs::path folder(path);
  if (path == "-" || !fs::is_directory(folder, error)) return path;
  const fs::path inside = folder / "model.mil";
  if (fs::exists(inside, error)) return inside.string();
  if (fs::exists(folder / "model0", error)) {
    throw UserError(fmt::format("{}: is a pipeline of models (expected one of them, as '{}')", path,
                                (folder / "model0").string()));
  }
  if (fs::exists(folder / "model.espresso.net", error)) {
    throw UserError(path +
                    ": is a compiled neural network, not a program (expected the .mlmodel it was "
                    "compiled from)");
  }
  throw UserError(path + ": has no model.mil (expected a .mil file or a .mlmodelc folder)");
}

std::string model_name(const std::string& path, const std::string& file) {
  if (path == "-") return "stdin";
  fs::path named(path);
  if (path == file && named.filename() == "model.mil" && named.has_parent_path()) {
    named = named.parent_path();
  }
  if (!named.has_filename()) named = named.parent_path();
  return named.stem().string();
}
}  // namespace

graph::Graph parse_mil(std::string_view text, const std::string& file, const ReadOptions& options) {
  const Program program = parse(text, file);
  graph::Graph graph = import_function(choose(program, file, options.function), file, options);
  graph::propagate_shapes(graph);
  return graph;
}

graph::Graph read_mil(const std::string& path, const ReadOptions& options) {
  const std::string file = text_file(path);
  const std::string text = read_whole_file(file);
  graph::Graph graph = parse_mil(text, path == "-" ? "stdin" : file, options);
  graph.name = model_name(path, file);
  return graph;
}

}  // namespace anesim::mil
