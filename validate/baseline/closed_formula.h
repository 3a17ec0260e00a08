// The closed formula that the machine has to beat: what a careful reader of the public rates would
// compute on one page. It knows no events, no contention and no pipeline.
// What it models: MACs at the array's rate, Winograd where the generation has it, weights streamed
//   once a use and again for every position tile beyond L2, host copies by the byte, a fixed call.
// What it leaves out: tile DMA, planar tasks' fixed time, formats the generation does not stream
//   compressed, zero skipping, fill, halos, imbalance, clocks, queues, power, placement.
// Parameters: those of the device and stack files that it names, nothing of its own.
#pragma once

#include "models/spec/device_spec.h"
#include "traces/graph/graph.h"
#include "validate/judge/prediction.h"
#include "validate/predict/predictor.h"

namespace anesim::validate {

/// Seconds the engine works on one call of a program with `engines` engines in use.
[[nodiscard]] double formula_task_seconds(const graph::Graph&, const spec::DeviceSpec&,
                                          double engines);
/// Seconds a call costs beside its task: submission, completion, copies of inputs and outputs.
[[nodiscard]] double formula_host_seconds(const graph::Graph&, const spec::StackSpec&,
                                          double task_seconds);

/// Answers the cases whose program is known and whose unit is a time or a rate.
[[nodiscard]] Predict formula_predictor(const PredictorOptions&);

}  // namespace anesim::validate
