// Networks by name: published architectures as graphs in inference form, checked against their
// published parameters and multiply-accumulates.
// What it models: the layers of each network as its public definition gives them, batch norms
//   folded and parallel branches merged, in the op vocabulary that converters write.
// What it leaves out: values of weights, and pre- and post-processing outside the model file.
// Parameters: each network's own list (batch, resolution, width, ...), `anesim list networks`.
// Source: ../shared/whole-models.md section 5 and the definitions it names, one in each row.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "traces/graph/graph.h"
#include "traces/workloads/parameters.h"

namespace anesim::networks {

/// What the publication states for the network as named, without further parameters; 0: nothing.
struct Published {
  double parameters = 0;  ///< of the training form (deployed form where one exists)
  double macs = 0;        ///< multiply-accumulates of convolutions, linears and attention products
  std::string_view source;
  bool products = true;  ///< attention products are in `macs`
};

struct NetworkInfo {
  std::string_view name;
  std::string_view sentence;
  Published published;
  std::vector<workloads::ParameterInfo> parameters;
  std::function<graph::Graph(const workloads::Values&)> make;
};

/// Every network, sorted by name.
[[nodiscard]] const std::vector<NetworkInfo>& networks();
/// Throws UserError with the nearest name.
[[nodiscard]] const NetworkInfo& find_network(std::string_view name);
/// From text: "resnet50,batch=16". Throws UserError naming the network and the parameter that is
/// wrong, with the list of its parameters.
[[nodiscard]] graph::Graph make_network(std::string_view text);

}  // namespace anesim::networks
