// Options that verbs share, and the exit of a command.
#pragma once

#include <string>
#include <vector>

#include "models/compiler/passes.h"
#include "models/spec/device_spec.h"
#include "models/spec/resolve.h"
#include "sim/result/result.h"
#include "traces/graph/shape_rules.h"
#include "validate/import/importer.h"
#include "validate/judge/judge.h"

namespace anesim::cli {

/// Exit codes of DESIGN.md.
enum Exit : int { done = 0, our_bug = 1, user_error = 2, threshold_missed = 3, interrupted = 130 };

struct Options {
  std::string input;
  /// What came on standard input, read once although several devices may need it.
  std::string standard_input;
  std::vector<std::string> devices{"m4"};
  bool device_given = false;
  std::string stack = "coreml";
  std::vector<std::string> set;
  std::vector<std::string> dims;
  std::string compute_units = "cpu_and_ne";
  bool compute_units_given = false;
  std::string output = "table";
  std::string function;
  int engines = 0;
  long calls = 1;
  bool approximate_unknown = false;
  bool print_config = false;
  bool statistics = false;
  bool quiet = false;
  bool keep_finished = false;  ///< Ctrl-C ends a replay early with the calls that have returned
  std::string timeline;
  std::string report;
  std::string measured;
};

[[nodiscard]] std::vector<spec::Override> overrides(const Options&);
[[nodiscard]] std::vector<graph::DimBinding> dim_bindings(const Options&);
[[nodiscard]] compiler::ComputeUnits compute_units(const Options&);

/// Throws UserError unless `path`, given with `option`, can be written and is none of `inputs`, nor
/// one of the files that come with the program and are read by it.
void require_output(const char* option, const std::string& path,
                    const std::vector<std::string>& inputs);

/// Throws UserError unless --timeline and --report can be written: their folders exist, they are
/// two files, and neither is one of `inputs`.
void require_outputs(const Options&, const std::vector<std::string>& inputs);

/// Writes to standard output in one piece.
void print(const std::string& text);
/// "parameter = value  (evidence; origin; source)" a line.
[[nodiscard]] std::string config_text(const std::vector<ResolvedParameter>&);

/// Opens, compiles and replays the input on a device; `start` is when work on it began (steady
/// clock, seconds). Needs a SystemC context in which nothing was elaborated.
[[nodiscard]] Result simulate(const Options&, const std::string& device, double start);

/// What a judgement takes from the data folder: the grades of the sources.
[[nodiscard]] validate::JudgeOptions judge_options();

struct ValidateOptions {
  std::vector<std::string> paths;
  long worst = 0;
  std::string fail_over;
  std::vector<std::string> graphs;  ///< NAME=FILE
};

struct ImportMeasurementsOptions {
  std::string format, file;
  std::string output = "-";
  validate::ImportOptions options;
};

struct CalibrateOptions {
  std::vector<std::string> paths;
  std::string residuals;          ///< file to write
  std::vector<std::string> only;  ///< devices and stacks to fit; empty: all
  std::string patch;              ///< file to write
  bool all_cases = false;
  std::size_t groups = 10;
};

// One function a verb; each returns the exit code and throws UserError.
int run_verb(const Options&);
int explain_verb(const Options&);
int compare_verb(const Options&, const std::string& other);
int list_verb(const std::string& what, const Options&);
int validate_verb(const ValidateOptions&, const Options&);
int import_measurements_verb(const ImportMeasurementsOptions&, const Options&);
int calibrate_verb(const CalibrateOptions&, const Options&);
/// Only in the program anesim-calibrate, which has the solver.
int fit_verb(const CalibrateOptions&, const Options&);
int check_verb(const std::vector<std::string>& files, const Options&);

}  // namespace anesim::cli
