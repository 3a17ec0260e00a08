#include "sim/cli/input.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "sim/cli/data_root.h"
#include "sim/config/yaml.h"
#include "sim/core/text.h"
#include "traces/coreml/coreml.h"
#include "traces/language/language.h"
#include "traces/mil/mil.h"
#include "traces/networks/networks.h"
#include "traces/onnx/onnx.h"
#include "traces/scenario/trace_reader.h"
#include "traces/training/training.h"
#include "traces/workloads/workloads.h"

namespace anesim::cli {
namespace {

constexpr const char* known_inputs =
    ".mlpackage, .mlmodel, .mlmodelc, .mil, .onnx, a trace as .yaml, network:NAME, llm:NAME or "
    "workload:KIND";

bool starts_with(const std::string& s, const char* prefix) { return s.rfind(prefix, 0) == 0; }

bool has_extension(const std::string& path, const char* extension) {
  std::string p = path;
  while (p.size() > 1 && p.back() == '/') p.pop_back();
  return std::filesystem::path(p).extension() == extension;
}

void require_readable(const std::string& path) {
  std::error_code ec;
  if (path != "-" && !std::filesystem::exists(path, ec))
    throw UserError(fmt::format(
        "{}: no such file (an input is a Core ML model or package, a MIL or ONNX file, "
        "a trace, network:NAME,key=value,..., llm:NAME,key=value,..., training:NAME,... or "
        "workload:KIND,key=value,...)",
        printable(path)));
}

/// A graph made from the text after "NOUN:".
graph::Graph generated(const std::string& input, std::string_view noun,
                       graph::Graph (*make)(std::string_view)) {
  graph::Graph g;
  try {
    g = make(std::string_view(input).substr(noun.size() + 1));
  } catch (const UserError& e) {
    const std::string_view what = e.what();
    if (what.find(noun) != std::string_view::npos) throw;
    throw UserError(fmt::format("{}: {}", printable(input, 200), what));
  }
  if (g.file.empty()) g.file = printable(input, 200);  // the place of messages
  return g;
}

constexpr const char* standard_input_name = "standard input";

std::string head_of(const std::string& path) {
  std::string head(4096, '\0');
  std::ifstream in(path, std::ios::binary);
  in.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(std::max<std::streamsize>(in.gcount(), 0)));
  return head;
}

/// Core ML and ONNX protobufs begin alike; what Core ML's reader knows is its own.
bool is_onnx_bytes(std::string_view bytes) {
  return onnx::is_onnx(bytes) && !coreml::looks_like_model(bytes);
}

bool is_onnx_input(const std::string& input, const Options& o) {
  if (input == "-") return is_onnx_bytes(o.standard_input);
  if (has_extension(input, ".onnx")) return true;
  std::error_code ec;
  return !has_extension(input, ".mlmodel") && !has_extension(input, ".mil") &&
         std::filesystem::is_regular_file(input, ec) && is_onnx_bytes(head_of(input));
}

/// A graph from a file or folder: by extension, else by what it holds.
graph::Graph read_graph(const std::string& path, const mil::ReadOptions& options) {
  std::error_code ec;
  if (has_extension(path, ".mlmodel") || std::filesystem::is_directory(path, ec)) {
    return coreml::read_coreml(path, options);
  }
  if (has_extension(path, ".mil")) return mil::read_mil(path, options);
  if (!std::filesystem::is_regular_file(path, ec)) {  // a pipe can be read once
    const std::string all = read_whole_file(path);
    return coreml::looks_like_model(all) ? coreml::parse_coreml(all, path, options)
                                         : mil::parse_mil(all, path, options);
  }
  const std::string head = head_of(path);
  if (coreml::looks_like_model(head)) return coreml::read_coreml(path, options);
  if (mil::looks_like_mil(head)) return mil::read_mil(path, options);
  throw UserError(fmt::format("{}: is no Core ML model, MIL text or ONNX model (expected {})", path,
                              known_inputs));
}

}  // namespace

std::string default_stack(const std::string& input) {
  return starts_with(input, "training:") ? std::string(training::stack) : Options{}.stack;
}

bool is_graph(std::string_view text) {
  return coreml::looks_like_model(text) || onnx::is_onnx(text) || mil::looks_like_mil(text) ||
         text.find("schema") == std::string_view::npos;
}

