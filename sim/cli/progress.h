// How far a replay is, on one line of a terminal that is written over.
#pragma once

#include <chrono>
#include <string>

#include "models/machine.h"

namespace anesim::cli {

class ReplayProgressLine {
 public:
  /// Shows nothing unless `wanted` and standard error is a terminal.
  explicit ReplayProgressLine(bool wanted);
  ~ReplayProgressLine();
  ReplayProgressLine(const ReplayProgressLine&) = delete;
  ReplayProgressLine& operator=(const ReplayProgressLine&) = delete;

  /// At most ten times a second, and not in the first second.
  void show(const models::ReplayProgress&);

 private:
  using Clock = std::chrono::steady_clock;
  bool active_;
  bool shown_ = false;
  Clock::time_point last_ = Clock::now() + std::chrono::milliseconds(900);
};

/// "512 of 1000 calls, 2.1 s simulated".
[[nodiscard]] std::string progress_text(const models::ReplayProgress&);

}  // namespace anesim::cli
