// Storage formats of weights by the names of the measurement vocabulary.
// What it models: how coremltools stores int8, int4, palettes (lutN), pruned and zero weights.
// What it leaves out: values; vector palettes; zero points of asymmetric quantisation.
// Parameters: weight_dtype, weight_sparsity, sparsity_pattern, storage, palette_group.
// Source: coremltools.optimize defaults; validate/measurements/README.md, "Dtypes".
#pragma once

#include <cstdint>
#include <vector>

#include "traces/graph/graph.h"
#include "traces/workloads/parameters.h"

namespace anesim::workloads {

/// Descriptions of the weight parameters, to be appended to those of a kind.
[[nodiscard]] std::vector<ParameterInfo> weight_parameters();

/// Format of a weight of `out_channels` times `per_channel` elements. `int8_table`: palette
/// entries are int8 with a scale for each output channel (four-bit weights with int8 activations).
[[nodiscard]] graph::StorageFormat weight_format(const Values&, std::int64_t out_channels,
                                                 std::int64_t per_channel, bool int8_table);

}  // namespace anesim::workloads
