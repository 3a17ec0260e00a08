#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "models/context.h"
#include "sim/cli/options.h"
#include "sim/cli/rows.h"
#include "sim/core/text.h"
#include "sim/report/text_table.h"

namespace anesim::cli {
namespace {

/// The part of a result that a comparison needs, from a run or from a result file.
struct Side {
  std::string name;
  double us = 0;
  std::optional<double> energy_mj;
  std::map<std::string, double> bound_us;           ///< by bound
  std::vector<std::pair<std::string, double>> ops;  ///< name, us
};

Side from_result(const Result& r) {
  Side s;
  s.name = r.device;
  s.us = r.totals.simulated_us;
  s.energy_mj = r.totals.energy_mj;
  for (const auto& [b, share] : r.totals.share_by_bound) s.bound_us[b] = share * s.us;
  for (const auto& op : r.ops) s.ops.emplace_back(op.name, duration_us(op));
  return s;
}

constexpr const char* expected_result = " (expected what 'anesim run -o json' writes)";

/// Members of a result file; a message names the one that is missing or of another kind.
class ResultFile {
 public:
  explicit ResultFile(const std::string& file) : file_(file) {}

  [[nodiscard]] nlohmann::json read() const {
    const std::string text = read_whole_file(file_);
    try {
      return nlohmann::json::parse(text);
    } catch (const nlohmann::json::out_of_range&) {
      fail("a number in it is too large (expected one below 1e308)");
    } catch (const nlohmann::json::parse_error& e) {
      const std::size_t at = std::min(text.size(), e.byte == 0 ? 0 : e.byte - 1);
      const auto begin = text.begin(), end = begin + static_cast<std::ptrdiff_t>(at);
      const auto line = std::count(begin, end, '\n') + 1;
      const auto before = text.rfind('\n', at == 0 ? 0 : at - 1);
      const auto column = at == 0 || before == std::string::npos ? at + 1 : at - before;
      const bool ended = text.find_first_not_of(" \t\r\n", at) == std::string::npos;
      throw UserError(fmt::format("{}:{}:{}: {}{}", printable(file_, 200), line, column,
                                  ended ? "the JSON ends too early" : "is no JSON",
                                  expected_result));
    }
  }

  [[nodiscard]] const nlohmann::json& member(const nlohmann::json& of, const char* key) const {
    if (!of.is_object()) fail(fmt::format("is a list or a value where '{}' should be", key));
    const auto found = of.find(key);
    if (found == of.end()) fail(fmt::format("key '{}' is missing", key));
    return *found;
  }
  [[nodiscard]] double number(const nlohmann::json& of, const char* key) const {
    const auto& value = member(of, key);
    if (!value.is_number()) fail(fmt::format("'{}' is no number", key));
    return value.get<double>();
  }
  [[noreturn]] void fail(const std::string& what) const {
    throw UserError(
        fmt::format("{}: is not a result{}: {}", printable(file_, 200), expected_result, what));
  }

