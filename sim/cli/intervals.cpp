#include "sim/cli/intervals.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include "sim/cli/data_root.h"
#include "sim/core/text.h"
#include "traces/graph/work.h"

namespace anesim::cli {
namespace {

using validate::Class;

/// Synthetic programs have fewer kinds of operation than this, networks more.
constexpr std::size_t kinds_of_a_network = 8;
/// Log width of a class that nobody measured, relative to that of single calls.
constexpr double unmeasured_widening = 1.5;

bool stored_format(const graph::Graph& g) {
  for (const auto& op : g.ops) {
    if (op.type == "quantize") return true;
    for (const auto& a : op.arguments)
      for (const auto id : a.tensors) {
        const auto& t = g.at(id);
        if (!graph::is_weight(t)) continue;
        if (t.storage.encoding != graph::Encoding::dense || graph::bit_width(t.storage.stored) < 16)
          return true;
      }
  }
  return false;
}

}  // namespace

std::optional<validate::Residuals> shipped_residuals() {
  const std::string path = data_root() + "/validate/residuals.yaml";
  std::error_code none;
  if (!std::filesystem::exists(path, none)) return std::nullopt;
  return validate::load_residuals(path);
}

Class class_of(const scenario::Scenario& s, const std::string& input) {
  if (input.starts_with("llm:")) return Class::language;
  if (input.starts_with("training:")) return Class::training;
  if (s.step) return s.step->unit == "token" ? Class::language : Class::training;
  const auto busy = [](const scenario::Stream& stream) { return stream.depth > 1; };
  if (s.streams.size() > 1 || std::any_of(s.streams.begin(), s.streams.end(), busy))
    return Class::queue;
  if (input.starts_with("network:")) return Class::network;
  std::set<std::string_view> kinds;
  for (const auto& p : s.programs)
    for (const auto& op : p.graph.ops) kinds.insert(op.type);
  if (kinds.size() >= kinds_of_a_network) return Class::network;
  const auto any = [&](auto holds) {
    return std::ranges::any_of(s.programs, [&](const auto& p) { return holds(p.graph); });
  };
  if (any(stored_format)) return Class::formats;
  const bool macs = any([](const graph::Graph& g) {
    return std::ranges::any_of(g.ops,
                               [&](const graph::Op& op) { return graph::work_of(g, op).macs > 0; });
  });
  return macs ? Class::call : Class::movement;
}

InputInterval interval_of(const validate::Residuals& r, Class scored_as,
                          const spec::DeviceSpec& device, const std::string& stack,
                          validate::Clock clock) {
  validate::Conditioned at{scored_as, device.chip, device.generation, stack, clock, ""};
  if (const auto factor = validate::interval_factor(r, at)) return {*factor, ""};
  at.scored_as = Class::call;
  const auto factor = validate::interval_factor(r, at);
  if (!factor) return {};
  return {
      std::pow(*factor, unmeasured_widening),
      fmt::format("the interval is that of single calls, widened: no prediction of class {} was "
                  "held against measurements",
                  validate::name(scored_as))};
}

std::string uncovered_note(const validate::Residuals& r, const graph::Graph& g,
                           const std::set<std::string>& free) {
  std::set<std::string_view> kinds;
  for (const auto& op : g.ops) kinds.insert(op.type);
  std::set<std::string> missing;
  for (const auto kind : kinds) {
    const std::string type(kind);
    if (!free.contains(type) &&
        !std::binary_search(r.covered_ops.begin(), r.covered_ops.end(), type))
      missing.insert(printable(type));
  }
  if (missing.empty()) return "";
  return fmt::format("no measurement covers: {}", fmt::join(missing, ", "));
}

}  // namespace anesim::cli
