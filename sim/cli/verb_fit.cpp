#include <fmt/format.h>

#include "sim/cli/data_root.h"
#include "sim/cli/options.h"
#include "sim/cli/rows.h"
#include "sim/core/text.h"
#include "validate/calibrate/calibration_report.h"
#include "validate/calibrate/patch.h"
#include "validate/data/load.h"
#include "validate/judge/runner.h"
#include "validate/predict/predictor.h"
#include "validate/uncertainty/residuals.h"

namespace anesim::cli {
namespace {

void print_calibration(const validate::Calibration& calibration, const Options& o) {
  if (o.output == "json") return print(json_text(validate::calibration_json(calibration)));
  if (machine_readable(o.output))
    return print(rows_text({"unit", "parameter", "value", "fitted", "tried", "standard_error",
                            "low", "high", "verdict", "remark", "place"},
                           validate::calibration_rows(calibration), o.output));
  print(validate::calibration_text(calibration, o.output == "md" ? validate::TableStyle::markdown
                                                                 : validate::TableStyle::plain));
}

}  // namespace

int fit_verb(const CalibrateOptions& c, const Options& o) {
  const auto units = validate::calibration_units(data_root(), c.only);
  std::vector<std::string> inputs;
  for (const auto& unit : units)
    for (const auto& p : unit.parameters) inputs.push_back(p.value.place.file);
  if (!c.patch.empty()) require_output("--patch", c.patch, inputs);
  std::vector<std::string> paths = c.paths;
  if (paths.empty()) paths.push_back(data_root() + "/validate/measurements");
  const auto catalog = validate::load_scenarios(data_root() + "/validate/scenarios/index.yaml");
  auto files = validate::load_measurements(paths);
  validate::apply_workloads(files, catalog);
  for (const auto& file : files)
    if (!c.patch.empty()) require_output("--patch", c.patch, {file.path});
  const auto requests =
      validate::cases_of(units, validate::requests_for(files, catalog), data_root());
  validate::RunOptions run;
  run.progress = !o.quiet;
  const auto outcome =
      validate::run_cases(requests, validate::machine_predictor({data_root(), {}}), run);
  if (outcome.interrupted) return interrupted;
  const auto judgement = validate::judge(requests, outcome.predictions, judge_options());
  validate::CalibrationOptions options;
  options.data_root = data_root();
  options.all_cases = c.all_cases;
  options.groups = c.groups;
  options.progress = !o.quiet;
  const auto calibration =
      validate::calibrate(units, judgement, validate::split_studies(files), options);
  if (c.patch != "-") print_calibration(calibration, o);
  if (!c.patch.empty())
    write_whole_file(c.patch, validate::calibration_patch(calibration, options));
  if (!calibration.interrupted) return done;
  fmt::print(stderr, "interrupted: {} of {} units are fitted{}\n", calibration.units.size(),
             units.size(), c.patch.empty() ? "" : "; the patch holds these");
  return interrupted;
}

}  // namespace anesim::cli
