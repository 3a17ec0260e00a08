// The closed vocabularies of ane-measurements/1: classes, metrics, units, clocks, workload kinds.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace anesim::validate {

/// How a case is scored. Copied from the measurement file, never decided by the tool.
enum class Class : std::uint8_t {
  call,
  engine,
  formats,
  governor,
  intercept,
  language,
  movement,
  network,
  other,
  power,
  queue,
  training,
};

enum class Metric : std::uint8_t {
  bandwidth,
  energy,
  frequency,
  latency,
  other,
  power,
  throughput,
  token_rate,
};

enum class Unit : std::uint8_t {
  per_second,
  gb_per_s,
  joules_per_token,
  macs_per_ne_cycle,
  megabytes,
  megahertz,
  tflops,
  tops,
  watts,
  calls_per_s,
  images_per_joule,
  images_per_s,
  lines_per_s,
  millijoules,
  millijoules_per_position,
  milliseconds,
  milliseconds_per_token,
  picojoules_per_byte,
  picojoules_per_flop,
  picojoules_per_mac,
  picojoules_per_element,
  percent_busy,
  positions_per_s,
  ratio,
  seconds,
  steps_per_s,
  tokens_per_s,
  tokens_per_joule,
  microseconds,
};

/// What a measured time covers (README of the measurements).
enum class Clock : std::uint8_t {
  call,       ///< the end-to-end call, host included
  submit,     ///< driver submit to task end
  task,       ///< firmware start to end
  slope,      ///< time per layer or operation between depths
  intercept,  ///< the fixed part of such a line
  gap,        ///< task end to the next driver submit: host time alone
};

enum class Kind : std::uint8_t {
  activation,
  attention_block,
  conv_chain,
  dispatch,
  elementwise,
  llm,
  matmul,
  mlp_pairs,
  model,
  norm,
  other,
  pool,
  reduce,
  sdpa,
  softmax,
  stream,
  training_step,
  transpose,
};

/// One word of a vocabulary.
template <class Enum>
struct Word {
  std::string_view text;
  Enum value;
};
/// clang 16 deduces no aggregate by itself.
template <class Enum>
Word(std::string_view, Enum) -> Word<Enum>;

/// All words of a vocabulary, sorted by text.
template <class Enum>
[[nodiscard]] std::span<const Word<Enum>> words();

template <class Enum>
[[nodiscard]] std::string_view name(Enum value) {
  for (const auto& word : words<Enum>()) {
    if (word.value == value) return word.text;
  }
  return "?";
}
template <class Enum>
[[nodiscard]] std::optional<Enum> parse_word(std::string_view text) {
  for (const auto& word : words<Enum>()) {
    if (word.text == text) return word.value;
  }
  return std::nullopt;
}

/// Units a metric can be given in; empty means any (metric "other").
[[nodiscard]] std::span<const Unit> units_of(Metric);

/// No measurement is above this in its unit, far beyond what any chip does: a week and a half of
/// time, a million TFLOPS. More is a slip of the pen.
[[nodiscard]] double largest_value(Unit);
/// Nor between zero and this.
inline constexpr double least_value = 1e-9;

}  // namespace anesim::validate