graph::Graph open_graph(const std::string& input, const std::vector<graph::DimBinding>& dims,
                        const Options& o) {
  graph::Graph g;
  if (starts_with(input, "workload:")) {
    g = generated(input, "workload", workloads::make_workload);
    g.kernel = !o.compute_units_given;
  } else if (starts_with(input, "network:")) {
    g = generated(input, "network", networks::make_network);
  } else if (starts_with(input, "llm:") || starts_with(input, "training:")) {
    throw UserError(fmt::format("'{}': this kind of input is not available here (expected {})",
                                printable(input), known_inputs));
  } else if (is_onnx_input(input, o)) {
    require_readable(input);
    const onnx::ReadOptions options{dims, o.approximate_unknown};
    // Shapes are inferred from bound dimensions, so nothing is left to bind.
    return input == "-" ? onnx::parse_onnx(o.standard_input, standard_input_name, options)
                        : onnx::read_onnx(input, options);
  } else {
    require_readable(input);
    mil::ReadOptions options;
    options.function = o.function;
    options.approximate_unknown = o.approximate_unknown;
    if (input == "-" && coreml::looks_like_model(o.standard_input)) {
      g = coreml::parse_coreml(o.standard_input, standard_input_name, options);
      g.name = "stdin";
    } else if (input == "-") {
      g = mil::parse_mil(o.standard_input, standard_input_name, options);
      g.name = "stdin";
    } else {
      g = read_graph(input, options);
    }
  }
  if (!dims.empty()) {
    graph::bind_dimensions(g, dims);
    graph::propagate_shapes(g);
  }
  graph::require_bound(g);
  return g;
}

namespace {

bool is_step(const std::string& input) {
  return starts_with(input, "llm:") || starts_with(input, "training:");
}

/// A step of a language model or of training: its programs are made, not read.
scenario::Scenario open_step(const Options& o) {
  if (o.calls != 1 || !o.dims.empty())
    throw UserError(fmt::format("{} does not apply to '{}' (its parameters follow the name)",
                                o.dims.empty() ? "--calls" : "--dim", printable(o.input, 200)));
  const auto folder = std::filesystem::path(data_root()) / "configs" / "llms";
  const std::string_view text = std::string_view(o.input).substr(o.input.find(':') + 1);
  auto s = starts_with(o.input, "llm:") ? language::compose(language::parse_request(folder, text))
                                        : training::compose(training::parse_request(folder, text));
  s.name = o.input;
  return s;
}

/// Where a file of ours that is no trace belongs.
const scenario::SchemaHints& uses_of_other_files() {
  static const scenario::SchemaHints uses{
      {"ane-device/1", "give it with --device"},
      {"ane-stack/1", "give it with --stack"},
      {"ane-llm/1", "run it as llm:FILE,key=value,..."},
      {"ane-measurements/1", "give it to 'anesim validate'"},
      {"ane-accuracy/1", "give it to 'anesim validate --fail-over'"},
      {"anesim-result/1", "give it to 'anesim compare'"},
      {"ane-placement/1", "the program reads its own; 'anesim check' checks yours"},
      {"ane-residuals/1", "'anesim calibrate --residuals' writes it, 'anesim check' checks it"},
      {"ane-grades/1", "'anesim check' checks it"},
      {"ane-scenarios/1", "'anesim check' checks it"}};
  return uses;
}

}  // namespace

scenario::Scenario open_input(const Options& o) {
  if (is_step(o.input)) return open_step(o);
  const auto dims = dim_bindings(o);
  const bool piped = o.input == "-";
  if ((piped && !is_graph(o.standard_input)) || has_extension(o.input, ".yaml") ||
      has_extension(o.input, ".yml")) {
    require_readable(o.input);
    const auto root = piped ? config::parse_yaml(o.standard_input, standard_input_name)
                            : config::read_yaml(o.input);
    scenario::refuse_other_schemas(root, uses_of_other_files());
    if (o.calls != 1)
      throw UserError(
          fmt::format("--calls does not apply to the trace '{}' (expected count: in its "
                      "streams)",
                      printable(o.input, 200)));
    return scenario::read_trace(
        root, [&](const std::string& input, const std::vector<graph::DimBinding>& own) {
          auto all = own;
          all.insert(all.end(), dims.begin(), dims.end());
          return open_graph(input, all, o);
        });
  }
  auto s = scenario::single_call(open_graph(o.input, dims, o));
  const bool by_name = starts_with(o.input, "workload:") || starts_with(o.input, "network:");
  s.name = by_name ? o.input
           : piped ? std::string(standard_input_name)
                   : std::filesystem::path(o.input).filename().string();
  s.streams[0].count = o.calls;
  return s;
}

}  // namespace anesim::cli
