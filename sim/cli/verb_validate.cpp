#include <fmt/format.h>

#include <algorithm>

#include "sim/cli/data_root.h"
#include "sim/cli/input.h"
#include "sim/cli/intervals.h"
#include "sim/cli/options.h"
#include "sim/cli/rows.h"
#include "sim/core/text.h"
#include "validate/baseline/closed_formula.h"
#include "validate/data/load.h"
#include "validate/judge/accuracy.h"
#include "validate/judge/fitted_on.h"
#include "validate/judge/network_mapping.h"
#include "validate/judge/report.h"
#include "validate/judge/runner.h"
#include "validate/predict/predictor.h"
#include "validate/report/correlation_report.h"
#include "validate/report/parameter_table.h"

namespace anesim::cli {

namespace {

/// "RepViT M1.1=repvit.mil": the graphs of named cases, opened like any input.
validate::GraphsByName open_graphs(const std::vector<std::string>& pairs, const Options& o) {
  validate::GraphsByName graphs;
  for (const std::string& pair : pairs) {
    const auto equals = pair.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == pair.size())
      throw UserError(fmt::format("--graph '{}' is not NAME=FILE", printable(pair, 200)));
    const std::string name = pair.substr(0, equals);
    if (!graphs.try_emplace(name, open_graph(pair.substr(equals + 1), {}, o)).second)
      throw UserError(fmt::format("--graph: '{}' is given twice", printable(name)));
  }
  return graphs;
}

}  // namespace

int validate_verb(const ValidateOptions& v, const Options& o) {
  std::vector<std::string> paths = v.paths;
  if (paths.empty()) paths.push_back(data_root() + "/validate/measurements");
  const auto files = validate::load_measurements(paths);
  if (!o.report.empty()) {
    std::vector<std::string> inputs{v.fail_over};
    for (const auto& file : files) inputs.push_back(file.path);
    require_outputs(o, inputs);
  }
  std::vector<validate::Limit> limits;
  if (!v.fail_over.empty()) limits = validate::read_limits(v.fail_over);
  auto requests = validate::requests_for(
      files, validate::load_scenarios(data_root() + "/validate/scenarios/index.yaml"));
  const auto graphs = open_graphs(v.graphs, o);
  std::vector<std::string> names;
  for (const auto& [name, graph] : graphs) names.push_back(name);
  validate::supply_graphs(requests, names);
  validate::RunOptions run;
  run.progress = !o.quiet;
  const validate::PredictorOptions ask{data_root(), overrides(o), graphs};
  auto outcome = validate::run_cases(requests, validate::machine_predictor(ask), run);
  validate::mark_fitted(requests, outcome.predictions, data_root());
  if (const auto residuals = shipped_residuals())
    validate::add_intervals(requests, outcome.predictions, *residuals);
  run.progress = false;  // a formula is quick
  const auto baseline = validate::run_cases(requests, validate::formula_predictor(ask), run);
  const auto judgement = validate::judge(requests, outcome.predictions, {}, baseline.predictions);
  validate::ReportInfo info;
  info.version = ANESIM_VERSION;
  if (!o.report.empty()) write_whole_file(o.report, validate::correlation_page(judgement, info));
  const auto style =
      o.output == "md" ? validate::TableStyle::markdown : validate::TableStyle::plain;
  if (o.output == "json") {
    print(validate::validation_json(judgement, info));
  } else if (o.output == "jsonl") {  // a case a line
    const auto document = nlohmann::json::parse(validate::validation_json(judgement, info));
    print(rows_text({}, document.at("cases"), o.output));
  } else if (o.output == "csv") {
    print(validate::validation_csv(judgement, info));
  } else {
    print(validate::validation_table(judgement, style));
    std::map<std::string, validate::EvidenceCounts> evidence;
    for (const auto& [chip, statistics] : judgement.by_chip)
      evidence[chip] = validate::evidence_counts(
          spec::resolve_device(data_root(), chip, overrides(o)).parameters);
    print("\n" + validate::parameter_table(evidence, style));
    if (v.worst > 0)
      print("\n" + validate::worst_table(judgement, static_cast<std::size_t>(v.worst), style));
  }
  if (outcome.interrupted) return interrupted;
  const auto missed = validate::missed_limits(judgement, limits);
  for (const auto& m : missed) fmt::print(stderr, "missed: {}\n", m);
  return missed.empty() ? done : threshold_missed;
}

}  // namespace anesim::cli
