#include <systemc>

#include "sim/cli/cli.h"
#include "sim/cli/options.h"

// libsystemc exports a main of its own that calls sc_main; ours wins, the library needs the symbol.
extern "C" int sc_main(int, char*[]) { return 0; }

int main(int argc, char** argv) { return anesim::cli::run(argc, argv, anesim::cli::fit_verb); }
