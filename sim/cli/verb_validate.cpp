#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

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
#include "validate/predict/known_chips.h"
#include "validate/predict/predictor.h"
#include "validate/report/correlation_report.h"
#include "validate/report/parameter_table.h"
#include "validate/uncertainty/coverage.h"

namespace anesim::cli {

namespace {

/// "CARE S0=care.mil": the graphs of named cases, opened like any input.
validate::GraphsByName open_graphs(const std::vector<std::string>& pairs, const Options& o) {
  validate::GraphsByName graphs;
  const auto dims = dim_bindings(o);
  for (const std::string& pair : pairs) {
    const auto equals = pair.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == pair.size())
      throw UserError(fmt::format("--graph '{}' is not NAME=FILE", printable(pair, 200)));
    const std::string name = pair.substr(0, equals);
    if (!graphs.try_emplace(name, open_graph(pair.substr(equals + 1), dims, o)).second)
      throw UserError(fmt::format("--graph: '{}' is given twice", printable(name)));
  }
  return graphs;
}

/// The limits that come with the program, for their bars; a data folder may be without.
std::vector<validate::Limit> shipped_limits(const std::vector<std::string>& chips) {
  const std::string path = data_root() + "/validate/accuracy.yaml";
  std::error_code none;
  if (!std::filesystem::exists(path, none)) return {};
  return validate::read_limits(path, chips);
}

/// What every chip of the judgement rests on: its own numbers, and those of the host paths that its
/// cases take.
std::string parameters_text(const validate::Judgement& judgement, const Options& o,
                            validate::TableStyle style) {
  std::map<std::string, std::set<std::string>> stacks;
  for (const auto& c : judgement.cases)
    if (c.prediction.status != validate::Status::unsupported)
      stacks[c.request->chip].insert(c.request->stack);
  const auto sets = overrides(o);
  std::map<std::string, validate::ChipEvidence> evidence;
  for (const auto& [chip, names] : stacks) {
    const auto device = spec::resolve_device(data_root(), chip, sets);
    auto& mine = evidence[chip];
    mine.device = validate::evidence_counts(device.parameters);
    for (const auto& name : names)
      for (const auto& [kind, count] : validate::evidence_counts(
               spec::resolve_stack(data_root(), name, device, sets).parameters))
        mine.stacks[kind] += count;
  }
  return validate::parameter_table(evidence, style);
}

void print_judgement(const validate::Judgement& judgement, const validate::ReportInfo& info,
                     const Options& o) {
  const auto style =
      o.output == "md" ? validate::TableStyle::markdown : validate::TableStyle::plain;
  if (o.output == "json") {
    print(validate::validation_json(judgement, info));
  } else if (o.output == "jsonl") {  // a case a line
    const auto document = nlohmann::json::parse(validate::validation_json(judgement, info));
    print(rows_text({}, document.at("cases"), o.output));
  } else if (o.output == "csv") {
    print(validate::validation_csv(judgement));
  } else {
    print(validate::validation_table(judgement, style, info.bars));
    print("\n" + parameters_text(judgement, o, style));
    if (info.worst > 0) print("\n" + validate::worst_table(judgement, info.worst, style));
  }
}

/// Sentences on standard error about each limit that is missed or cannot be judged.
int compare(const validate::Judgement& judgement, std::vector<validate::Limit> limits, bool part) {
  if (part) {
    auto applicable = validate::applicable(judgement, limits);
    for (const auto& name : applicable.without_cases)
      fmt::print(stderr, "not judged: {}: no case of these in the given files\n", name);
    limits = std::move(applicable.limits);
  }
  const auto missed = validate::missed_limits(judgement, limits);
  for (const auto& m : missed) fmt::print(stderr, "missed: {}\n", m);
  return missed.empty() ? done : threshold_missed;
}

}  // namespace

int validate_verb(const ValidateOptions& v, const Options& o) {
  if (v.worst > 0 && (o.output == "csv" || o.output == "jsonl"))
    throw UserError(fmt::format(
        "--worst has no place in -o {}, a row a case (expected -o table, md or json)", o.output));
  std::vector<std::string> paths = v.paths;
  if (paths.empty()) paths.push_back(data_root() + "/validate/measurements");
  const auto catalog = validate::load_scenarios(data_root() + "/validate/scenarios/index.yaml");
  auto files = validate::load_measurements(paths);
  validate::apply_workloads(files, catalog);
  if (!o.report.empty()) {
    std::vector<std::string> inputs{v.fail_over};
    for (const auto& file : files) inputs.push_back(file.path);
    require_outputs(o, inputs);
  }
  const auto chips = validate::known_chips(data_root());
  const auto limits =
      v.fail_over.empty() ? shipped_limits(chips) : validate::read_limits(v.fail_over, chips);
  auto requests = validate::requests_for(files, catalog);
  const auto graphs = open_graphs(v.graphs, o);
  std::vector<std::string> names;
  for (const auto& [name, graph] : graphs) names.push_back(name);
  validate::supply_graphs(requests, names);
  validate::mark_unknown_chips(requests, data_root());
  const validate::PredictorOptions ask{data_root(), overrides(o), graphs};
  validate::require_overrides(requests, data_root(), ask.overrides);
  const auto graded = judge_options();
  const auto residuals = shipped_residuals();
  validate::RunOptions run;
  run.progress = !o.quiet;
  auto both = validate::run_both(requests, validate::machine_predictor(ask),
                                 validate::formula_predictor(ask), run);
  validate::mark_fitted(requests, both.machine, data_root());
  if (residuals) validate::add_intervals(requests, both.machine, *residuals);
  auto judgement = validate::judge(requests, both.machine, graded, both.baseline);
  judgement.complete = !both.interrupted;
  if (residuals && !judgement.cases.empty())
    judgement.uncovered_ops = validate::uncovered_ops(
        judgement, residuals->covered_ops,
        validate::free_ops(spec::resolve_device(data_root(), o.devices[0])), graphs);
  const validate::ReportInfo info{ANESIM_VERSION, validate::bar_rows(judgement, limits),
                                  static_cast<std::size_t>(v.worst)};
  if (!o.report.empty()) write_whole_file(o.report, validate::correlation_page(judgement, info));
  print_judgement(judgement, info, o);
  if (both.interrupted) {
    fmt::print(stderr, "interrupted: the cases that were done are kept\n");
    return interrupted;
  }
  return v.fail_over.empty() ? done : compare(judgement, limits, !v.paths.empty());
}

}  // namespace anesim::cli
