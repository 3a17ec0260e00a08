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

Interrupt note_interrupt() {
  const std::int64_t now = now_ns();
  std::int64_t first = never;
  if (noted_at_ns.compare_exchange_strong(first, now)) return Interrupt::first;
  return now - first < same_interrupt_ns ? Interrupt::repeated : Interrupt::second;
}

}  // namespace anesim
