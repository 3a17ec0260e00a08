#include <fmt/format.h>

#include "sim/cli/options.h"
#include "sim/core/text.h"

namespace anesim::cli {

int import_measurements_verb(const ImportMeasurementsOptions& m, const Options& o) {
  require_output("--output", m.output, {m.file});
  const auto imported = validate::import_measurements(
      m.format, read_whole_file(m.file, validate::import_largest), m.file, m.options);
  write_whole_file(m.output, imported.yaml);
  if (o.quiet) return done;
  for (const auto& reason : imported.left_out) fmt::print(stderr, "left out: {}\n", reason);
  if (m.output != "-")
    fmt::print(stderr, "{}: {} cases\n", printable(m.output, 200), imported.cases);
  return done;
}

}  // namespace anesim::cli
