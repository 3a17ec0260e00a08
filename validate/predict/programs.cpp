#include "validate/predict/programs.h"

#include "sim/core/error.h"
#include "traces/networks/networks.h"
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

}  // namespace anesim::validate
