#include "sim/cli/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "sim/core/short_time.h"

namespace anesim::cli {

ReplayProgressLine::ReplayProgressLine(bool wanted)
    : active_(wanted && ::isatty(STDERR_FILENO) == 1) {}

ReplayProgressLine::~ReplayProgressLine() {
  if (shown_) std::fputs("\r\033[K", stderr);
}

void ReplayProgressLine::show(const models::ReplayProgress& p) {
  const auto now = Clock::now();
  if (!active_ || now - last_ < std::chrono::milliseconds(100)) return;
  last_ = now;
  shown_ = true;
  fmt::print(stderr, "\r\033[K{}", progress_text(p));
  std::fflush(stderr);
}

std::string progress_text(const models::ReplayProgress& p) {
  return fmt::format("{} of {} call{}, {} simulated", p.returned, p.calls, p.calls == 1 ? "" : "s",
                     short_time(p.simulated_s * 1e6));
}

}  // namespace anesim::cli
