#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>

#include "models/context.h"
#include "models/host/rules.h"
#include "models/machine.h"
#include "sim/cli/data_root.h"
#include "sim/cli/input.h"
#include "sim/cli/interrupt.h"
#include "sim/cli/intervals.h"
#include "sim/cli/options.h"
#include "sim/cli/progress.h"
#include "sim/cli/rows.h"
#include "sim/config/quantity.h"
#include "sim/core/short_time.h"
#include "sim/core/text.h"
#include "sim/report/report.h"
#include "sim/report/text_table.h"
#include "sim/timeline/chrome_trace.h"

namespace anesim::cli {
namespace {

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Since the process started, as the system counts it.
double process_seconds() {
  std::ifstream stat("/proc/self/stat"), uptime("/proc/uptime");
  std::string text((std::istreambuf_iterator<char>(stat)), std::istreambuf_iterator<char>());
  const auto close = text.rfind(')');
  if (close == std::string::npos) return 0;
  std::istringstream fields(text.substr(close + 1));
  std::string skipped;
  for (int i = 0; i < 19; ++i) fields >> skipped;
  double started = 0, up = 0;
  fields >> started;
  uptime >> up;
  return std::max(0.0, up - started / static_cast<double>(sysconf(_SC_CLK_TCK)));
}

/// Files that the run reads: outputs must not replace them.
std::vector<std::string> input_files(
    const Options& o, const scenario::Scenario& s,
    const std::vector<const std::vector<ResolvedParameter>*>& lists) {
  std::vector<std::string> files{o.input, o.input + "/model.mil"};
  for (const auto& p : s.programs) files.push_back(p.graph.file);
  for (const auto* parameters : lists)
    for (const auto& p : *parameters) {
      const auto end = p.origin.find_last_not_of(":0123456789");  // without line and column
      const std::string file = p.origin.substr(0, end + 1);
      if (file != files.back()) files.push_back(file);
    }
  return files;
}

std::string render(const Result& r, const Options& o) {
  if (o.output == "json") return report::json(r);
  if (o.output == "jsonl") return report::jsonl(r);
  if (o.output == "csv") return report::csv(r);
  if (o.output == "md") return report::markdown(r);
  report::TableOptions t;
  t.statistics = o.statistics;
  return report::table(r, t);
}

double measured_us(const std::string& measured) {
  try {
    const double us = config::parse_quantity(measured, config::Dimension::time) * 1e6;
    if (us > 0) return us;
  } catch (const UserError& e) {
    throw UserError(fmt::format("--measured: {}", e.what()));
  }
  throw UserError(fmt::format("--measured: '{}' is not above zero", printable(measured)));
}

/// "measured 1.7 ms, predicted 1.62 ms: -4.7 %".
std::string measured_note(const Result& r, const std::string& measured) {
  const double us = measured_us(measured);
  return fmt::format("measured {}, predicted {}: error {:+.1f} %", printable(measured),
                     short_time(r.totals.simulated_us, 4), (r.totals.simulated_us / us - 1) * 100);
}

/// Energies miss by other factors than times: those of the class power.
void add_energy_interval(Result& r, const validate::Residuals& residuals,
                         const spec::DeviceSpec& device, const std::string& stack) {
  if (!r.totals.energy_mj || *r.totals.energy_mj <= 0) return;
  const auto interval =
      interval_of(residuals, validate::Class::power, device, stack, validate::Clock::call);
  if (interval.factor < 1) return;
  r.totals.energy_low_mj = *r.totals.energy_mj / interval.factor;
  r.totals.energy_high_mj = *r.totals.energy_mj * interval.factor;
  if (!r.totals.machine_energy_mj) return;
  r.totals.machine_low_mj = *r.totals.machine_energy_mj / interval.factor;
  r.totals.machine_high_mj = *r.totals.machine_energy_mj * interval.factor;
}

/// Operations without work need no measurement.
void add_uncovered(Result& r, const validate::Residuals& residuals,
                   const scenario::Scenario& scenario) {
  std::set<std::string> free;
  for (const auto& op : r.ops)
    if (op.unit == "-") free.insert(op.type);
  for (const auto& program : scenario.programs) {
    const std::string note = uncovered_note(residuals, program.graph, free);
    if (note.empty() || std::find(r.notes.begin(), r.notes.end(), note) != r.notes.end()) continue;
    r.notes.push_back(note);
  }
}

/// "the step leaves out optimiser and recompilation of 60 programs, 4.2 s (update=recompile), or
/// ..."; nothing where nothing is left out.
std::string left_out_note(const scenario::Scenario& s, const spec::DeviceSpec& device,
                          const spec::StackSpec& stack) {
  std::string text;
  for (const auto& l : s.left_out) {
    double us = 0;
    for (const auto& stream : l.streams)
      us += models::host_time(*stream.host, device.cpu, stack).value * 1e6 *
            static_cast<double>(stream.count);
    text += fmt::format("{}{}, {} ({})", text.empty() ? "the step leaves out " : ", or ", l.what,
                        short_time(us, 3), l.parameter);
  }
  return text;
}

}  // namespace

Result simulate(const Options& o, const std::string& device_name, double start) {
  Options mine = o;
  auto scenario = open_input(mine);
  const std::string name = !o.device_given && scenario.device ? *scenario.device : device_name;
  const auto sets = overrides(o);
  const auto device = spec::resolve_device(data_root(), name, sets);
  std::vector<spec::StackSpec> stacks;
  // A step has hundreds of streams on one stack; the first stack's parameters are reported.
  std::map<std::string, spec::StackSpec> read;
  std::vector<std::vector<ResolvedParameter>> of_stacks;
  for (const auto& s : scenario.streams) {
    const std::string& stack = s.stack.empty() ? o.stack : s.stack;
    try {
      const auto found = read.find(stack);
      if (found != read.end()) {
        stacks.push_back(found->second);
        continue;
      }
      stacks.push_back(spec::resolve_stack(data_root(), stack, device, sets));
      spec::StackSpec again = stacks.back();
      of_stacks.push_back(std::move(again.parameters));
      again.parameters.clear();
      read.emplace(stack, std::move(again));
    } catch (const UserError& e) {
      if (s.stack.empty()) throw;
      throw UserError(
          fmt::format("{}: stream '{}': {}", printable(o.input, 200), printable(s.name), e.what()));
    }
  }
  std::vector<const std::vector<ResolvedParameter>*> parameters{&device.parameters};
  for (const auto& p : of_stacks) parameters.push_back(&p);
  require_outputs(o, input_files(o, scenario, parameters));
  models::ReplayOptions options;
  options.compiler.engines = o.engines;
  options.compiler.units = compute_units(o);
  options.compiler.allow_split = stacks[0].engine_split;
  options.compiler.segmenter = stacks[0].segmenter;
  options.compiler.approximate_unknown = o.approximate_unknown;
  options.timeline = !o.timeline.empty() || !o.report.empty();
  const auto residuals = shipped_residuals();
  InputInterval interval;
  if (residuals)
    interval = interval_of(*residuals, class_of(scenario, o.input), device, stacks[0].name,
                           validate::Clock::call);
  options.interval_factor = interval.factor;
  // A step's parts belong together: it is replayed whole or not at all.
  const bool keeps = o.keep_finished && !scenario.step;
  NotedInterrupt note;
  ReplayProgressLine line(!o.quiet);
  options.go_on = [&](const models::ReplayProgress& p) {
    line.show(p);
    if (keeps && p.returned > 0) note.arm();
    return !interrupt_noted();
  };
  options.parse_wall_s = now_s() - start;
  Result r = models::replay(scenario, device, stacks, options);
  r.version = ANESIM_VERSION;
  r.notes.insert(r.notes.end(), scenario.notes.begin(), scenario.notes.end());
  const std::string left_out = left_out_note(scenario, device, stacks[0]);
  if (!left_out.empty()) r.notes.push_back(left_out);
  if (!interval.note.empty()) r.notes.push_back(interval.note);
  if (residuals) {
    add_energy_interval(r, *residuals, device, stacks[0].name);
    add_uncovered(r, *residuals, scenario);
  }
  if (!o.measured.empty()) r.notes.push_back(measured_note(r, o.measured));
  if (r.totals.simulated_us > 0) {
    double simulated = 0;
    for (const auto& q : r.requests) simulated = std::max(simulated, q.done_us);
    r.totals.slowdown.pipeline = (now_s() - start) * 1e6 / simulated;
    r.totals.slowdown.process = process_seconds() * 1e6 / simulated;
  }
  return r;
}

namespace {

void print_config(const Options& o) {
  const auto sets = overrides(o);
  nlohmann::json rows = nlohmann::json::array();
  for (const auto& name : o.devices) {
    const auto d = spec::resolve_device(data_root(), name, sets);
    auto all = d.parameters;
    for (auto p : spec::resolve_stack(data_root(), o.stack, d, sets).parameters) {
      p.path = "stack." + p.path;
      all.push_back(p);
    }
    if (o.output == "table") print(config_text(all));
    for (const auto& p : all)
      rows.push_back({{"device", d.name},
                      {"path", p.path},
                      {"value", p.value},
                      {"evidence", p.evidence},
                      {"origin", p.origin},
                      {"source", p.source}});
  }
  const std::vector<std::string> keys{"device", "path", "value", "evidence", "source", "origin"};
  if (machine_readable(o.output)) print(rows_text(keys, rows, o.output));
  if (o.output == "md") {
    std::vector<report::TextTable::Column> columns;
    for (const auto& key : keys) columns.push_back({key, report::TextTable::Align::left, 200});
    report::TextTable table(columns);
    for (const auto& row : rows) {
      std::vector<std::string> cells;
      for (const auto& key : keys) cells.push_back(row[key]);
      table.add(cells);
    }
    print(table.markdown() + "\n");
  }
}

/// Several results as one document of the form: an array (also of one, where more devices were
/// asked for), lines, or rows below one header.
std::string render_all(const std::vector<Result>& results, const Options& o) {
  std::string out;
  for (std::size_t i = 0; i < results.size(); ++i) {
    std::string text = render(results[i], o);
    if (o.output == "json" && o.devices.size() > 1) {
      while (text.ends_with('\n')) text.pop_back();
      out += (i == 0 ? "[\n" : ",\n") + text;
      continue;
    }
    if (i > 0 && (o.output == "table" || o.output == "md")) out += "\n";
    if (i > 0 && o.output == "csv" && out.starts_with(text.substr(0, text.find('\n') + 1)))
      text.erase(0, text.find('\n') + 1);
    out += text;
  }
  if (o.output == "json" && o.devices.size() > 1) out += "\n]\n";
  return out;
}

std::string fastest_sentence(const std::vector<Result>& results) {
  const auto [fast, slow] =
      std::minmax_element(results.begin(), results.end(), [](const Result& a, const Result& b) {
        return a.totals.simulated_us < b.totals.simulated_us;
      });
  return fmt::format("{} is {:.2f} times faster than {}", fast->device,
                     slow->totals.simulated_us / fast->totals.simulated_us, slow->device);
}

std::string interrupted_text(std::size_t finished, std::size_t devices) {
  return devices == 1 ? std::string("interrupted: the calls that had returned are kept\n")
                      : fmt::format("interrupted: {} of {} devices are kept\n", finished, devices);
}

/// What is kept says that it is not all.
void mark_interrupted(std::vector<Result>& results, std::size_t devices) {
  for (Result& r : results) {
    if (devices > 1 && r.complete)
      r.notes.push_back(fmt::format("interrupted: {} of {} devices are kept; of this one all calls",
                                    results.size(), devices));
    r.complete = false;
  }
}

/// For Ctrl-C before the next device is done.
void keep_results(std::vector<Result> results, const Options& o, bool printed) {
  const std::string message = interrupted_text(results.size(), o.devices.size());
  if (printed) return keep("", message);
  mark_interrupted(results, o.devices.size());
  keep(render_all(results, o), message);
}

}  // namespace

int run_verb(const Options& o) {
  const double start = now_s();
  if (o.print_config) {
    if (!o.input.empty() && machine_readable(o.output))
      throw UserError(
          fmt::format("--print-config and an input cannot share -o {} (leave one out; "
                      "'-o json' of a run holds its parameters)",
                      o.output));
    print_config(o);
    if (o.input.empty()) return done;
  }
  if (o.devices.size() > 1 && (!o.timeline.empty() || !o.report.empty()))
    throw UserError("--timeline and --report take one device");
  if (!o.measured.empty()) (void)measured_us(o.measured);
  require_outputs(o, {o.input});  // before the work, and once more with all inputs known
  Options mine = o;
  mine.keep_finished = true;
  // Rows and lines leave as soon as a device is done; a document waits for its end.
  const bool at_once = o.output == "jsonl";
  std::vector<Result> results;
  for (const auto& name : o.devices) {
    const models::FreshContext context;
    results.push_back(simulate(mine, name, o.devices.size() == 1 ? start : now_s()));
    if (interrupt_noted()) break;
    if (o.devices.size() == 1) continue;
    if (at_once) {
      print(render(results.back(), o));
      std::fflush(stdout);
    }
    keep_results(results, o, at_once);
  }
  keep("", "");
  if (interrupt_noted()) {
    mark_interrupted(results, o.devices.size());
    fmt::print(stderr, "{}", interrupted_text(results.size(), o.devices.size()));
  }
  if (!o.timeline.empty()) write_whole_file(o.timeline, timeline::chrome_trace(results[0]));
  if (!o.report.empty()) write_whole_file(o.report, report::html(results[0]));
  const int code = interrupt_noted() ? interrupted : done;
  if (o.timeline == "-" || o.report == "-") return code;  // standard output is taken
  if (at_once && o.devices.size() > 1) {
    if (interrupt_noted()) print(render(results.back(), o));
    return code;
  }
  print(render_all(results, o));
  if (interrupt_noted()) return code;
  if (results.size() > 1 && o.output == "table") print("\n" + fastest_sentence(results) + "\n");
  if (results.size() > 1 && o.output == "md")
    print("\n" + report::markdown_escaped(fastest_sentence(results)) + "\n");
  return done;
}

}  // namespace anesim::cli
