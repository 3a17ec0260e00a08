#include "sim/cli/options.h"

#include <fmt/format.h>

#include <cstdio>

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
    if (used != text.size() - eq - 1 || b.size < 1)
      throw UserError(fmt::format("--dim '{}' is not NAME=N or INPUT[AXIS]=N with N from 1",
                                  printable(text)));
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

void print(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

std::string config_text(const std::vector<ResolvedParameter>& parameters) {
  std::string out;
  for (const auto& p : parameters)
    out += fmt::format("{:34} {:16} {:10} {}  [{}]\n", p.path, p.value, p.evidence, p.source,
                       p.origin);
  return out;
}

}  // namespace anesim::cli
