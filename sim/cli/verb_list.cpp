#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "models/compiler/lower.h"
#include "models/spec/own_values.h"
#include "sim/cli/data_root.h"
#include "sim/cli/options.h"
#include "sim/cli/rows.h"
#include "sim/core/text.h"
#include "sim/report/text_table.h"
#include "traces/language/language.h"
#include "traces/language/model.h"
#include "traces/networks/networks.h"
#include "traces/training/training.h"
#include "traces/workloads/workloads.h"

namespace anesim::cli {
namespace {

using Rows = std::vector<std::vector<std::string>>;

void show(const std::vector<std::string>& titles, const Rows& rows, const Options& o) {
  if (machine_readable(o.output)) {
    nlohmann::json list = nlohmann::json::array();
    for (const auto& r : rows) {
      nlohmann::json item;
      for (std::size_t i = 0; i < titles.size(); ++i) item[titles[i]] = r[i];
      list.push_back(item);
    }
    print(rows_text(titles, list, o.output));
    return;
  }
  std::vector<report::TextTable::Column> columns;
  for (const auto& t : titles) columns.push_back({t, report::TextTable::Align::left, 120});
  report::TextTable table(columns);
  for (const auto& r : rows) table.add(r);
  print(o.output == "md" ? table.markdown() : table.plain());
}

/// Keys and values of one position of context.
std::string cache_of(const language::Shape& s) {
  const auto kib = [](std::int64_t bytes) { return fmt::format("{} KiB", bytes / 1024); };
  const std::string all = kib(language::cache_bytes_per_position(s));
  if (!s.sliding) return all;
  return fmt::format("{}, {} beyond {}", all, kib(language::cache_bytes_beyond_window(s)),
                     s.sliding->window);
}

/// How many numbers of its own the device rests on, under the stack that adds most.
void add_own_values(std::vector<std::string>& row) {
  const auto device = spec::resolve_device(data_root(), row.front());
  std::size_t fitted = 0, assumed = 0;
  for (const auto& stack : spec::list_stacks(data_root())) {
    const auto own = spec::own_values(data_root(), device, stack.name);
    fitted = std::max(fitted, own.fitted.size());
    assumed = std::max(assumed, own.assumed.size());
  }
  row.insert(row.end(), {fmt::format("{}", fitted), fmt::format("{}", assumed)});
}

}  // namespace

int list_verb(const std::string& what, const Options& o) {
  Rows rows;
  if (what == "devices" || what == "stacks") {
    const auto items =
        what == "devices" ? spec::list_devices(data_root()) : spec::list_stacks(data_root());
    for (const auto& i : items)
      rows.push_back({i.name, i.description, fmt::format("{}", fmt::join(i.aliases, ", "))});
    std::vector<std::string> titles{"name", "description", "aliases"};
    if (what == "devices") {
      titles.insert(titles.end(), {"own fitted", "own assumed"});
      for (auto& row : rows) add_own_values(row);
    }
    show(titles, rows, o);
  } else if (what == "workloads") {
    for (const auto& w : workloads::workloads()) {
      std::string parameters;
      for (const auto& p : w.parameters)
        parameters += (parameters.empty() ? "" : " ") + std::string(p.name) + "=" + p.expected();
      rows.push_back({std::string(w.kind), std::string(w.sentence), parameters});
    }
    show({"kind", "description", "parameters"}, rows, o);
  } else if (what == "networks") {
    for (const auto& n : networks::networks()) {
      std::string parameters;
      for (const auto& p : n.parameters)
        parameters += (parameters.empty() ? "" : " ") + std::string(p.name);
      const auto stated = [](double amount, double unit, const char* letter) {
        return amount > 0 ? fmt::format("{:.4g} {}", amount * unit, letter) : std::string("-");
      };
      rows.push_back({std::string(n.name), stated(n.published.parameters, 1e-6, "M"),
                      stated(n.published.macs, 1e-9, "G"), std::string(n.sentence), parameters,
                      std::string(n.published.source)});
    }
    show({"name", "weights", "MACs", "description", "parameters", "source"}, rows, o);
  } else if (what == "llms") {
    const auto folder = std::filesystem::path(data_root()) / "configs" / "llms";
    for (const auto& item : language::list_models(folder)) {
      const auto m = language::find_model(folder, item.name);
      rows.push_back(
          {m.name, m.description, fmt::format("{}", m.shape.layers),
           fmt::format("{}", m.shape.width),
           fmt::format("{:.1f} M",
                       static_cast<double>(language::weights_without_embedding(m.shape)) * 1e-6),
           cache_of(m.shape)});
    }
    show({"name", "description", "layers", "width", "weights in the layers", "KV a position"}, rows,
         o);
    if (!machine_readable(o.output)) {
      Rows keys;
      const auto add = [&](const char* input, const auto& parameters) {
        for (const auto& p : parameters)
          keys.push_back({input, std::string(p.name), p.expected(), std::string(p.sentence)});
      };
      add("llm:", language::parameters());
      add("training:", training::parameters());
      print("\n");
      show({"input", "parameter", "value", "meaning"}, keys, o);
    }
  } else if (what == "ops") {
    const auto d = spec::resolve_device(data_root(), o.devices[0], overrides(o));
    for (const auto& s : compiler::op_support(d))
      rows.push_back({s.op, s.unit, s.needs, s.reason, s.evidence, s.source});
    show({"op", "unit", "needs", "reason", "evidence", "source"}, rows, o);
  } else {
    const std::vector<std::string> known{"devices",  "stacks", "workloads",
                                         "networks", "llms",   "ops"};
    if (what.empty())
      throw UserError(fmt::format("list needs what to list (expected {})", fmt::join(known, ", ")));
    throw UserError(fmt::format("cannot list '{}' (expected {}){}", printable(what),
                                fmt::join(known, ", "), did_you_mean(what, known)));
  }
  return done;
}

}  // namespace anesim::cli
