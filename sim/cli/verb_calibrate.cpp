#include <fmt/format.h>

#include "sim/cli/data_root.h"
#include "sim/cli/options.h"
#include "sim/cli/rows.h"
#include "sim/core/text.h"
#include "sim/report/text_table.h"
#include "validate/data/load.h"
#include "validate/judge/runner.h"
#include "validate/predict/known_chips.h"
#include "validate/predict/predictor.h"
#include "validate/uncertainty/coverage.h"
#include "validate/uncertainty/interval.h"

namespace anesim::cli {
namespace {

/// Share of cases inside the interval that the other folds give, by class.
void print_coverage(const validate::Judgement& judgement, const Options& o) {
  using Align = report::TextTable::Align;
  report::TextTable table({{"class"},
                           {"scored", Align::right},
                           {"median", Align::right},
                           {"in 90 % interval", Align::right}});
  nlohmann::json rows = nlohmann::json::array();
  for (const auto& [key, s] : judgement.by_class) {
    if (s.scored == 0) continue;
    table.add({key, fmt::format("{}", s.scored),
               fmt::format("{:.1f} %", 100 * s.median_abs_error.value_or(0)),
               s.interval_coverage ? fmt::format("{:.1f} %", 100 * *s.interval_coverage) : "-"});
    rows.push_back({{"class", key},
                    {"scored", s.scored},
                    {"median_abs_error", s.median_abs_error.value_or(0)},
                    {"interval_coverage", s.interval_coverage ? nlohmann::json(*s.interval_coverage)
                                                              : nlohmann::json(nullptr)}});
  }
  if (o.output == "table") return print(table.plain());
  if (o.output == "md") return print(table.markdown());
  if (o.output == "json")
    return print(json_text({{"schema", "anesim-calibration/1"}, {"classes", rows}}));
  print(rows_text({"class", "scored", "median_abs_error", "interval_coverage"}, rows, o.output));
}

}  // namespace

int calibrate_verb(const CalibrateOptions& c, const Options& o) {
  std::vector<std::string> paths = c.paths;
  if (paths.empty()) paths.push_back(data_root() + "/validate/measurements");
  const auto catalog = validate::load_scenarios(data_root() + "/validate/scenarios/index.yaml");
  auto files = validate::load_measurements(paths);
  validate::apply_workloads(files, catalog);
  std::vector<std::string> inputs;
  for (const auto& file : files) inputs.push_back(file.path);
  require_output("--residuals", c.residuals, inputs);
  // The cases that validate scores, those described in words too.
  const auto graded = judge_options();
  auto requests = validate::requests_for(files, catalog);
  validate::mark_unknown_chips(requests, data_root());
  validate::RunOptions run;
  run.progress = !o.quiet;
  auto outcome = validate::run_cases(requests, validate::machine_predictor({data_root(), {}}), run);
  auto judgement = validate::judge(requests, outcome.predictions, graded);
  auto residuals = validate::residuals_of(judgement, validate::split_studies(files));
  for (const auto& f : residuals.folds)
    if (!residuals.generations.count(f.chip))
      residuals.generations[f.chip] = spec::resolve_device(data_root(), f.chip).generation;
  residuals.covered_ops = validate::covered_ops(judgement);
  validate::add_intervals(requests, outcome.predictions, residuals);
  judgement = validate::judge(requests, outcome.predictions, graded);
  print_coverage(judgement, o);
  if (outcome.interrupted) {
    fmt::print(stderr, "interrupted: the residuals are not written\n");
    return interrupted;
  }
  write_whole_file(c.residuals, validate::residuals_text(residuals));
  return done;
}

}  // namespace anesim::cli
