// Language models as inputs: "qwen3-4b,phase=decode,context=1024" to a scenario of one step.
// What it models: a decode step or a whole prompt as the calls of static programs, chunk by chunk,
//   with the CPU's share between them.
// What it leaves out: sampling strategies, acceptance of drafts (a number that the caller gives).
// Parameters: `parameters()` below over those of the model's file.
// Source: ../shared/language-models.md 1 and 8.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "traces/language/model.h"
#include "traces/scenario/scenario.h"
#include "traces/workloads/parameters.h"

namespace anesim::language {

enum class Phase : std::uint8_t { prefill, decode };

/// What is run: a model with all overrides applied.
struct Request {
  Model model;
  Phase phase = Phase::decode;
  std::int64_t context = 0;    ///< tokens in the cache (decode) or of the prompt (prefill)
  std::int64_t positions = 1;  ///< columns that a call computes
  std::int64_t filled = 1;     ///< of them, columns that hold tokens
  double tokens = 1;           ///< that a step yields
  bool logits = false;         ///< all logits are handed to the caller
  std::int64_t drafts = 0;     ///< one-layer draft steps (multi-token prediction) before the call
};

/// Parameters of `llm:NAME,...`.
[[nodiscard]] const std::vector<workloads::ParameterInfo>& parameters();
/// Reads "NAME,key=value,...". Throws UserError naming the model and the parameter.
[[nodiscard]] Request parse_request(const std::filesystem::path& folder, std::string_view text);
[[nodiscard]] Request make_request(Model, const workloads::Parameters&);

/// The step as a scenario: a token's calls, or all chunks of a prompt (equal ones simulated once).
[[nodiscard]] scenario::Scenario compose(const Request&);

/// Chunks of a prompt of `context` tokens by the smallest capacity that holds their last position.
struct Chunks {
  std::int64_t capacity = 0;
  std::int64_t count = 0;
};
[[nodiscard]] std::vector<Chunks> chunks_of(std::int64_t context, std::int64_t positions,
                                            const std::vector<std::int64_t>& capacities);
/// The smallest capacity that holds `positions`; the largest if none does.
[[nodiscard]] std::int64_t capacity_for(std::int64_t positions,
                                        const std::vector<std::int64_t>& capacities);

}  // namespace anesim::language
