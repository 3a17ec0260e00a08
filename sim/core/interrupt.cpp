#include "sim/core/interrupt.h"

#include <atomic>
#include <cstdint>
#include <ctime>

namespace anesim {
namespace {

constexpr std::int64_t same_interrupt_ns = 300'000'000;
constexpr std::int64_t never = -1;

// A signal handler can reach nothing but statics.
std::atomic<std::int64_t> noted_at_ns{never};
static_assert(std::atomic<std::int64_t>::is_always_lock_free);

std::int64_t now_ns() {
  std::timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

void note_time_of_interrupt() { noted_at_ns = now_ns(); }

bool repeats_interrupt() {
  const std::int64_t noted = noted_at_ns;
  return noted != never && now_ns() - noted < same_interrupt_ns;
}

}  // namespace anesim
