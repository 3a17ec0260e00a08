#include "sim/cli/cli.h"

#include <fmt/format.h>

#include "sim/core/error.h"

namespace anesim::cli {

int run(int, char**) { return 2; }

}  // namespace anesim::cli
