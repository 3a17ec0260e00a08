#include <fmt/format.h>

#include "models/compiler/lower.h"
#include "sim/cli/data_root.h"
#include "sim/cli/input.h"
#include "sim/cli/options.h"
#include "sim/config/yaml.h"
#include "sim/core/text.h"
#include "validate/data/measurement.h"

namespace anesim::cli {
namespace {

/// What the file is, after it was read completely; throws UserError.
std::string check_file(const std::string& file, const Options& o) {
  const bool yaml = file.ends_with(".yaml") || file.ends_with(".yml");
  if (!yaml) {
    Options mine = o;
    mine.input = file;
    const auto s = open_input(mine);
    return fmt::format("model, {} operations", s.programs[0].graph.ops.size());
  }
  const auto root = config::read_yaml(file);
  const auto& schema = root.require("schema");
  const std::string& kind = schema.text();
  if (kind == "ane-device/1") {
    const auto d = spec::resolve_device(data_root(), file);
    return fmt::format("device {}, {} parameters", d.name, d.parameters.size());
  }
  if (kind == "ane-stack/1") {
    const auto d = spec::resolve_device(data_root(), o.devices[0]);
    return fmt::format("stack {}", spec::resolve_stack(data_root(), file, d).name);
  }
  if (kind == "ane-trace/1") {
    Options mine = o;
    mine.input = file;
    const auto s = open_input(mine);
    return fmt::format("trace, {} programs, {} streams", s.programs.size(), s.streams.size());
  }
  if (kind == "ane-measurements/1") {
    const auto f = validate::read_measurements(root, file);
    return fmt::format("measurements, {} cases", f.cases.size());
  }
  const std::vector<std::string> known{"ane-device/1", "ane-stack/1", "ane-trace/1",
                                       "ane-measurements/1"};
  schema.fail(fmt::format("schema '{}' is not known (expected {}){}", printable(kind),
                          fmt::join(known, ", "), did_you_mean(kind, known)));
}

}  // namespace

int check_verb(const std::vector<std::string>& files, const Options& o) {
  int code = done;
  for (const auto& file : files) {
    try {
      print(fmt::format("{}: ok ({})\n", printable(file, 400), check_file(file, o)));
    } catch (const UserError& e) {
      fmt::print(stderr, "error: {}\n", e.what());
      code = user_error;
    }
  }
  return code;
}

}  // namespace anesim::cli
