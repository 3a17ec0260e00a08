#include "sim/cli/options.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "sim/cli/data_root.h"
#include "sim/core/text.h"

namespace anesim::cli {

std::vector<spec::Override> overrides(const Options& o) {
  std::vector<spec::Override> out;
  for (const auto& item : o.set) {
    // Several settings may stand in one option, separated by commas.
    std::size_t start = 0;
    while (start <= item.size()) {
      const auto comma = item.find(',', start);
      const auto end = comma == std::string::npos ? item.size() : comma;
      out.push_back(spec::parse_override(item.substr(start, end - start)));
      if (comma == std::string::npos) break;
      start = comma + 1;
    }
  }
  return out;
}

std::vector<graph::DimBinding> dim_bindings(const Options& o) {
  std::vector<graph::DimBinding> out;
  for (const auto& text : o.dims) {
    const auto eq = text.rfind('=');
    graph::DimBinding b;
    std::size_t used = 0;
    try {
      if (eq == std::string::npos || eq == 0) throw std::invalid_argument(text);
      b.what = text.substr(0, eq);
      b.size = std::stoll(text.substr(eq + 1), &used);
    } catch (const std::exception&) {
      used = std::string::npos;
    }
    if (used == text.size() - eq - 1 && b.size == 0)
      throw UserError(
          fmt::format("--dim '{}': tensors without elements are not supported (expected a size "
                      "from 1; 1 stands well for an empty cache)",
                      printable(text)));
    if (used != text.size() - eq - 1 || b.size < 1)
      throw UserError(
          fmt::format("--dim '{}' is not NAME=N or INPUT[AXIS]=N with N from 1", printable(text)));
    for (const auto& other : out)
      if (other.what == b.what)
        throw UserError(fmt::format("--dim '{}' is given twice: {} and {} (expected one size)",
                                    printable(b.what), other.size, b.size));
    out.push_back(b);
  }
  return out;
}

compiler::ComputeUnits compute_units(const Options& o) {
  using compiler::ComputeUnits;
  if (o.compute_units == "all") return ComputeUnits::all;
  if (o.compute_units == "cpu_and_ne") return ComputeUnits::cpu_and_ne;
  if (o.compute_units == "cpu_and_gpu") return ComputeUnits::cpu_and_gpu;
  if (o.compute_units == "cpu_only") return ComputeUnits::cpu_only;
  throw UserError(fmt::format(
      "--compute-units '{}' is not a choice (expected all, cpu_and_ne, cpu_and_gpu or cpu_only)",
      printable(o.compute_units)));
}

namespace {

namespace fs = std::filesystem;

/// A file that does not exist yet is the same as another if folder and name are.
bool same_file(const std::string& a, const std::string& b) {
  std::error_code error;
  if (fs::equivalent(a, b, error)) return true;
  const fs::path x = fs::weakly_canonical(fs::absolute(a, error), error);
  const fs::path y = fs::weakly_canonical(fs::absolute(b, error), error);
  return !x.empty() && x == y;
}

/// Files that come with the program and that a verb reads; `residuals.yaml` is made anew by
/// calibrate, which does not read it.
bool is_data(const fs::path& path, const std::string& option) {
  std::error_code error;
  const fs::path root = fs::weakly_canonical(data_root(), error);
  const fs::path file = fs::weakly_canonical(fs::absolute(path, error), error);
  if (error || file.extension() != ".yaml" || !fs::exists(file, error)) return false;
  if (file == root / "validate" / "residuals.yaml") return option != "--residuals";
  for (const char* name : {"accuracy.yaml", "grades.yaml"})
    if (file == root / "validate" / name) return true;
  for (const fs::path folder : {"configs", "validate/measurements", "validate/scenarios"}) {
    const auto within = file.lexically_relative(root / folder);
    if (!within.empty() && *within.begin() != "..") return true;
  }
  return false;
}

}  // namespace

void require_output(const char* option, const std::string& path,
                    const std::vector<std::string>& inputs) {
  if (path == "-") return;
  for (const auto& input : inputs)
    if (input != "-" && same_file(path, input))
      throw UserError(fmt::format("{} '{}' would overwrite its input (expected another file)",
                                  option, printable(path, 200)));
  if (is_data(path, option))
    throw UserError(
        fmt::format("{} '{}' would overwrite a file that comes with the program "
                    "(expected another file)",
                    option, printable(path, 200)));
  std::error_code error;
  if (fs::is_directory(path, error))
    throw UserError(
        fmt::format("{} '{}': is a folder (expected a file)", option, printable(path, 200)));
  if (fs::exists(path, error) && !fs::is_regular_file(path, error)) return;
  const fs::path named = fs::path(path).parent_path();
  const fs::path folder = named.empty() ? fs::path(".") : named;
  if (::access(folder.c_str(), W_OK | X_OK) != 0)
    throw UserError(fmt::format("{} '{}': cannot write into folder '{}': {}", option,
                                printable(path, 200), printable(folder.string(), 200),
                                strerror(errno)));
}

void require_outputs(const Options& o, const std::vector<std::string>& inputs) {
  if (!o.timeline.empty()) require_output("--timeline", o.timeline, inputs);
  if (!o.report.empty()) require_output("--report", o.report, inputs);
  if (!o.timeline.empty() && !o.report.empty() && same_file(o.timeline, o.report))
    throw UserError(fmt::format("--timeline and --report are both '{}' (expected two files)",
                                printable(o.report, 200)));
}

validate::JudgeOptions judge_options() {
  return {.repeats = {}, .grades = validate::read_grades(data_root() + "/validate/grades.yaml")};
}

void print(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

std::string config_text(const std::vector<ResolvedParameter>& parameters) {
  std::string out;
  for (const auto& p : parameters)
    out += fmt::format("{:34} {:16} {:10} {}{}{}  [{}]\n", p.path, p.value, p.evidence, p.source,
                       p.range.empty() ? "" : "; range " + p.range,
                       p.follows.empty() ? "" : "; follows " + p.follows, p.origin);
  return out;
}

}  // namespace anesim::cli
