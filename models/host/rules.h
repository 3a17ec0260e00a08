// Host time of one call, as pure functions. Source: MODEL.md 4, m6-study 3.2, ane-guide 3.
#pragma once

#include "models/compiler/program.h"
#include "models/spec/device_spec.h"
#include "traces/scenario/scenario.h"

namespace anesim::models {

/// Task end to return: rises with the task's length because the waiting CPU idles more deeply.
[[nodiscard]] Seconds completion_time(const spec::StackSpec&, Seconds task);

/// A call that never reaches the engine has neither driver nor interrupt.
[[nodiscard]] bool uses_engine(const compiler::Program&);

/// Caller to the first task: without the driver's part where the engine has none.
[[nodiscard]] Seconds submit_time(const spec::StackSpec&, const compiler::Program&);

/// Between two segments: what Core ML's segmenter charges for a change to or from the engine, and,
/// because every segment on the engine is a call of its own, the wait for the one that ends and the
/// submission of a further one (assumed to cost what they cost a whole program).
[[nodiscard]] Seconds hand_over_time(const spec::StackSpec&, const spec::PlacementSpec&,
                                     compiler::Where from, compiler::Where to, Seconds task,
                                     bool on_engine_before);

/// Copies of inputs and outputs by the caller.
[[nodiscard]] Seconds copy_time(BytesPerSecond rate, std::int64_t bytes);

/// Copy of all results of a program. Rows that are padded in the engine's buffer are copied one by
/// one (ane-guide-m1: results 126 wide take longer than those 128 wide).
[[nodiscard]] Seconds output_copy_time(const spec::StackSpec&, const compiler::Program&);

/// An operation on the CPU or GPU: launch plus the larger of arithmetic and memory time.
[[nodiscard]] Seconds agent_time(const spec::AgentSpec&, double flops, std::int64_t bytes);

/// Work of the host between programs: arithmetic and memory as an operation, compilation by the
/// program and the weights baked into it, reloading by the program (m4-family 3).
[[nodiscard]] Seconds host_time(const scenario::HostWork&, const spec::AgentSpec& cpu,
                                const spec::StackSpec&);

}  // namespace anesim::models
