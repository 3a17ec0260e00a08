// One Ctrl-C that arrives as two signals is one; a later one ends the process.
#include "sim/cli/interrupt.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

namespace anesim::cli {
namespace {

constexpr int noted_once = 7;

[[noreturn]] void interrupted_twice(unsigned int pause_us) {
  catch_interrupts();
  {
    NotedInterrupt note;
    note.arm();
    std::raise(SIGINT);
  }
  keep("", "second");
  ::usleep(pause_us);
  std::raise(SIGINT);
  std::_Exit(interrupt_noted() ? noted_once : EXIT_FAILURE);
}

TEST(InterruptDeathTest, SignalsOfTheSameMomentAreOneInterruption) {
  EXPECT_EXIT(interrupted_twice(0), testing::ExitedWithCode(noted_once), "");
}

TEST(InterruptDeathTest, LaterSignalEndsTheProcess) {
  EXPECT_EXIT(interrupted_twice(500'000), testing::ExitedWithCode(130), "second");
}

}  // namespace
}  // namespace anesim::cli
