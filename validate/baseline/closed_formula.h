// The closed formula that the machine has to beat: what a careful engineer would compute on half a
// page from the same rates. It knows no events, no contention and no pipeline.
// What it models: per layer the slower of MACs (Winograd by generation, INT8) and the weight stream
//   (again for every position tile, once if the cores' buffers hold it), planar operations by the
//   element; per call the host and its copies by the byte; energy by MAC, byte and element beside
//   the shared power.
// What it leaves out: everything else; see models/.
// Parameters: those of the device and stack files that it names, nothing of its own.
#pragma once

#include "models/spec/device_spec.h"
#include "traces/graph/graph.h"
#include "validate/judge/prediction.h"
#include "validate/predict/predictor.h"

namespace anesim::validate {

/// One call of a program on the engine.
struct FormulaTask {
  double seconds = 0;
  double joules = 0;  ///< beside the shared power
  double bytes = 0;   ///< of weights and of the program's ends, through the DMA engines
};

[[nodiscard]] FormulaTask formula_task(const graph::Graph&, const spec::DeviceSpec&,
                                       double engines);
/// Seconds a call costs beside its task: submission, completion, copies of inputs and outputs, the
/// second engine.
[[nodiscard]] double formula_host_seconds(const graph::Graph&, const spec::DeviceSpec&,
                                          const spec::StackSpec&, double task_seconds,
                                          double engines);

/// Answers the cases whose program, step or trace is known.
[[nodiscard]] Predict formula_predictor(const PredictorOptions&);

}  // namespace anesim::validate
