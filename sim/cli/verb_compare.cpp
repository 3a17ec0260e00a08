#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>

#include "models/context.h"
#include "sim/cli/options.h"
#include "sim/core/text.h"
#include "sim/report/text_table.h"

namespace anesim::cli {
namespace {

/// The part of a result that a comparison needs, from a run or from a result file.
struct Side {
  std::string name;
  double us = 0;
  double energy_mj = 0;
  std::map<std::string, double> bound_us;                       ///< by bound
  std::vector<std::pair<std::string, double>> ops;              ///< name, us
};

Side from_result(const Result& r) {
  Side s;
  s.name = r.device;
  s.us = r.totals.simulated_us;
  s.energy_mj = r.totals.energy_mj.value_or(0);
  for (const auto& [b, share] : r.totals.share_by_bound) s.bound_us[b] = share * s.us;
  for (const auto& op : r.ops) s.ops.emplace_back(op.name, op.end_us - op.start_us);
  return s;
}

Side from_file(const std::string& file) {
  Side s;
  s.name = file;
  nlohmann::json j;
  try {
    j = nlohmann::json::parse(read_whole_file(file));
    if (j.at("schema") != "anesim-result/1") throw UserError(file + ": schema is not anesim-result/1");
    s.us = j.at("totals").at("simulated_us").get<double>();
    if (j["totals"].contains("energy_mj") && j["totals"]["energy_mj"].is_number())
      s.energy_mj = j["totals"]["energy_mj"].get<double>();
    for (const auto& [b, share] : j["totals"].at("share_by_bound").items())
      s.bound_us[b] = share.get<double>() * s.us;
    for (const auto& op : j.at("ops"))
      s.ops.emplace_back(op.at("name").get<std::string>(),
                         op.at("end_us").get<double>() - op.at("start_us").get<double>());
  } catch (const nlohmann::json::exception& e) {
    throw UserError(fmt::format("{}: not a result file ({})", printable(file), e.what()));
  }
  return s;
}

void show(const Side& a, const Side& b, const Options& o) {
  using Align = report::TextTable::Align;
  report::TextTable table({{""}, {a.name, Align::right}, {b.name, Align::right},
                           {"difference", Align::right}});
  auto row = [&](const std::string& label, double x, double y, const char* unit) {
    table.add({label, fmt::format("{:.2f} {}", x, unit), fmt::format("{:.2f} {}", y, unit),
               fmt::format("{:+.2f} {}", y - x, unit)});
  };
  row("time a call", a.us, b.us, "us");
  row("energy a call", a.energy_mj, b.energy_mj, "mJ");
  std::map<std::string, double> bounds = a.bound_us;
  for (const auto& [k, v] : b.bound_us) bounds.emplace(k, 0);
  for (const auto& [k, v] : bounds) {
    const double x = a.bound_us.count(k) ? a.bound_us.at(k) : 0;
    const double y = b.bound_us.count(k) ? b.bound_us.at(k) : 0;
    row("bound by " + k, x, y, "us");
  }
  print(o.output == "md" ? table.markdown() : table.plain());
  if (a.ops.size() == b.ops.size()) {
    std::vector<std::size_t> order(a.ops.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    auto gap = [&](std::size_t i) { return std::abs(b.ops[i].second - a.ops[i].second); };
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t x, std::size_t y) { return gap(x) > gap(y); });
    report::TextTable ops({{"op"}, {a.name, Align::right}, {b.name, Align::right},
                           {"difference", Align::right}});
    for (std::size_t k = 0; k < std::min<std::size_t>(10, order.size()); ++k) {
      const auto i = order[k];
      ops.add({a.ops[i].first, fmt::format("{:.2f} us", a.ops[i].second),
               fmt::format("{:.2f} us", b.ops[i].second),
               fmt::format("{:+.2f} us", b.ops[i].second - a.ops[i].second)});
    }
    print("\nlargest differences\n" + (o.output == "md" ? ops.markdown() : ops.plain(2)));
  }
  const bool first = a.us <= b.us;
  const Side& fast = first ? a : b;
  const Side& slow = first ? b : a;
  std::string bound;
  double most = -1;
  for (const auto& [k, v] : slow.bound_us)
    if (v > most) {
      most = v;
      bound = k;
    }
  print(fmt::format("\n{} is {:.2f} times faster than {}, which is bound by {}\n",
                    printable(fast.name), slow.us / std::max(fast.us, 1e-9), printable(slow.name),
                    bound));
}

}  // namespace

int compare_verb(const Options& o, const std::string& other) {
  if (o.devices.size() == 2) {
    if (!other.empty()) throw UserError("compare takes either two result files or one input and two devices");
    std::vector<Side> sides;
    for (const auto& d : o.devices) {
      const models::FreshContext context;
      const double start = std::chrono::duration<double>(
          std::chrono::steady_clock::now().time_since_epoch()).count();
      sides.push_back(from_result(simulate(o, d, start)));
    }
    show(sides[0], sides[1], o);
    return done;
  }
  if (other.empty())
    throw UserError("compare needs two result files, or one input and --device A,B");
  show(from_file(o.input), from_file(other), o);
  return done;
}

}  // namespace anesim::cli
