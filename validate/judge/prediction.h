// The seam to the simulator: what the judge asks, and what it gets back.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "traces/workloads/parameters.h"
#include "validate/data/measurement.h"
#include "validate/data/scenarios.h"

namespace anesim::validate {

/// A program: a synthetic workload, "network:NAME" (traces/networks) or "graph:NAME" (a user's).
struct ProgramRequest {
  std::string kind;
  workloads::Parameters parameters;
};

/// One run behind a case. A slope or an intercept has several: a line is fitted over `at`; so has
/// a sequence, whose times add up.
struct PointRequest {
  double at = 1;  ///< layers, operations or bytes: the x of the line; calls of a sequence
  ProgramRequest program;
};

/// A case described in words, as a trace.
struct ScenarioRequest {
  std::string trace;  ///< path of an ane-trace/1 file
  ScenarioValue value = ScenarioValue::call;
};

/// Who calls the program, and how.
struct Submission {
  std::int64_t processes = 1;
  std::int64_t threads = 1;    ///< synchronous callers in a process
  std::int64_t in_flight = 1;  ///< requests of one caller
  std::int64_t batch = 1;      ///< requests handed over in one submission
};

/// A supply on which energy is read.
enum class Rail : std::uint8_t {
  engine,
  engine_above_idle,  ///< without what an engine draws that is on and has no task
  engine_and_memory,
  memory,
  package,             ///< engine and CPU (the GPU rests)
  machine,             ///< all of it, as the supply of the machine sees it
  machine_above_idle,  ///< without what it draws with nothing to do
};

/// A language model or a training step: an input as the command line takes it.
struct StepRequest {
  std::string input;               ///< "llm:NAME,...", "training:NAME,..."
  std::optional<double> tokens{};  ///< that a decode step yields, if not as composed
  bool engine_calls = false;       ///< the value is the sum of the engine's calls alone
};

/// Everything needed to predict a case. `points` is empty for language models and training steps,
/// which have a `step`.
struct CaseRequest {
  const MeasurementFile* file = nullptr;
  const Case* measured = nullptr;
  std::string chip;
  std::string stack;                    ///< aneforge, private, coreml, coreai, linux
  std::optional<std::int64_t> engines;  ///< absent: what the chip and stack use
  Clock clock = Clock::call;            ///< what the value is
  Clock point_clock = Clock::call;      ///< what each point is timed by
  std::vector<PointRequest> points;
  std::optional<StepRequest> step{};        ///< instead of points
  std::optional<ScenarioRequest> scenario;  ///< instead of points: a trace written by hand
  std::optional<ClockStep> clock_step{};    ///< instead of points: how long the clock takes
  bool sequence = false;  ///< the points are called one after another, each `at` times
  bool placed = false;    ///< a whole network: operations go where Core ML places them
  Submission submission;
  std::optional<ProgramRequest> beside;     ///< what a second process runs meanwhile
  std::optional<std::string> other_memory;  ///< in words: other memory traffic meanwhile
  std::optional<double> idle_s;             ///< idle before the measured call
  std::int64_t call_index = 0;              ///< n-th call after load or idle; 0 steady
  double sleep_us = 0;                      ///< of the caller between its calls
  std::optional<double> ne_hertz;           ///< clock held at this
  bool planar_lowest = false;               ///< planar engine and L2 at their lowest clock
  Rail rail = Rail::engine;
  std::optional<double> zero_activations;  ///< share of zeros in the data
  bool zero_copy = false;                  ///< no host copies of input and output
  std::string unsupported;                 ///< why it cannot be asked; empty if it can
};

enum class Status : std::uint8_t { ok, unsupported, failed, timeout };
[[nodiscard]] const char* name(Status);

/// The work of one call (of one layer or operation for a slope), and where its predicted time goes.
struct Breakdown {
  double macs = 0;
  double bytes = 0;  ///< stored weights, live tensors read and written
  std::map<std::string, double> seconds_by_bound{};  ///< by Bound name; empty if not known
};

/// The answer. Value and interval are in the case's own metric and unit (convert.h helps).
struct Prediction {
  Status status = Status::unsupported;
  std::string reason;
  double value = 0;
  std::optional<double> low{}, high{};  ///< 90 % interval
  bool fitted_on = false;               ///< a parameter was read from this case
  Breakdown breakdown{};

  [[nodiscard]] static Prediction unsupported(std::string reason) {
    return {.status = Status::unsupported, .reason = std::move(reason)};
  }
  [[nodiscard]] static Prediction failed(std::string reason) {
    return {.status = Status::failed, .reason = std::move(reason)};
  }
};

using Predict = std::function<Prediction(const CaseRequest&)>;

/// Maps a case to what has to be simulated; `unsupported` says why it cannot be. The catalog has
/// the traces of cases described in words.
[[nodiscard]] CaseRequest request_for(const MeasurementFile&, const Case&,
                                      const ScenarioCatalog& = {});
/// All cases of all files, in order. The files must outlive the requests.
[[nodiscard]] std::vector<CaseRequest> requests_for(const std::vector<MeasurementFile>&,
                                                    const ScenarioCatalog& = {});

}  // namespace anesim::validate
