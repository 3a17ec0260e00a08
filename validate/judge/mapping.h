// From the words of a measurement to programs: tables used by request_for.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "validate/judge/prediction.h"

namespace anesim::validate {

/// The program of a synthetic case as measured (one point), or why there is none.
struct MappedProgram {
  std::optional<ProgramRequest> program;
  std::string unsupported;
};

/// conv_chain, matmul, elementwise, reduce, softmax, norm, activation, transpose, pool, sdpa,
/// attention_block, mlp_pairs and stream.
[[nodiscard]] MappedProgram map_program(const Workload&);

/// A `dispatch` names its program in words; sets program, callers and idle time of the request, or
/// `unsupported`.
void map_dispatch(CaseRequest&);

/// A language model by its name, variant and conditions; sets step of the request, or
/// `unsupported`.
void map_language(CaseRequest&);

/// A training step, or the engine's part of one, in words; sets step of the request or, for a
/// training step, `unsupported`. False if a case in words is none.
bool map_training(CaseRequest&);

/// Callers in words ("asynchronous, 4 in flight"); nothing if unknown.
[[nodiscard]] std::optional<Submission> map_submission(std::string_view words);

}  // namespace anesim::validate
