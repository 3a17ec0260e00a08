#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <sstream>

#include "models/context.h"
#include "models/machine.h"
#include "sim/cli/data_root.h"
#include "sim/cli/input.h"
#include "sim/cli/options.h"
#include "sim/config/quantity.h"
#include "sim/core/text.h"
#include "sim/report/report.h"
#include "sim/timeline/chrome_trace.h"

namespace anesim::cli {
namespace {

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
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

std::string render(const Result& r, const Options& o) {
  if (o.output == "json") return report::json(r);
  if (o.output == "jsonl") return report::jsonl(r);
  if (o.output == "csv") return report::csv(r);
  if (o.output == "md") return report::markdown(r);
  report::TableOptions t;
  t.statistics = o.statistics;
  return report::table(r, t);
}

/// "measured 1.7 ms, predicted 1.62 ms: -4.7 %".
std::string measured_note(const Result& r, const std::string& measured) {
  const double us = config::parse_quantity(measured, config::Dimension::time) * 1e6;
  if (us <= 0) throw UserError("--measured must be above zero");
  return fmt::format("measured {}, predicted {:.4g} us: error {:+.1f} %", printable(measured),
                     r.totals.simulated_us, (r.totals.simulated_us / us - 1) * 100);
}

}  // namespace

Result simulate(const Options& o, const std::string& device_name, double start) {
  Options mine = o;
  auto scenario = open_input(mine);
  const std::string name =
      !o.device_given && scenario.device ? *scenario.device : device_name;
  const auto sets = overrides(o);
  const auto device = spec::resolve_device(data_root(), name, sets);
  std::vector<spec::StackSpec> stacks;
  for (const auto& s : scenario.streams)
    stacks.push_back(spec::resolve_stack(data_root(), s.stack.empty() ? o.stack : s.stack, device,
                                         sets));
  models::ReplayOptions options;
  options.compiler.engines = o.engines;
  options.compiler.units = compute_units(o);
  options.compiler.allow_split = stacks[0].engine_split;
  options.compiler.approximate_unknown = o.approximate_unknown;
  options.timeline = !o.timeline.empty() || !o.report.empty();
  options.parse_wall_s = now_s() - start;
  Result r = models::replay(scenario, device, stacks, options);
  r.version = ANESIM_VERSION;
  if (!o.measured.empty()) r.notes.push_back(measured_note(r, o.measured));
  if (r.totals.simulated_us > 0) {
    double simulated = 0;
    for (const auto& q : r.requests) simulated = std::max(simulated, q.done_us);
    r.totals.slowdown.pipeline = (now_s() - start) * 1e6 / simulated;
    r.totals.slowdown.process = process_seconds() * 1e6 / simulated;
  }
  return r;
}

int run_verb(const Options& o) {
  const double start = now_s();
  if (o.print_config) {
    const auto sets = overrides(o);
    for (const auto& name : o.devices) {
      const auto d = spec::resolve_device(data_root(), name, sets);
      print(config_text(d.parameters));
      auto stack = spec::resolve_stack(data_root(), o.stack, d, sets).parameters;
      for (auto& p : stack) p.path = "stack." + p.path;
      print(config_text(stack));
    }
    if (o.input.empty()) return done;
  }
  std::vector<Result> results;
  if (o.devices.size() == 1) {
    results.push_back(simulate(o, o.devices[0], start));
  } else {
    if (!o.timeline.empty() || !o.report.empty())
      throw UserError("--timeline and --report take one device");
    for (const auto& name : o.devices) {
      const models::FreshContext context;
      results.push_back(simulate(o, name, now_s()));
    }
  }
  if (!o.timeline.empty()) write_whole_file(o.timeline, timeline::chrome_trace(results[0]));
  if (!o.report.empty()) write_whole_file(o.report, report::html(results[0]));
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (i > 0 && o.output == "table") print("\n");
    print(render(results[i], o));
  }
  if (results.size() > 1 && o.output == "table") {
    const Result* fast = &results[0];
    const Result* slow = &results[0];
    for (const auto& r : results) {
      if (r.totals.simulated_us < fast->totals.simulated_us) fast = &r;
      if (r.totals.simulated_us > slow->totals.simulated_us) slow = &r;
    }
    print(fmt::format("\n{} is {:.2f} times faster than {}\n", fast->device,
                      slow->totals.simulated_us / fast->totals.simulated_us, slow->device));
  }
  return done;
}

}  // namespace anesim::cli
