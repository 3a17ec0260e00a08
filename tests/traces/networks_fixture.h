// What tests of networks by name count in their graphs.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <string_view>

#include "traces/graph/work.h"
#include "traces/networks/networks.h"

namespace anesim::networks {

inline graph::Work work(std::string_view text) { return graph::work_of(make_network(text)); }

inline std::map<std::string, int> op_counts(const graph::Graph& g) {
  std::map<std::string, int> counts;
  for (const graph::Op& op : g.ops) ++counts[op.type];
  return counts;
}

inline std::int64_t count(const graph::Graph& g, std::string_view type) {
  return std::ranges::count(g.ops, type, &graph::Op::type);
}

inline graph::Shape output_shape(const graph::Graph& g) { return g.at(g.outputs.at(0)).shape; }
inline graph::Shape output_shape(std::string_view text) { return output_shape(make_network(text)); }

}  // namespace anesim::networks
