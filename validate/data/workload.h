// What was run: the `workload` of a case, every parameter of every kind as an optional.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/config/yaml.h"
#include "validate/data/vocabulary.h"

namespace anesim::validate {

/// Parameters of a workload as the file gives them; which may stand depends on the kind and is
/// checked by the reader. Names and meaning: validate/measurements/README.md.
struct Workload {
  Kind kind = Kind::other;

  std::optional<std::int64_t> axis, batch, bytes, bytes_read, bytes_written, call_index, calls,
      context, count, d_model, dilation, engines, first_in_channels, graph_capacity, head_dim,
      heads, height, hidden, idle_ms, in_channels, inputs, k, kv_heads, kv_len, layers, m, macs, n,
      ne_mhz, out_channels, pairs, palette_group, params, q_len, sequence, sleep_us, tokens,
      tokens_per_call, weight_bytes, width;
  std::optional<double> activation_zero_fraction, gap_us, idle_s, preceding_submit_to_end_us,
      weight_sparsity;
  std::optional<std::string> activation_dtype, activation_zero_pattern, concurrent, description,
      direction, form, input_fill, io_dtype, model, name, nonlinearity, op, padding, pe_clock,
      phase, post_op, precision, qdq, rail, rhs, slope_of, sparsity_pattern, storage, submission,
      variant, weight_dtype, weights, what;
  std::optional<std::vector<std::int64_t>> kernel, layer_points, shape;
  /// Shape or words, as the file has it ("1x3x224x224", "64 positions").
  std::optional<std::string> input;
  std::optional<Clock> clock;

  /// Every parameter but free description, as "key=value;..." in sorted order, in lower case and
  /// without stated defaults: equal texts mean equal workloads.
  [[nodiscard]] std::string canonical() const;
};

/// Reads a `workload` mapping strictly. Throws UserError with the place.
[[nodiscard]] Workload read_workload(const config::Node&);

}  // namespace anesim::validate