 private:
  const std::string& file_;
};

Side from_file(const std::string& file) {
  const ResultFile f(file);
  const nlohmann::json j = f.read();
  if (j.is_array()) f.fail("a list of results, this compares two");
  if (f.member(j, "schema") != "anesim-result/1") f.fail("schema is not 'anesim-result/1'");
  Side s;
  s.name = file;
  const auto& totals = f.member(j, "totals");
  s.us = f.number(totals, "simulated_us");
  if (totals.contains("energy_mj") && totals["energy_mj"].is_number())
    s.energy_mj = totals["energy_mj"].get<double>();
  const auto& shares = f.member(totals, "share_by_bound");
  if (!shares.is_object()) f.fail("'share_by_bound' is no map");
  for (const auto& [bound, share] : shares.items()) {
    if (!share.is_number()) f.fail("'share_by_bound' holds what is no number");
    s.bound_us[bound] = share.get<double>() * s.us;
  }
  const auto& ops = f.member(j, "ops");
  if (!ops.is_array()) f.fail("'ops' is no list");
  for (const auto& op : ops) {
    const auto& name = f.member(op, "name");
    if (!name.is_string()) f.fail("'name' of an operation is no text");
    s.ops.emplace_back(name.get<std::string>(),
                       op.contains("busy_us") ? f.number(op, "busy_us")
                                              : f.number(op, "end_us") - f.number(op, "start_us"));
  }
  return s;
}

/// A figure of both sides; `what` names it, "op" rows are the operations in order.
struct Row {
  std::string kind, what, unit;
  double a = 0, b = 0;
};

double value_or_zero(const std::map<std::string, double>& values, const std::string& key) {
  const auto found = values.find(key);
  return found == values.end() ? 0 : found->second;
}

std::vector<Row> total_rows(const Side& a, const Side& b) {
  std::vector<Row> rows{{"total", "time a call", "us", a.us, b.us}};
  // Where the engine rests on one side nothing is known of its energy.
  if (a.energy_mj && b.energy_mj)
    rows.push_back({"total", "energy a call", "mJ", *a.energy_mj, *b.energy_mj});
  std::map<std::string, double> bounds = a.bound_us;
  bounds.insert(b.bound_us.begin(), b.bound_us.end());
  for (const auto& [bound, us] : bounds)
    rows.push_back({"bound", "bound by " + bound, "us", value_or_zero(a.bound_us, bound),
                    value_or_zero(b.bound_us, bound)});
  return rows;
}

/// The largest differences first; nothing where the two sides are different programs.
std::vector<Row> op_rows(const Side& a, const Side& b) {
  std::vector<Row> rows;
  if (a.ops.size() != b.ops.size()) return rows;
  for (std::size_t i = 0; i < a.ops.size(); ++i)
    rows.push_back({"op", a.ops[i].first, "us", a.ops[i].second, b.ops[i].second});
  std::stable_sort(rows.begin(), rows.end(), [](const Row& x, const Row& y) {
    return std::abs(x.b - x.a) > std::abs(y.b - y.a);
  });
  return rows;
}

report::TextTable text_table(const std::string& title, const Side& a, const Side& b,
                             const std::vector<Row>& rows, std::size_t most) {
  using Align = report::TextTable::Align;
  report::TextTable table(
      {{title}, {a.name, Align::right}, {b.name, Align::right}, {"difference", Align::right}});
  for (std::size_t i = 0; i < std::min(most, rows.size()); ++i) {
    const Row& r = rows[i];
    table.add({r.what, fmt::format("{:.2f} {}", r.a, r.unit), fmt::format("{:.2f} {}", r.b, r.unit),
               fmt::format("{:+.2f} {}", r.b - r.a, r.unit)});
  }
  return table;
}

std::string sentence(const Side& a, const Side& b) {
  const bool first = a.us <= b.us;
  const Side& fast = first ? a : b;
  const Side& slow = first ? b : a;
  if (a.us == b.us)
    return fmt::format("{} and {} take the same time", printable(a.name), printable(b.name));
  const auto most =
      std::max_element(slow.bound_us.begin(), slow.bound_us.end(),
                       [](const auto& x, const auto& y) { return x.second < y.second; });
  return fmt::format("{} is {:.2f} times faster than {}{}", printable(fast.name),
                     slow.us / std::max(fast.us, 1e-9), printable(slow.name),
                     most == slow.bound_us.end()
                         ? std::string()
                         : fmt::format(", which is bound by {}", printable(most->first)));
}

void show(const Side& a, const Side& b, const Options& o) {
  const auto totals = total_rows(a, b);
  const auto ops = op_rows(a, b);
  if (machine_readable(o.output)) {
    nlohmann::json rows = nlohmann::json::array();
    for (const auto* list : {&totals, &ops})
      for (const Row& r : *list)
        rows.push_back({{"kind", r.kind},
                        {"what", printable(r.what, 1000)},
                        {"unit", r.unit},
                        {"a", r.a},
                        {"b", r.b},
                        {"difference", r.b - r.a},
                        {"name_a", printable(a.name, 400)},
                        {"name_b", printable(b.name, 400)}});
    if (o.output == "json") {
      print(json_text(
          {{"schema", "anesim-comparison/1"}, {"headline", sentence(a, b)}, {"rows", rows}}));
    } else {
      print(rows_text({"name_a", "name_b", "kind", "what", "unit", "a", "b", "difference"}, rows,
                      o.output));
    }
    return;
  }
  const auto table = text_table("", a, b, totals, totals.size());
  const bool markdown = o.output == "md";
  print(markdown ? table.markdown() : table.plain());
  if (!ops.empty()) {
    const auto slowest = text_table("op", a, b, ops, 10);
    print("\nlargest differences\n" + (markdown ? "\n" + slowest.markdown() : slowest.plain(2)));
  }
  print("\n" + (markdown ? report::markdown_escaped(sentence(a, b), 2000) : sentence(a, b)) + "\n");
}

}  // namespace

int compare_verb(const Options& o, const std::string& other) {
  if (o.devices.size() == 2) {
    if (!other.empty())
      throw UserError("compare takes either two result files or one input and two devices");
    std::vector<Side> sides;
    for (const auto& d : o.devices) {
      const models::FreshContext context;
      const double start =
          std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
              .count();
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
