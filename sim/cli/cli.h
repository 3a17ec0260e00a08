// The command line: verbs of DESIGN.md, exit codes, output choice.
#pragma once

namespace anesim::cli {

struct CalibrateOptions;
struct Options;
/// The part of `calibrate` that needs the solver; see sim/calibrate_main.cpp.
using FitVerb = int (*)(const CalibrateOptions&, const Options&);

/// Runs one command; returns the exit code of DESIGN.md (0, 1, 2, 3 or 130). Without a `fit` the
/// program anesim-calibrate beside this one takes over where it is asked for.
int run(int argc, char** argv, FitVerb fit = nullptr);

}  // namespace anesim::cli
