#include "sim/report/figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>

#include "sim/core/short_time.h"
#include "sim/core/text.h"

namespace anesim::report {
namespace {

using Align = TextTable::Align;

/// Three significant digits, never in exponent form.
std::string three_digits(double value) {
  const double size = std::fabs(value);
  if (size >= 99.95) return fmt::format("{:.0f}", value);
  if (size >= 9.995) return fmt::format("{:.1f}", value);
  return fmt::format("{:.2f}", value);
}

struct Step {
  double scale;
  const char* unit;
};

/// The largest unit that leaves a value of one or more, else the last (smallest).
template <std::size_t N>
std::string scaled(double value, const std::array<Step, N>& steps) {
  for (const Step& step : steps) {
    const bool last = &step == &steps.back();
    // 0.9995 and up is shown as 1.00 of this unit rather than 1000 of the next.
    if (std::fabs(value) >= 0.9995 * step.scale || last) {
      return fmt::format("{} {}", three_digits(value / step.scale), step.unit);
    }
  }
  return {};
}

/// An op may be without energy or time; an empty cell says so.
std::string op_share(const OpResult& op, double total_us) {
  return total_us > 0 ? share_text(duration_us(op) / total_us) : "";
}

std::string join_bytes(const std::map<std::string, std::int64_t>& bytes) {
  std::string out;
  for (const auto& [path, count] : bytes) {
    if (!out.empty()) out += ", ";
    out += fmt::format("{} {}", path, bytes_text(count));
  }
  return out;
}

std::string join_shares(const std::map<std::string, double>& shares) {
  std::string out;
  for (const auto& [name, share] : falling(shares)) {
    if (!out.empty()) out += ", ";
    out += fmt::format("{} {}", name, share_text(share));
  }
  return out;
}

}  // namespace

std::string time_text(double us) {
  if (us == 0) return "0 us";
  return scaled(us, std::array<Step, 4>{{{1e6, "s"}, {1e3, "ms"}, {1, "us"}, {1e-3, "ns"}}});
}

std::string bytes_text(std::int64_t bytes) {
  if (std::llabs(bytes) < 1024) return fmt::format("{} B", bytes);
  constexpr double k = 1024.0;
  return scaled(static_cast<double>(bytes),
                std::array<Step, 4>{
                    {{k * k * k * k, "TiB"}, {k * k * k, "GiB"}, {k * k, "MiB"}, {k, "KiB"}}});
}

std::string count_text(double count) {
  if (std::fabs(count) < 1000) return fmt::format("{:.6g}", count);
  return scaled(
      count, std::array<Step, 5>{{{1e15, "P"}, {1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}}});
}

std::string share_text(double share) { return fmt::format("{:.1f} %", share * 100); }

std::vector<std::pair<std::string, double>> falling(const std::map<std::string, double>& values) {
  std::vector<std::pair<std::string, double>> out(values.begin(), values.end());
  std::stable_sort(out.begin(), out.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  return out;
}

namespace {

/// "98.1 % on the engine", or who does all of it.
std::string where_text(const Totals& t) {
  if (unit_us(t, "engine") <= 0 && off_engine_us(t) > 0) return "all on the " + off_engine_units(t);
  return share_text(t.share_on_engine) + " on the engine";
}

/// "engine 3.61 ms, CPU 2.20 ms"; nothing where the engine does it all.
std::string units_text(const Totals& t) {
  std::string out;
  if (off_engine_us(t) <= 0) return out;
  for (const auto& [unit, label] : {std::pair{"engine", "engine"}, {"cpu", "CPU"}, {"gpu", "GPU"}})
    if (const double us = unit_us(t, unit); us > 0)
      out += fmt::format("{}{} {}", out.empty() ? "" : ", ", label, time_text(us));
  return out;
}

/// "16: language 8 of 6.2 ms on average, camera 8 of 412 us"; only the number for one stream.
std::string calls_text(const Result& r) {
  std::vector<std::string> names;
  std::map<std::string, std::pair<std::int64_t, double>> streams;
  for (const RequestResult& q : r.requests) {
    auto [stream, fresh] = streams.try_emplace(q.stream);
    if (fresh) names.push_back(q.stream);
    ++stream->second.first;
    stream->second.second += q.done_us - q.issued_us;
  }
  std::string text = fmt::format("{}", r.requests.size());
  if (names.size() < 2) return text;
  for (const std::string& name : names) {
    const auto& [count, sum] = streams[name];
    text += fmt::format("{} {} {} of {}", &name == &names[0] ? ":" : ",", printable(name), count,
                        time_text(sum / static_cast<double>(count)));
  }
  return text + " on average";
}

}  // namespace

std::vector<std::pair<std::string, std::string>> totals_text(const Result& r) {
  const Totals& t = r.totals;
  std::vector<std::pair<std::string, std::string>> out;
  const auto add = [&](const char* label, std::string text) {
    if (!text.empty()) out.emplace_back(label, std::move(text));
  };
  add("input", r.input);
  add("device", r.stack.empty() ? r.device : fmt::format("{}, stack {}", r.device, r.stack));
  std::string time = time_text(t.simulated_us);
  if (t.interval_low_us && t.interval_high_us) {
    time += fmt::format(" (90 % interval {})",
                        short_range(*t.interval_low_us, t.simulated_us, *t.interval_high_us));
  }
  add("time", time);
  if (r.step)
    for (auto& [label, text] : step_text(*r.step)) add(label.c_str(), std::move(text));
  if (r.requests.size() > 1 && !r.step) add("calls", calls_text(r));
  if (t.macs > 0) {
    std::string macs = count_text(static_cast<double>(t.macs)) + " MACs";
    if (t.simulated_us > 0) {
      macs +=
          fmt::format(", {}MAC/s", count_text(static_cast<double>(t.macs) / t.simulated_us * 1e6));
    }
    add("work", fmt::format("{}, {}", macs, where_text(t)));
  }
  add("ran on", units_text(t));
  add("bound by", join_shares(t.share_by_bound));
  add("busy", join_shares(t.utilisation));
  add(r.requests.size() > 1 ? "a call" : "traffic", join_bytes(t.bytes));
  if (!t.energy_mj) {
    add("energy", "not modelled: nothing runs on the engine");
  } else {
    std::string text = fmt::format("{:.4g} mJ", *t.energy_mj);
    if (t.energy_low_mj && t.energy_high_mj)
      text +=
          fmt::format(" (90 % interval {:.3g} to {:.3g} mJ)", *t.energy_low_mj, *t.energy_high_mj);
    if (r.step && r.step->units > 0)
      text += fmt::format(", {:.4g} mJ a {}", *t.energy_mj / r.step->units, r.step->unit);
    if (off_engine_us(t) > 0) text += ", of the engine only";
    if (t.memory_energy_mj)
      text += fmt::format("; its DRAM traffic {:.4g} mJ", *t.memory_energy_mj);
    if (t.machine_energy_mj && off_engine_us(t) == 0)
      text += fmt::format("; in a machine like the Mac mini M6 {:.4g} mJ", *t.machine_energy_mj);
    if (t.machine_low_mj && t.machine_high_mj && off_engine_us(t) == 0)
      text += fmt::format(" ({:.3g} to {:.3g})", *t.machine_low_mj, *t.machine_high_mj);
    add("energy", std::move(text));
  }
  add("simulation",
      fmt::format("{} wall time, slowdown {:.3g} (pipeline {:.3g}, process {:.3g}), {} events",
                  time_text(t.wall_us), t.slowdown.simulation, t.slowdown.pipeline,
                  t.slowdown.process, count_text(static_cast<double>(t.events))));
  return out;
}

namespace {

/// "ffn 31.2 ms (45.1 %), projections 12.0 ms (17.3 %), ...": all of at least 0.1 %. Work of the
/// host beside the engine is counted in full, so the parts may be more than the whole.
std::string parts_text(const StepResult& s) {
  std::string out;
  double sum = 0;
  for (const StepPart& p : s.parts) {
    sum += p.us;
    if (s.us <= 0 || p.us < 0.001 * s.us) continue;
    if (!out.empty()) out += ", ";
    out += fmt::format("{} {} ({})", p.name, time_text(p.us), share_text(p.us / s.us));
  }
  if (sum <= 1.005 * s.us) return out;
  return fmt::format("parts that overlap, {} in all: {}", share_text(sum / s.us), out);
}

}  // namespace

std::vector<std::pair<std::string, std::string>> step_text(const StepResult& s) {
  std::vector<std::pair<std::string, std::string>> out;
  if (s.us <= 0 || s.units <= 0) return out;
  out.emplace_back("rate", fmt::format("{:.4g} {}/s, {} a {}", s.units / s.us * 1e6, s.unit,
                                       time_text(s.us / s.units), s.unit));
  out.emplace_back("spent on", parts_text(s));
  if (s.engine_us <= 0) {
    out.emplace_back("engine", "idle");
    return out;
  }
  out.emplace_back("engine", fmt::format("{} of tasks, {} with their calls", time_text(s.engine_us),
                                         time_text(s.engine_call_us)));
  out.emplace_back(
      "engine reads",
      fmt::format("{} a {}", bytes_text(static_cast<std::int64_t>(s.bytes_read / s.units)),
                  s.unit));
  return out;
}

std::vector<std::size_t> slowest_ops(const Result& r, std::size_t count) {
  std::vector<std::size_t> order(r.ops.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return duration_us(r.ops[a]) > duration_us(r.ops[b]);
  });
  if (order.size() > count) order.resize(count);
  return order;
}

TextTable ops_table(const Result& r, std::size_t count) {
  double total_us = 0;
  for (const OpResult& op : r.ops) total_us += duration_us(op);
  TextTable table({{"time", Align::right},
                   {"share", Align::right},
                   {"bound"},
                   {"unit"},
                   {"type", Align::left, 24},
                   {"op", Align::left, 48},
                   {"why", Align::left, 60}});
  for (const std::size_t i : slowest_ops(r, count)) {
    const OpResult& op = r.ops[i];
    table.add({time_text(duration_us(op)), op_share(op, total_us), name(op.bound), op.unit, op.type,
               op.name, op.reason});
  }
  return table;
}

std::string more_ops(const Result& r, std::size_t shown) {
  if (r.ops.size() <= shown) return {};
  double rest_us = 0;
  const std::vector<std::size_t> order = slowest_ops(r, r.ops.size());
  for (std::size_t i = shown; i < order.size(); ++i) rest_us += duration_us(r.ops[order[i]]);
  const std::size_t more = r.ops.size() - shown;
  return fmt::format("+{} more op{}, {}", more, more == 1 ? "" : "s", time_text(rest_us));
}

TextTable statistics_table(const Result& r) {
  TextTable table({{"statistic", Align::left, 60},
                   {"value", Align::right},
                   {"unit"},
                   {"meaning", Align::left, 100}});
  for (const Statistic& s : r.statistics) {
    table.add({s.name, fmt::format("{:.10g}", s.value), s.unit, s.description});
  }
  return table;
}

}  // namespace anesim::report
