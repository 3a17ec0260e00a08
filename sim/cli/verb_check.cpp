#include <fmt/format.h>

#include "models/compiler/lower.h"
#include "models/spec/own_values.h"
#include "sim/cli/data_root.h"
#include "sim/cli/input.h"
#include "sim/cli/options.h"
#include "sim/cli/rows.h"
#include "sim/config/yaml.h"
#include "sim/core/text.h"
#include "sim/report/text_table.h"
#include "traces/language/model.h"
#include "validate/data/measurement.h"
#include "validate/data/scenarios.h"
#include "validate/judge/accuracy.h"
#include "validate/judge/grades.h"
#include "validate/uncertainty/residuals.h"

namespace anesim::cli {
namespace {

void require_evidence(const spec::DeviceSpec& device, const std::string& stack) {
  const auto faults = spec::evidence_faults(data_root(), device, stack);
  if (!faults.empty()) throw UserError(fmt::format("{}", fmt::join(faults, "; ")));
}

/// What the file is, after it was read completely; throws UserError.
std::string check_file(const std::string& file, const Options& o) {
  const bool yaml = file.ends_with(".yaml") || file.ends_with(".yml");
  Options mine = o;
  mine.input = file;
  if (file == "-") mine.standard_input = read_whole_file("-");
  if (!yaml && (file != "-" || is_graph(mine.standard_input))) {
    const auto s = open_input(mine);
    return fmt::format("model, {} operations", s.programs[0].graph.ops.size());
  }
  const auto root = file == "-" ? config::parse_yaml(mine.standard_input, "standard input")
                                : config::read_yaml(file);
  const auto& schema = root.require("schema");
  const std::string& kind = schema.text();
  if (file == "-" && kind == "ane-placement/1")
    schema.fail("a placement table is checked as a file, not on standard input");
  if (kind == "ane-device/1") {
    const auto d = spec::resolve_device(data_root(), root);
    for (const auto& stack : spec::list_stacks(data_root())) require_evidence(d, stack.name);
    return fmt::format("device {}, {} parameters", d.name, d.parameters.size());
  }
  if (kind == "ane-stack/1") {
    if (file != "-")
      for (const auto& device : spec::list_devices(data_root()))
        require_evidence(spec::resolve_device(data_root(), device.name), file);
    const auto d = spec::resolve_device(data_root(), o.devices[0]);
    return fmt::format("stack {}", spec::resolve_stack(data_root(), root, d).name);
  }
  if (kind == "ane-placement/1") {
    const auto d = spec::resolve_device(data_root(), o.devices[0]);
    const auto t = spec::read_support_table(file, d.generation);
    return fmt::format("placement, {} operations", t.ops.size());
  }
  if (kind == "ane-trace/1") {
    const auto s = open_input(mine);
    return fmt::format("trace, {} programs, {} streams", s.programs.size(), s.streams.size());
  }
  if (kind == "ane-llm/1") {
    const auto m = language::read_model(root);
    return fmt::format("language model {}, {} layers", printable(m.name), m.shape.layers);
  }
  if (kind == "ane-measurements/1") {
    const auto f = validate::read_measurements(root, file);
    return fmt::format("measurements, {} cases", f.cases.size());
  }
  if (kind == "ane-scenarios/1")
    return fmt::format("scenarios of cases in words, {} entries",
                       validate::read_scenarios(root).size());
  if (kind == "ane-accuracy/1")
    return fmt::format("limits of accuracy, {} rows", validate::read_limits(root).size());
  if (kind == "ane-grades/1")
    return fmt::format("grades, {} sources", validate::read_grades(root).size());
  if (kind == "ane-residuals/1") {
    const auto r = validate::read_residuals(root);
    return fmt::format("residuals, {} folds", r.folds.size());
  }
  const std::vector<std::string> known{"ane-device/1",       "ane-stack/1",  "ane-placement/1",
                                       "ane-trace/1",        "ane-llm/1",    "ane-accuracy/1",
                                       "ane-measurements/1", "ane-grades/1", "ane-scenarios/1",
                                       "ane-residuals/1"};
  schema.fail(fmt::format("schema '{}' is not known (expected {}){}", printable(kind),
                          fmt::join(known, ", "), did_you_mean(kind, known)));
}

}  // namespace

int check_verb(const std::vector<std::string>& files, const Options& o) {
  int code = done;
  nlohmann::json rows = nlohmann::json::array();
  const bool rows_wanted = o.output != "table";
  for (const auto& file : files) {
    std::string found;
    bool good = true;
    try {
      found = check_file(file, o);
    } catch (const UserError& e) {
      good = false;
      code = user_error;
      found = printable(e.what(), 4000);
    }
    rows.push_back({{"file", printable(file, 400)}, {"ok", good}, {"found", found}});
    if (!good) fmt::print(stderr, "error: {}\n", found);
    if (good && !rows_wanted) print(fmt::format("{}: ok ({})\n", printable(file, 400), found));
  }
  if (machine_readable(o.output)) print(rows_text({"file", "ok", "found"}, rows, o.output));
  if (o.output == "md") {
    report::TextTable table({{"file", report::TextTable::Align::left, 400},
                             {"ok"},
                             {"found", report::TextTable::Align::left, 4000}});
    for (const auto& row : rows) table.add({row["file"], row["ok"] ? "yes" : "no", row["found"]});
    print(table.markdown());
  }
  return code;
}

}  // namespace anesim::cli
