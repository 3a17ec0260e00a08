// One forked process that predicts a list of cases and writes a line for each to a pipe.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "validate/judge/prediction.h"

namespace anesim::validate {

/// The parent's end of a worker. Cases are answered in order, so the first unanswered one is the
/// one being worked on. Destroying it kills the process if it still runs.
class Worker {
 public:
  using Clock = std::chrono::steady_clock;

  /// Forks. `cases` are indices into `requests`. Throws UserError if the system refuses.
  Worker(const std::vector<CaseRequest>& requests, const Predict& predict,
         std::deque<std::size_t> cases);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  struct Answer {
    std::size_t index = 0;
    Prediction prediction;
  };

  [[nodiscard]] int descriptor() const { return pipe_; }
  [[nodiscard]] bool finished() const { return finished_; }
  /// Cases without an answer, the one worked on first.
  [[nodiscard]] const std::deque<std::size_t>& open_cases() const { return open_; }
  [[nodiscard]] Clock::time_point case_started() const { return case_started_; }

  /// Reads what has come; call when the descriptor is readable.
  [[nodiscard]] std::vector<Answer> read_answers();
  /// How the finished process ended, e.g. "crashed (signal 11)"; empty if it ended well.
  [[nodiscard]] std::string ending();
  void kill();

 private:
  std::deque<std::size_t> open_;
  pid_t pid_ = -1;
  int pipe_ = -1;
  bool finished_ = false;
  std::optional<int> exit_status_;
  std::string buffer_;
  Clock::time_point case_started_;
};

}  // namespace anesim::validate
