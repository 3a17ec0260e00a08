// Predicts many cases in parallel processes, so that a crash or an endless loop costs one case.
#pragma once

#include <string>
#include <vector>

#include "validate/judge/prediction.h"

namespace anesim::validate {

struct RunOptions {
  int jobs = 0;                 ///< processes at once; 0: as many as cores
  double timeout_s = 60;        ///< for one case
  std::size_t chunk = 0;        ///< cases a process handles; 0: chosen
  bool progress = true;         ///< on standard error, if that is a terminal
  std::string label{};          ///< before the count
  bool catch_interrupt = true;  ///< Ctrl-C ends the run and keeps what is done
};

struct RunOutcome {
  std::vector<Prediction> predictions;  ///< in the order of the requests
  bool interrupted = false;             ///< cases not reached are `failed`, "not run: interrupted"
};

/// Workers are forked before `predict` runs, so each has its own simulation context. Requests that
/// are unsupported are answered without asking. An exception of `predict` is a failed case with its
/// text as reason. Must be called while the process has one thread.
[[nodiscard]] RunOutcome run_cases(const std::vector<CaseRequest>&, const Predict& predict,
                                   const RunOptions& = {});

/// The machine's answers, then those of the closed formula without progress.
struct BothOutcomes {
  std::vector<Prediction> machine;
  std::vector<Prediction> baseline;  ///< empty if the machine's run was interrupted
  bool interrupted = false;          ///< either of them
};
[[nodiscard]] BothOutcomes run_both(const std::vector<CaseRequest>&, const Predict& machine,
                                    const Predict& baseline, const RunOptions& = {});

}  // namespace anesim::validate
