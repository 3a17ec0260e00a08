// The command line: verbs of DESIGN.md, exit codes, output choice.
#pragma once

namespace anesim::cli {

/// Runs one command; returns the exit code of DESIGN.md (0, 1, 2, 3 or 130).
int run(int argc, char** argv);

}  // namespace anesim::cli
