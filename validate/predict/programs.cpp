#include "validate/predict/programs.h"

#include <fmt/format.h>

#include "sim/config/yaml.h"
#include "sim/core/error.h"
#include "sim/core/text.h"
#include "traces/graph/shape_rules.h"
#include "traces/networks/networks.h"
#include "traces/scenario/trace_reader.h"
#include "traces/workloads/workloads.h"

namespace anesim::validate {

graph::Graph make_program(const ProgramRequest& program, const GraphsByName& graphs) {
  const std::string_view kind = program.kind;
  if (kind.starts_with("network:")) {
    std::string text(kind.substr(8));
    if (!program.parameters.values.empty()) text += "," + workloads::text(program.parameters);
    return networks::make_network(text);
  }
  if (kind.starts_with("graph:")) {
    const auto found = graphs.find(kind.substr(6));
    check(found != graphs.end(), "a graph was opened for the case");
    return found->second;
  }
  return workloads::make_workload(program.kind, program.parameters);
}

scenario::Scenario trace_of(const ScenarioRequest& request) {
  return scenario::read_trace(
      config::read_yaml(request.trace),
      [&](const std::string& input, const std::vector<graph::DimBinding>&) {
        if (!input.starts_with("workload:"))
          throw UserError(fmt::format("{}: a scenario's programs are ops or workloads, not '{}'",
                                      printable(request.trace, 200), printable(input)));
        return workloads::make_workload(std::string_view(input).substr(9));
      });
}

}  // namespace anesim::validate
