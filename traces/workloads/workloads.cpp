#include "traces/workloads/workloads.h"

#include <fmt/format.h>

#include "sim/core/error.h"
#include "sim/core/text.h"
#include "traces/workloads/generators.h"
#include "traces/workloads/named.h"

namespace anesim::workloads {

const std::vector<WorkloadInfo>& workloads() {
  static const std::vector<WorkloadInfo> table{
      activation_workload(),  attention_block_workload(),
      conv_chain_workload(),  dispatch_workload(),
      elementwise_workload(), matmul_workload(),
      mlp_pairs_workload(),   norm_workload(),
      pool_workload(),        reduce_workload(),
      sdpa_workload(),        softmax_workload(),
      stream_workload(),      transpose_workload(),
  };
  return table;
}

const WorkloadInfo& find_workload(std::string_view kind) {
  std::vector<std::string> known;
  for (const WorkloadInfo& info : workloads()) {
    if (info.kind == kind) return info;
    known.emplace_back(info.kind);
  }
  throw UserError(fmt::format("unknown workload '{}'{} (expected one of {})", printable(kind),
                              did_you_mean(kind, known), fmt::join(known, ", ")));
}

graph::Graph make_workload(const std::string& kind, const Parameters& parameters) {
  const WorkloadInfo& info = find_workload(kind);
  graph::Graph g = info.make(Values(info.kind, info.parameters, parameters));
  g.kernel = true;
  return g;
}

graph::Graph make_workload(std::string_view text) {
  const Named named = parse_named(text);
  return make_workload(named.name, named.parameters);
}

}  // namespace anesim::workloads
