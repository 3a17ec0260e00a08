// The sentence of a result: time, what takes most of it, who worked, and what would help most.
// Models: the largest single share among the engine's bounds, the work of CPU and GPU, each part of
//   the host's work in a step, and the calls; advice follows from that share and the device.
// Leaves out: what the second largest share would then be; accuracy lost by a weight format.
// Parameters: how the device streams and multiplies each format. Source: README, "First run".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/spec/device_spec.h"
#include "sim/result/result.h"
#include "traces/graph/graph.h"

namespace anesim::models {

/// Weights of the programs that are stored alike.
struct StoredWeights {
  graph::StorageFormat format;
  double elements = 0;
};

/// What the sentence needs beside the result.
struct HeadlineFacts {
  std::vector<StoredWeights> weights;
  bool int8 = false;              ///< most MACs have INT8 weights and activations
  std::size_t segments = 1;       ///< most of any program: stretches on one unit
  bool engine_excluded = false;   ///< by the compute units
  bool restreamed = false;        ///< most weights moved pass again for each position tile
  bool more_activations = false;  ///< than weights, of the bytes moved
  bool other_traffic = false;     ///< of agents outside the programs
  bool several_streams = false;   ///< a call is the mean of several callers
  double interval_factor = 0;     ///< as in ReplayOptions
};

/// A share of the time, and how the sentence names it.
struct TimeShare {
  enum class Kind { bound, cpu, gpu, host_part, calls };
  Kind kind = Kind::bound;
  std::string name;  ///< of the bound or the part
  double share = 0;  ///< 0..1 of the call or step; parts beside each other may exceed 1 together
};
/// The largest; of equal ones the first in the order of Kind, then of the name.
[[nodiscard]] TimeShare largest_share(const Result&);

/// Seconds that the stream of one weight of this format takes: the slower of the path to the cores
/// and of memory.
[[nodiscard]] double stream_seconds(const graph::StorageFormat&, const spec::DeviceSpec&);

/// What a user would do about that share.
[[nodiscard]] std::string advice(const TimeShare&, const HeadlineFacts&, const spec::DeviceSpec&);

[[nodiscard]] std::string headline(const Result&, const HeadlineFacts&, const spec::DeviceSpec&);

}  // namespace anesim::models
