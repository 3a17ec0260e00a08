// Training steps of decoder models as public projects run them on the engine: forward pass and
// activation gradients in programs, weight gradients and the rest on the CPU.
// What it models: the programs a layer of the dynamic-weight pipeline (10, weights arrive in the
//   input surface) and of the static one (6, weights baked, recompiled or reloaded when they
//   change), surfaces, CPU work and its serial queue beside the engine.
// What it leaves out: data loading, gradient clipping, the optimiser's arithmetic beyond its bytes.
// Parameters: `parameters()`. Source: ../shared/hardware/m4-family.md 8.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

#include "traces/graph/graph.h"
#include "traces/language/model.h"
#include "traces/scenario/scenario.h"
#include "traces/workloads/parameters.h"

namespace anesim::training {

enum class Pipeline : std::uint8_t { dynamic, fixed };
/// What happens to the programs when the optimiser has changed the weights.
enum class Update : std::uint8_t { none, rewrite, recompile, reload };

/// Words of the tokenizer's 32,000 that the data of the public runs has. The dynamic pipeline
/// drops the rows of all others; Qwen3 keeps about as many (m4-family 8).
inline constexpr std::int64_t words_of_the_data = 9205;
/// The measured programs were called directly, without a segmenter that moves them off the engine.
inline constexpr std::string_view stack = "private";

struct Request {
  language::Model model;
  Pipeline pipeline = Pipeline::dynamic;
  Update update = Update::none;
  std::int64_t sequence = 256;
  std::int64_t batch = 1;       ///< microbatches a step
  std::int64_t accumulate = 1;  ///< steps between updates
  std::int64_t vocabulary = 0;  ///< rows of the output matrix that are used
  bool compacted = false;       ///< by the pipeline's own habit, not by a parameter
  bool classifier_on_engine = false;
  bool forward = true, backward = true;  ///< passes that are run
};

[[nodiscard]] const std::vector<workloads::ParameterInfo>& parameters();
/// Reads "stories110m,pipeline=static,...". Throws UserError naming the model and the parameter.
[[nodiscard]] Request parse_request(const std::filesystem::path& folder, std::string_view text);

/// One step (and the update behind `accumulate` of them) as streams.
[[nodiscard]] scenario::Scenario compose(const Request&);

/// A program of a layer with what the CPU moves for each call.
struct LayerProgram {
  std::string name;
  graph::Graph graph;
  std::int64_t filled = 0;   ///< elements of activations written into the input surface
  std::int64_t taken = 0;    ///< elements read from the output surface
  std::int64_t weights = 0;  ///< baked ones: what a recompilation handles
};
/// In the order of a layer's pass; `forward` of them belong to the forward pass.
struct LayerPrograms {
  std::vector<LayerProgram> programs;
  std::size_t forward = 0;
};
[[nodiscard]] LayerPrograms dynamic_programs(const language::Shape&, std::int64_t sequence);
[[nodiscard]] LayerPrograms static_programs(const language::Shape&, std::int64_t sequence);
/// Output matrix and softmax over all words, for the pipeline that runs them on the engine.
[[nodiscard]] LayerProgram classifier_program(const language::Shape&, std::int64_t sequence);

}  // namespace anesim::training
