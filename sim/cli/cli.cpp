#include "sim/cli/cli.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <systemc>

#include "sim/cli/data_root.h"
#include "sim/cli/input.h"
#include "sim/cli/interrupt.h"
#include "sim/cli/options.h"
#include "sim/core/error.h"
#include "sim/core/text.h"

namespace anesim::cli {
namespace {

void add_output(CLI::App* app, Options& o) {
  app->add_option("-o,--output", o.output, "table, json, jsonl, csv or md")
      ->check([](const std::string& form) -> std::string {
        const std::vector<std::string> known{"table", "json", "jsonl", "csv", "md"};
        if (std::find(known.begin(), known.end(), form) != known.end()) return {};
        return fmt::format("'{}' is not a choice (expected {}){}", printable(form),
                           fmt::join(known, ", "), did_you_mean(form, known));
      });
  app->add_flag("--quiet", o.quiet, "no progress and no warnings");
}

void add_machine(CLI::App* app, Options& o) {
  app->add_option("--device,-d", o.devices, "device name or file; several separated by commas")
      ->delimiter(',')
      ->allow_extra_args(false);  // what follows the value is the input
  app->add_option(
      "--stack", o.stack,
      "host path: coreml (default; training: private), coreai, private, aneforge, linux");
  app->add_option("--set", o.set, "device or stack.* parameter, PATH=VALUE")
      ->allow_extra_args(false);
  app->add_option(
      "--compute-units", o.compute_units,
      "all, cpu_and_ne (default), cpu_and_gpu or cpu_only; workloads stay on the engine "
      "without it");
  app->add_option("--dim", o.dims, "bind an unknown dimension, NAME=N or INPUT[AXIS]=N")
      ->allow_extra_args(false);
  app->add_option("--function", o.function, "function of a model with several");
  app->add_option("--engines", o.engines, "engines a program uses; 0: the compiler decides")
      ->check(CLI::Range(0, 8));
  app->add_flag("--approximate-unknown", o.approximate_unknown,
                "treat unknown operations as memory traffic");
}

/// File names and words of a file are hostile text in messages too.
constexpr std::size_t longest_message = 4000;

/// The error's whole text on one line; ours name how to report them.
int report_error(const std::string& text, int code) {
  fmt::print(stderr, "error: {}\n", printable(text, longest_message));
  return code;
}

/// The first option that is none, with the nearest one of the verb; else CLI11's text.
std::string unexpected_text(const CLI::App& app, const CLI::ExtrasError& e) {
  for (const auto* sub : app.get_subcommands())
    for (const std::string& extra : sub->remaining()) {
      if (extra.size() < 2 || extra[0] != '-') continue;
      const std::string name = extra.substr(0, extra.find('='));
      std::vector<std::string> known;
      for (const auto* option : sub->get_options())
        for (const auto& long_name : option->get_lnames()) known.push_back("--" + long_name);
      return fmt::format("{} has no option '{}'{} (see 'anesim {} --help')", sub->get_name(),
                         printable(name), did_you_mean(name, known), sub->get_name());
    }
  return fmt::format("{} (see 'anesim --help')", printable(e.what(), 400));
}

std::string version_text() {
  std::string root;
  try {
    root = data_root();
  } catch (const UserError&) {
    root = "not found";
  }
  return fmt::format("anesim {} ({}), data in {}", ANESIM_VERSION, ANESIM_COMMIT, root);
}

/// Becomes the program with the solver, whose libraries would cost every other start of this one
/// milliseconds.
[[noreturn]] void become_calibrate(char** argv) {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::string program = (self.parent_path() / "anesim-calibrate").string();
  ::execv(program.c_str(), argv);
  throw UserError(fmt::format("cannot start '{}' ({}); it is built with this program",
                              printable(program, 200), strerror(errno)));
}

int dispatch(int argc, char** argv, FitVerb fit) {
  CLI::App app{
      "anesim: a cycle-approximate model of Apple's Neural Engine, held against "
      "measurements"};
  app.require_subcommand(1);
  app.set_version_flag("--version", version_text);
  app.get_formatter()->column_width(34);
  Options o;
  std::string other, what;
  std::vector<std::string> files;

  auto* run_app = app.add_subcommand("run", "replay an input: how long it takes and why");
  run_app->add_option("input", o.input,
                      "Core ML model or package, MIL or ONNX file, trace, network:NAME,..., "
                      "llm:NAME,..., training:NAME,..., workload:KIND,...");
  add_machine(run_app, o);
  add_output(run_app, o);
  run_app->add_option("--calls", o.calls, "synchronous calls of the program")
      ->check(CLI::Range(1, 1000000));
  run_app->add_option("--timeline", o.timeline, "write a Chrome trace (Perfetto) to this file");
  run_app->add_option("--report", o.report, "write an HTML report to this file");
  run_app->add_option("--measured", o.measured, "your measurement, e.g. '1.7 ms', to compare with");
  run_app->add_flag("--statistics", o.statistics, "statistics of every block");
  run_app->add_flag("--print-config", o.print_config,
                    "resolved parameters with origin and evidence");
  run_app->footer(
      "examples:\n  anesim run traces/examples/vit_encoder.mil --device m4\n"
      "  anesim run workload:conv_chain,layers=16,in_channels=256,out_channels=256,"
      "kernel=3x3,height=32,width=32 -d m6");

  auto* explain_app = app.add_subcommand("explain", "placement, descriptors, bound of every op");
  explain_app->add_option("input", o.input, "as for run")->required();
  add_machine(explain_app, o);
  add_output(explain_app, o);
  explain_app->footer(
      "examples:\n  anesim explain traces/examples/vit_encoder.mil -d m4\n"
      "  anesim explain workload:matmul,m=2048,k=2048,n=2048 -d m4 "
      "--set memory.sram.size='16 MiB'");

  auto* compare_app = app.add_subcommand("compare", "two results, or two devices on one input");
  compare_app->add_option("input", o.input, "result file A, or an input with --device A,B")
      ->required();
  compare_app->add_option("other", other, "result file B");
  add_machine(compare_app, o);
  add_output(compare_app, o);
  compare_app->footer(
      "examples:\n  anesim compare traces/examples/vit_encoder.mil -d m4,m6\n"
      "  anesim compare before.json after.json");

  auto* list_app = app.add_subcommand("list", "devices, stacks, networks, llms, workloads or ops");
  list_app->add_option("what", what, "devices, stacks, networks, llms, workloads or ops");
  add_machine(list_app, o);
  add_output(list_app, o);
  list_app->footer("examples:\n  anesim list devices\n  anesim list ops --device m1");

  ValidateOptions v;
  auto* validate_app = app.add_subcommand("validate", "predicted against measured");
  validate_app->add_option("paths", v.paths, "measurement files or folders; default: all of ours");
  validate_app->add_option("--worst", v.worst, "show the N worst cases (table, md and json)")
      ->check(CLI::Range(0, 10000));
  validate_app->add_option("--fail-over", v.fail_over,
                           "accuracy file; exit 3 if a limit is missed; its bars are shown");
  validate_app->add_option("--report", o.report, "write an HTML correlation report to this file");
  validate_app->add_option("--graph", v.graphs, "NAME=FILE: graph of a case, 'CARE S0=care.onnx'")
      ->allow_extra_args(false);
  validate_app->add_option("--dim", o.dims, "bind an unknown dimension of these graphs, NAME=N")
      ->allow_extra_args(false);
  validate_app->add_option("--set", o.set, "device or stack.* parameter for every case, PATH=VALUE")
      ->allow_extra_args(false);
  add_output(validate_app, o);
  validate_app->footer(
      "examples:\n  anesim validate validate/measurements/m6-conv-kernel-slopes.yaml\n"
      "  anesim validate --worst 10");

  ImportMeasurementsOptions m;
  auto* measurements_app =
      app.add_subcommand("import-measurements", "other people's results as ane-measurements/1");
  measurements_app->add_option("file", m.file, "result file, - for standard input")->required();
  measurements_app->add_option("--format", m.format, "aneforge, csv or maderix")->required();
  measurements_app->add_option("-o,--output", m.output, "file to write; default: standard output");
  measurements_app->add_option("--chip", m.options.chip,
                               "chip, e.g. 'M4 Pro', if the file has none");
  measurements_app->add_option("--stack", m.options.stack, "host path of a table's cases");
  measurements_app->add_option("--id", m.options.id, "of the source; default: the file's name");
  measurements_app->add_option("--title", m.options.title, "of the source");
  measurements_app->add_option("--authors", m.options.authors, "of the source");
  measurements_app->add_option("--url", m.options.url, "of the source");
  measurements_app->add_option("--licence", m.options.licence, "of the source");
  measurements_app->add_option("--retrieved", m.options.retrieved, "date, YYYY-MM-DD");
  measurements_app->add_flag("--quiet", o.quiet, "do not name rows that were left out");
  measurements_app->footer(
      "examples:\n  anesim import-measurements --format csv validate/import/example.csv --chip M4\n"
      "  anesim import-measurements --format aneforge validate/import/example_roofline.json");
  CalibrateOptions c;
  auto* calibrate_app = app.add_subcommand(
      "calibrate", "fit the values marked fitted, or write the residuals of the present ones");
  calibrate_app->add_option("paths", c.paths, "measurement files or folders; default: all of ours");
  calibrate_app
      ->add_option("--device,-d,--stack", c.only, "devices and stacks to fit; default: all")
      ->delimiter(',')
      ->allow_extra_args(false);
  calibrate_app->add_option("--patch", c.patch,
                            "write what moves as a diff of the YAML; - for output");
  calibrate_app->add_flag("--all-cases", c.all_cases,
                          "fit to all cases of the chip, not only to the rows a value names");
  calibrate_app->add_option("--groups", c.groups, "groups that folds are left out in")
      ->check(CLI::Range(2, 100));
  calibrate_app->add_option("--residuals", c.residuals,
                            "fit nothing; write what the present values miss by (ane-residuals/1)");
  add_output(calibrate_app, o);
  calibrate_app->footer(
      "examples:\n  anesim calibrate --device m2 --patch m2.patch\n"
      "  anesim calibrate --residuals new-residuals.yaml");

  auto* check_app = app.add_subcommand("check", "validate device, trace and measurement files");
  check_app->add_option("files", files, "files to check")->required();
  check_app->add_option("--dim", o.dims, "bind an unknown dimension")->allow_extra_args(false);
  add_output(check_app, o);
  check_app->footer(
      "examples:\n  anesim check configs/devices/m4.yaml\n"
      "  anesim check traces/examples/*.yaml");

  app.footer(
      "examples:\n  anesim run traces/examples/vit_encoder.mil --device m4\n"
      "  anesim list devices");

  std::vector<std::string> verbs;
  for (const auto* sub : app.get_subcommands([](CLI::App*) { return true; }))
    verbs.push_back(sub->get_name());
  const std::string verb = argc > 1 ? argv[1] : "";
  if (!verb.empty() && verb[0] != '-' && std::find(verbs.begin(), verbs.end(), verb) == verbs.end())
    return report_error(fmt::format("unknown verb '{}'{} (expected {})", printable(verb),
                                    did_you_mean(verb, verbs), fmt::join(verbs, ", ")),
                        user_error);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ExtrasError& e) {
    return report_error(unexpected_text(app, e), user_error);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) return app.exit(e) == 0 ? done : user_error;
    return report_error(fmt::format("{} (see 'anesim --help')", printable(e.what(), 400)),
                        user_error);
  }
  for (auto* sub : {run_app, explain_app, compare_app, list_app})
    if (*sub) {
      o.device_given = sub->count("--device") > 0;
      const auto* units = sub->get_option_no_throw("--compute-units");
      o.compute_units_given = units && units->count() > 0;
      if (sub->count("--stack") == 0) o.stack = default_stack(o.input);
    }
  // Two result files of compare are read where they are needed.
  if (o.input == "-" && other.empty()) o.standard_input = read_whole_file("-");
  if (o.devices.empty()) throw UserError("--device needs a name (see 'anesim list devices')");
  if (*run_app) {
    if (o.input.empty() && !o.print_config)
      throw UserError(
          "run needs an input (a Core ML model or package, a MIL or ONNX file, a trace, "
          "network:NAME,..., llm:NAME,..., training:NAME,... or workload:KIND,...)");
    return run_verb(o);
  }
  if (*explain_app) return explain_verb(o);
  if (*compare_app) return compare_verb(o, other);
  if (*list_app) return list_verb(what, o);
  if (*validate_app) return validate_verb(v, o);
  if (*measurements_app) return import_measurements_verb(m, o);
  if (*calibrate_app) {
    if (!c.residuals.empty()) {
      if (!c.patch.empty() || !c.only.empty() || c.all_cases)
        throw UserError(
            "--residuals is of the present values (expected no --device, --patch or "
            "--all-cases beside it)");
      return calibrate_verb(c, o);
    }
    if (!fit) become_calibrate(argv);
    return fit(c, o);
  }
  return check_verb(files, o);
}

}  // namespace

int run(int argc, char** argv, FitVerb fit) {
  catch_interrupts();
  // A closed pipe ends the program silently, as for every Unix filter.
  std::signal(SIGPIPE, SIG_DFL);
  sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
  sc_core::sc_report_handler::set_actions(sc_core::SC_WARNING, sc_core::SC_THROW);
  sc_core::sc_report_handler::set_actions(sc_core::SC_ERROR, sc_core::SC_THROW);
  sc_core::sc_report_handler::set_actions(sc_core::SC_FATAL, sc_core::SC_THROW);
  try {
    const int code = dispatch(argc, argv, fit);
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
      return report_error("cannot write to standard output", user_error);
    return code;
  } catch (const UserError& e) {
    return report_error(e.what(), user_error);
  } catch (const std::bad_alloc&) {
    return report_error("out of memory: the input is too large for this machine", user_error);
  } catch (const std::exception& e) {
    return report_error(
        fmt::format("{}; this is a bug of anesim, please report it with the input", e.what()),
        our_bug);
  }
}

}  // namespace anesim::cli
