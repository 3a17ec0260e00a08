#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "models/compiler/compile.h"
#include "models/engine/descriptor_time.h"
#include "models/host/rules.h"
#include "sim/cli/data_root.h"
#include "sim/cli/input.h"
#include "sim/cli/intervals.h"
#include "sim/cli/options.h"
#include "sim/cli/rows.h"
#include "sim/core/short_time.h"
#include "sim/core/text.h"
#include "sim/report/text_table.h"

namespace anesim::cli {
namespace {

/// Longer reasons are cut where a line of the terminal would be; files and pipes take them whole.
std::size_t widest_reason(const std::string& output) {
  return output == "table" && ::isatty(STDOUT_FILENO) == 1 ? 120 : 4000;
}

/// What the descriptors of one operation add up to.
struct Explained {
  std::int64_t descriptors = 0;
  std::int64_t weight_bytes = 0, read_bytes = 0, write_bytes = 0;
  double seconds = 0;  ///< alone on the machine, the slower engine
  double by_bound[8] = {};
};

std::vector<Explained> explain(const compiler::Program& p, const spec::DeviceSpec& d) {
  std::vector<Explained> out(p.ops.size());
  for (const auto& s : p.segments) {
    for (const auto& w : s.agent) {
      const auto& agent = s.where == compiler::Where::gpu ? d.gpu : d.cpu;
      out[static_cast<std::size_t>(w.op)].seconds +=
          models::agent_time(agent, w.flops, w.bytes).value;
    }
    std::vector<double> slowest(p.ops.size(), 0);
    for (const auto& list : s.engines) {
      std::vector<double> mine(p.ops.size(), 0);
      for (const auto& t : list) {
        auto& e = out[static_cast<std::size_t>(t.op)];
        const auto times = models::descriptor_times(t, d, d.engine.clock);
        const double seconds = models::lone_descriptor_time(t, d, d.engine.clock).value;
        mine[static_cast<std::size_t>(t.op)] += seconds;
        e.by_bound[static_cast<std::size_t>(models::descriptor_bound(t, times))] += seconds;
        ++e.descriptors;
        e.weight_bytes += t.weight_bytes;
        e.read_bytes += t.read_bytes;
        e.write_bytes += t.write_bytes;
      }
      for (std::size_t i = 0; i < mine.size(); ++i) slowest[i] = std::max(slowest[i], mine[i]);
    }
    for (std::size_t i = 0; i < slowest.size(); ++i) out[i].seconds += slowest[i];
  }
  return out;
}

std::string size_text(std::int64_t bytes) {
  if (bytes == 0) return "-";
  if (bytes >= 10'000'000'000) return fmt::format("{:.2f} GB", static_cast<double>(bytes) * 1e-9);
  if (bytes >= 1'000'000) return fmt::format("{:.2f} MB", static_cast<double>(bytes) * 1e-6);
  if (bytes >= 1000) return fmt::format("{:.1f} kB", static_cast<double>(bytes) * 1e-3);
  return fmt::format("{} B", bytes);
}

/// The other units that could execute the operation, with their estimated times.
std::string elsewhere_text(const compiler::ProgramOp& op) {
  std::string text;
  for (const auto& a : op.alternatives)
    text += fmt::format("{}{} {:.3g}", text.empty() ? "" : ", ", name(a.where), a.time.value * 1e6);
  return text;
}

/// Why the operation runs where it does. The reasons of the compiler come first: how the engine
/// executes it, or what keeps it off the engine.
std::string reason_text(const compiler::ProgramOp& op, double seconds, bool segmenter) {
  if (!op.reason.empty() || op.where != compiler::Where::ane) return op.reason;
  if (!segmenter) return "the engine can execute it";
  for (const auto& a : op.alternatives)
    if (a.time.value < seconds)
      return fmt::format("faster on the {}, but its segment pays on the engine", name(a.where));
  return "faster on the engine";
}

nlohmann::json alternatives(const compiler::ProgramOp& op) {
  nlohmann::json list = nlohmann::json::array();
  for (const auto& a : op.alternatives)
    list.push_back({{"unit", name(a.where)}, {"us", a.time.value * 1e6}});
  return list;
}

const char* bound_of(const Explained& e) {
  const auto most = std::max_element(std::begin(e.by_bound), std::end(e.by_bound));
  if (*most <= 0) return "-";
  return name(static_cast<Bound>(most - std::begin(e.by_bound)));
}

nlohmann::json interval_json(double us, double factor) {
  if (factor < 1 || us <= 0) return nullptr;
  return nlohmann::json::array({us / factor, us * factor});
}

std::string interval_text(double us, double factor) {
  if (factor < 1) return "";
  return fmt::format(" (90 %: {})", short_range(us / factor, us, us * factor, 4));
}

/// Sums of the operations, one after the other.
struct UnitSums {
  double engine_us = 0, cpu_us = 0, gpu_us = 0;

  void add(const compiler::ProgramOp& op, double us) {
    (op.unit == "CPU" ? cpu_us : op.unit == "GPU" ? gpu_us : engine_us) += us;
  }
  /// "3.642 ms on the engine (90 %: 3.266-4.06 ms), 1.2 ms on the CPU"; units that rest are left
  /// out.
  [[nodiscard]] std::string text(double factor) const {
    std::string out;
    if (engine_us > 0)
      out = short_time(engine_us, 4) + " on the engine" + interval_text(engine_us, factor);
    for (const auto& [us, unit] : {std::pair{cpu_us, "CPU"}, {gpu_us, "GPU"}})
      if (us > 0)
        out += fmt::format("{}{} on the {}", out.empty() ? "" : ", ", short_time(us, 4), unit);
    return out.empty() ? "no work" : out;
  }
};

}  // namespace

int explain_verb(const Options& o) {
  const auto scenario = open_input(o);
  const auto sets = overrides(o);
  const std::string device_name =
      !o.device_given && scenario.device ? *scenario.device : o.devices[0];
  const auto d = spec::resolve_device(data_root(), device_name, sets);
  const auto stack = spec::resolve_stack(data_root(), o.stack, d, sets);
  compiler::Options options;
  options.engines = o.engines;
  options.units = compute_units(o);
  options.allow_split = stack.engine_split;
  options.segmenter = stack.segmenter;
  options.approximate_unknown = o.approximate_unknown;
  nlohmann::json document;
  document["schema"] = "anesim-explanation/1";
  document["device"] = d.name;
  const auto residuals = shipped_residuals();
  const InputInterval interval = residuals ? interval_of(*residuals, validate::Class::engine, d,
                                                         stack.name, validate::Clock::task)
                                           : InputInterval{};
  nlohmann::json all_rows = nlohmann::json::array();
  const auto chip = spec::through(stack, d);
  for (const auto& program : scenario.programs) {
    const auto p = compiler::compile(program.graph, chip, options);
    const auto explained = explain(p, chip);
    std::int64_t graph_ops = 0, on_engine = 0;
    UnitSums sums;
    report::TextTable table({{"op"},
                             {"type"},
                             {"unit"},
                             {"TDs", report::TextTable::Align::right},
                             {"us", report::TextTable::Align::right},
                             {"elsewhere"},
                             {"bound"},
                             {"level"},
                             {"weights", report::TextTable::Align::right},
                             {"read", report::TextTable::Align::right},
                             {"written", report::TextTable::Align::right},
                             {"why", report::TextTable::Align::left, widest_reason(o.output)}});
    nlohmann::json rows = nlohmann::json::array();
    for (std::size_t i = 0; i < p.ops.size(); ++i) {
      const auto& op = p.ops[i];
      const auto& e = explained[i];
      const bool host = op.unit == "CPU" || op.unit == "GPU";
      graph_ops += op.graph_ops;
      sums.add(op, e.seconds * 1e6);
      if (op.where == compiler::Where::ane) on_engine += op.graph_ops;
      const std::string reason =
          reason_text(op, e.seconds, options.segmenter && !program.graph.kernel);
      std::string why = reason;
      if (op.graph_ops > 1)
        why += fmt::format("{}{} operations in one", why.empty() ? "" : ", ", op.graph_ops);
      table.add({op.name, op.type, op.unit, fmt::format("{}", e.descriptors),
                 fmt::format("{:.2f}", e.seconds * 1e6), elsewhere_text(op),
                 host ? "host" : bound_of(e), op.level, size_text(e.weight_bytes),
                 size_text(e.read_bytes), size_text(e.write_bytes), why});
      rows.push_back({{"name", printable(op.name, 1000)},
                      {"type", op.type},
                      {"unit", op.unit},
                      {"descriptors", e.descriptors},
                      {"us", e.seconds * 1e6},
                      {"segment", name(op.where)},
                      {"alternatives", alternatives(op)},
                      {"bound", host ? "host" : bound_of(e)},
                      {"level", op.level},
                      {"tiles", op.tiles},
                      {"weight_streams", op.weight_passes},
                      {"weight_bytes_stored", op.weight_bytes},
                      {"weight_bytes_moved", e.weight_bytes},
                      {"bytes_read", e.read_bytes},
                      {"bytes_written", e.write_bytes},
                      {"macs", op.macs},
                      {"graph_ops", op.graph_ops},
                      {"reason", reason}});
    }
    if (o.output == "json") {
      document["programs"].push_back(
          {{"name", printable(program.name, 1000)},
           {"graph_ops", graph_ops},
           {"graph_ops_on_engine", on_engine},
           {"descriptors", p.descriptors()},
           {"macs", p.macs},
           {"weight_bytes", p.weight_bytes},
           {"engine_us", sums.engine_us},
           {"interval_us", interval_json(sums.engine_us, interval.factor)},
           {"cpu_us", sums.cpu_us},
           {"gpu_us", sums.gpu_us},
           {"ops", rows}});
      continue;
    }
    if (machine_readable(o.output)) {
      std::size_t k = 0;
      for (auto& row : rows) {
        row["device"] = d.name;
        row["program"] = printable(program.name, 1000);
        // A row is flat: "CPU 21.6 us, GPU 192 us".
        row["elsewhere"] = elsewhere_text(p.ops[k++]);
        row.erase("alternatives");
        all_rows.push_back(std::move(row));
      }
      continue;
    }
    print(o.output == "md" ? table.markdown() : table.plain());
    print(fmt::format(
        "\n{} of {} operations on the engine, {} descriptors in {} segment{}, "
        "{:.4g} GMAC, weights {}\n",
        on_engine, graph_ops, p.descriptors(), p.segments.size(), p.segments.size() == 1 ? "" : "s",
        static_cast<double>(p.macs) * 1e-9, size_text(p.weight_bytes)));
    print(fmt::format("operations one after the other: {}\n", sums.text(interval.factor)));
    if (residuals) {
      std::set<std::string> free;
      for (const auto& op : p.ops)
        if (op.unit == "-") free.insert(op.type);
      const auto note = uncovered_note(*residuals, program.graph, free);
      if (!note.empty()) print(note + "\n");
    }
    for (const auto& note : p.notes) print(note + "\n");
  }
  if (o.output == "json") {
    print(json_text(document));
  } else if (machine_readable(o.output)) {
    print(rows_text({"device",
                     "program",
                     "name",
                     "type",
                     "unit",
                     "segment",
                     "descriptors",
                     "us",
                     "elsewhere",
                     "bound",
                     "level",
                     "tiles",
                     "weight_streams",
                     "weight_bytes_stored",
                     "weight_bytes_moved",
                     "bytes_read",
                     "bytes_written",
                     "macs",
                     "graph_ops",
                     "reason"},
                    all_rows, o.output));
  }
  return done;
}

}  // namespace anesim::cli
